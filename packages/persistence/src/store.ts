import type { Readable } from "node:stream";
import type { Operation } from "./operation.ts";
import type { StoreStats } from "./store-counters.ts";
import type { StoredDocument } from "./stored-document.ts";

/**
 * Documents, their versions, records and assets, kept by name. Every refusal is a StoreError; test-store-contract.ts
 * says in tests what each home promises.
 */
export type Store = {
  readonly updates: UpdateLog;
  readonly versions: Versions;
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

  /**
   * Has compactions that were put off done now. Resolves when no compaction, version or removal is
   * waiting or under way.
   */
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
   * Keeps a whole document as one Yjs update, which may be larger than an append takes, up to
   * MAX_DOCUMENT_BYTES. Durable when it resolves; nothing of it is kept when it rejects, as it does
   * with DOCUMENT_EXISTS unless the document is new, or with STORE_TOO_LARGE. A process that dies
   * over it may leave a document that has no updates. `update` must not be changed meanwhile.
   */
  put(name: string, update: Uint8Array): Promise<void>;

  /**
   * Reads a document, with everything whose append resolved before the call. Null when no such
   * document was ever written, or it was deleted. Damage does not make it reject, but with
   * STORE_DAMAGED where a database itself cannot read the rows.
   */
  load(name: string): Promise<StoredDocument | null>;

  /**
   * Deletes a document and its versions. Once resolved they are durably gone for `load`; their
   * bytes may be removed in the background. Appends called later begin it anew.
   */
  delete(name: string): Promise<void>;

  /**
   * The documents that exist, in no order. Read page by page: what is written or deleted meanwhile
   * may or may not show.
   */
  names(): AsyncGenerator<string, void, undefined>;
};

/** What a document was at a moment of its past, without the content. */
export type Version = {
  /** Given once, never again. Of one document's ids, as strings, the later is the greater. */
  readonly id: string;
  /** Size of the content. */
  readonly bytes: number;
  /** The caller's own, as it was given. */
  readonly details: Uint8Array;
};

/**
 * Whole documents kept from the past, each as one Yjs update, with details of up to
 * MAX_DETAILS_BYTES. A version counts once it has been read back and found whole; of one that was
 * not finished nothing is left. Making one rejects with VERSIONS_FULL at the limit of a document.
 */
export type Versions = {
  /**
   * Keeps the document as it is stored: all whose append resolved before the call, and perhaps
   * later ones. Durable when it resolves; null when there is no such document. Rejects with
   * STORE_DAMAGED where its log does not replay.
   */
  create(name: string, details: Uint8Array): Promise<Version | null>;

  /** Keeps `update`, of a document that need not exist. It must not be changed meanwhile. */
  put(name: string, update: Uint8Array, details: Uint8Array): Promise<Version>;

  /** The oldest first. Damaged ones are logged and left out. */
  list(name: string): Promise<Version[]>;

  /** Null when there is none. Rejects with STORE_DAMAGED rather than give wrong bytes. */
  load(name: string, id: string): Promise<Uint8Array | null>;

  /** Gives a version other details; null when there is none. */
  describe(name: string, id: string, details: Uint8Array): Promise<Version | null>;

  /** Durably gone when it resolves; ids that name none are passed over. */
  delete(name: string, ids: readonly string[]): Promise<void>;
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

  /**
   * Null when absent. The caller owns the stream, and destroys it when it is not read to its end.
   * It fails with STORE_DAMAGED before its end where the content is not what was put.
   */
  open(sha256: string): Promise<{ bytes: number; stream: Readable } | null>;

  /** Resolves when the asset is durably gone, also when there was none. */
  delete(sha256: string): Promise<void>;

  /** All assets, in no order. What is put or deleted meanwhile may or may not show. */
  entries(): AsyncGenerator<StoredAsset, void, undefined>;
};

export type StoredAsset = {
  readonly sha256: string;
  readonly bytes: number;
  /** When it was last put, in milliseconds since 1970 by the clock of the store. */
  readonly storedAtMs: number;
};
