import type { CommitQueue } from "./commit-queue.ts";
import type { Database } from "./database.ts";
import { type Damage, isPresent, readDocument } from "./document-image.ts";
import { encodeName } from "./keys.ts";
import { deletionOf, submissionOf } from "./operation.ts";
import type { StoreLogger } from "./store-logger.ts";
import type { Upkeep } from "./upkeep.ts";

/** A document as it is on disk: the snapshot, if any, and the updates after it in order. */
export type StoredDocument = {
  snapshot: Uint8Array | null;
  updates: Uint8Array[];
  /** The number of the last update ever appended. */
  lastSequence: number;
  snapshotBytes: number;
  /** Size of `updates` together. */
  logBytes: number;
  /** What could not be read; the rest is intact. Null when nothing is wrong. */
  damage: Damage | null;
};

/** An append-only log of Yjs updates for each document name. */
export class UpdateLog {
  readonly #database: Database;
  readonly #queue: CommitQueue;
  readonly #upkeep: Upkeep;
  readonly #logger: StoreLogger;

  constructor(database: Database, queue: CommitQueue, upkeep: Upkeep, logger: StoreLogger) {
    this.#database = database;
    this.#queue = queue;
    this.#upkeep = upkeep;
    this.#logger = logger;
  }

  /**
   * Appends one Yjs update to a document's log. Resolves after the fsync of the batch that holds
   * it; rejects with a StoreError, and then the update is not in the log. The order of calls is
   * the order in the log. `update` must not be changed until then.
   */
  async append(name: string, update: Uint8Array): Promise<void> {
    await this.#queue.submit(submissionOf([{ type: "append", name, update }]));
  }

  /**
   * Reads a document, with everything whose append resolved before the call. Null when no such
   * document was ever written, or it was deleted. Rejects with STORE_READ or STORE_CLOSED.
   */
  async load(name: string): Promise<StoredDocument | null> {
    encodeName(name);
    const image = await this.#database.read((level) => readDocument(level, name));
    this.#upkeep.consider(name, image);
    if (!isPresent(image)) return null;
    if (image.damage !== null) {
      this.#logger.error({ document: name, damage: image.damage }, "a document is damaged");
    }
    return {
      snapshot: image.snapshot,
      updates: image.updates,
      lastSequence: image.lastSequence,
      snapshotBytes: image.snapshot?.length ?? 0,
      logBytes: image.logBytes,
      damage: image.damage,
    };
  }

  /**
   * Deletes a document. Once resolved it is durably gone for `load`; its bytes are removed in the
   * background, or after the next start. Appends called later begin it anew.
   */
  async delete(name: string): Promise<void> {
    encodeName(name);
    await this.#queue.submit(deletionOf(name));
    this.#upkeep.schedule(name);
  }
}
