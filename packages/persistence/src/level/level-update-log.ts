import type { CommitQueue } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import { encodeName } from "../names.ts";
import { checkDocument } from "../operation.ts";
import type { StoreCounters } from "../store-counters.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { UpdateLog } from "../store.ts";
import { isLong, type StoredDocument } from "../stored-document.ts";
import type { Upkeep } from "../upkeep.ts";
import { type Database, readKeys } from "./database.ts";
import { deletionOf } from "./deletion.ts";
import { type DocumentImage, isPresent, isStored, readDocument } from "./document-image.ts";
import type { DocumentUpkeep } from "./document-upkeep.ts";
import { DocumentKeys, documentRange, parseDocumentName } from "./keys.ts";
import { submissionOf } from "./level-operation.ts";
import type { LevelSubmission } from "./level-writer.ts";

/** The logs of all documents in the database. */
export class LevelUpdateLog implements UpdateLog {
  readonly #database: Database;
  readonly #queue: CommitQueue<LevelSubmission>;
  readonly #upkeep: Upkeep;
  readonly #care: DocumentUpkeep;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;

  constructor(parts: {
    database: Database;
    queue: CommitQueue<LevelSubmission>;
    upkeep: Upkeep;
    care: DocumentUpkeep;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
  }) {
    this.#database = parts.database;
    this.#queue = parts.queue;
    this.#upkeep = parts.upkeep;
    this.#care = parts.care;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
  }

  async append(name: string, update: Uint8Array): Promise<void> {
    await this.#queue.submit(submissionOf([{ type: "append", name, update }]));
  }

  async put(name: string, update: Uint8Array): Promise<void> {
    encodeName(name);
    checkDocument(update, this.#limits);
    await this.#upkeep.run(() => this.#care.put(name, update));
  }

  /** Rejects with STORE_READ or STORE_CLOSED only. */
  async load(name: string): Promise<StoredDocument | null> {
    encodeName(name);
    const image = await this.#database.read((level) => readDocument(level, name));
    if (needsCare(image)) this.#upkeep.add(name);
    else if (isLong(image, this.#limits)) this.#upkeep.addLoaded(name);
    if (image.unreadable) {
      // Whether something of this document was there does not show, if it was the last of it.
      this.#counters.damagedEntries += 1;
      this.#logger.error({ document: name }, "part of a document may be unreadable");
    }
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

  /** Bytes are removed in the background, or after the next start. */
  async delete(name: string): Promise<void> {
    encodeName(name);
    await this.#queue.submit(deletionOf(name));
    this.#upkeep.schedule(name);
  }

  async *names(): AsyncGenerator<string, void, undefined> {
    const { gte, lt } = documentRange();
    let from = gte;
    for (;;) {
      const range = { gte: from, lt };
      const [first] = await this.#database.read((level) => readKeys(level, range, { limit: 1 }));
      if (first === undefined) return;
      const name = parseDocumentName(first);
      if (name === null) {
        this.#logger.error({ key: Buffer.from(first).toString("hex") }, "a key is damaged");
        from = Buffer.concat([first, Buffer.of(0)]);
        continue;
      }
      const keys = new DocumentKeys(name);
      if (await this.#database.read((level) => isStored(level, keys))) yield name;
      from = Buffer.from(keys.all().lt);
    }
  }
}

function needsCare(image: DocumentImage): boolean {
  return (
    image.damaged.length > 0 ||
    image.lostSequence !== null ||
    image.stale.length > 0 ||
    image.head?.state === "deleted"
  );
}
