import type { Readable } from "node:stream";
import type { Operation } from "./operation.ts";
import type { StoreStats } from "./store-counters.ts";
import type { StoredDocument } from "./stored-document.ts";

/**
 * Documents, records and assets, kept by name. Every refusal is a StoreError; test-store-contract.ts
 * says in tests what each home promises.
 */
export type Store = {
  readonly updates: UpdateLog;
  readonly records: Records;
  readonly assets: Assets;

  /**
   * Commits several operations at once: all of them are durable when it resolves, none is kept
   * when it rejects, unless with STORE_UNAVAILABLE.
   */
  commit(operations: readonly Operation[]): Promise<void>;

  /** Makes a tiny write durable, or rejects. */
  probe(): Promise<void>;

  stats(): StoreStats;

  /** Resolves when no compaction or removal is scheduled or under way. */
  settled(): Promise<void>;

  /** Refuses new calls, writes what is queued, ends the compaction thread. Idempotent. */
  close(): Promise<void>;
};

/** An append-only log of Yjs updates for each document name. */
export type UpdateLog = {
  /**
   * Appends one Yjs update to a document's log. Resolves once it is durable; rejects, and then the
   * update is not in the log, unless with STORE_UNAVAILABLE. The order of calls is the order in
   * the log. `update` must not be changed until then.
   */
  append(name: string, update: Uint8Array): Promise<void>;

  /**
   * Reads a document, with everything whose append resolved before the call. Null when no such
   * document was ever written, or it was deleted. Damage does not make it reject.
   */
  load(name: string): Promise<StoredDocument | null>;

  /**
   * Deletes a document. Once resolved it is durably gone for `load`; its bytes may be removed in
   * the background. Appends called later begin it anew.
   */
  delete(name: string): Promise<void>;
};

/** Small named values. They are written through `Store.commit`. */
export type Records = {
  /** Null when there is none. Rejects with STORE_DAMAGED rather than give wrong bytes. */
  get(key: string): Promise<Uint8Array | null>;

  /**
   * The records whose key starts with `prefix` ("" for all), by the bytes of their keys. Read page
   * by page: what is committed meanwhile may or may not show. Damaged ones are logged and left out.
   */
  entries(prefix: string): AsyncGenerator<[string, Uint8Array], void, undefined>;
};

/** Large immutable values, named by the SHA-256 of their content. */
export type Assets = {
  /**
   * Stores what `source` yields and resolves when it is durable. Rejects with ASSET_TOO_LARGE past
   * `maxBytes`, or with the error of the source, and leaves nothing behind. Putting what exists is
   * a no-op.
   */
  put(
    source: AsyncIterable<Uint8Array>,
    options: { maxBytes: number },
  ): Promise<{ sha256: string; bytes: number }>;

  /** Null when absent. The caller owns the stream, and destroys it when it is not read to its end. */
  open(sha256: string): Promise<{ bytes: number; stream: Readable } | null>;

  /** Resolves when the asset is durably gone, also when there was none. */
  delete(sha256: string): Promise<void>;
};
