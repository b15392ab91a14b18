import { crc32 } from "node:zlib";
import type { CommitQueue } from "../commit-queue.ts";
import type { Database } from "./database.ts";
import { type DocumentImage, readDocument, readSnapshot } from "./document-image.ts";
import type { DocumentStates } from "./document-states.ts";
import { encodeFrame } from "./frame.ts";
import { emptyHead, encodeHead, type Head } from "./head.ts";
import { deletionKey, quarantineKey } from "./keys.ts";
import type { StoreLimits } from "../limits.ts";
import type { LevelSubmission } from "./level-writer.ts";
import { Replayer } from "../replayer.ts";
import type { StoreCounters } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import { isLong, isOutgrown } from "../stored-document.ts";
import type { DocumentCare } from "../upkeep.ts";

/** Keys deleted in one commit: a commit of deletions must not delay the changes beside it. */
const KEYS_PER_SWEEP = 500;

/**
 * What is done for one document beside its appends: damaged bytes are set aside, its log is
 * compacted, what is no longer needed is removed. Each step is one or more commits, between any
 * two of which the process may die and the document still open whole.
 */
export class DocumentUpkeep implements DocumentCare {
  readonly #database: Database;
  readonly #queue: CommitQueue<LevelSubmission>;
  readonly #states: DocumentStates;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  readonly #replayer: Replayer;
  #closing = false;

  constructor(parts: {
    database: Database;
    queue: CommitQueue<LevelSubmission>;
    states: DocumentStates;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
  }) {
    this.#database = parts.database;
    this.#queue = parts.queue;
    this.#states = parts.states;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
    this.#replayer = new Replayer(parts.limits.compactionIdleMs);
  }

  /** Ends the thread; a `look` under way rejects at its next step. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#replayer.close();
  }

  /** Does what the document needs. May be called again after a failure. */
  async look(name: string): Promise<void> {
    let image = await this.#read(name);
    if (image.damaged.length > 0 || image.lostSequence !== null) {
      await this.#setAside(name, image);
      image = await this.#read(name);
    }
    await this.#sweep(image.stale);
    if (image.head?.state === "deleted") await this.#finishDeletion(name, image);
    if (isLong(image, this.#limits)) {
      try {
        await this.#compact(name, image);
      } catch (error) {
        if (!this.#closing) this.#counters.failedCompactions += 1;
        throw error;
      }
      return;
    }
    const state = this.#states.get(name);
    if (state !== undefined && isOutgrown(state, this.#limits)) await this.#measure(name, image);
  }

  #read(name: string): Promise<DocumentImage> {
    if (this.#closing) throw new StoreError("STORE_CLOSED", "The store is closing");
    return this.#database.read((level) => readDocument(level, name));
  }

  /** Copies damaged bytes to the quarantine, then clears them from where they were read. */
  async #setAside(name: string, image: DocumentImage): Promise<void> {
    const pieces: Uint8Array[] = [];
    for (const { key, value, sequence } of image.damaged) {
      if (sequence === null) pieces.push(key);
      await this.#submit(name, value.length, (plan) => {
        plan.put(quarantineKey(plan.commitNumber, key), value);
        // What takes its place keeps the numbering dense and the damage known.
        if (sequence !== null) plan.put(key, encodeSetAside(key, value.length));
      });
    }
    await this.#submit(name, 0, (plan) => {
      const draft = plan.document(name);
      if (draft.generation !== image.topGeneration) return; // Deleted meanwhile.
      if (image.lostSequence !== null) {
        draft.generation = image.freeGeneration;
        const key = image.keys.head(draft.generation);
        plan.put(key, encodeHead(key, emptyHead("lost", image.lostSequence)));
      } else {
        draft.generation = image.generation;
      }
      for (const key of pieces) plan.delete(key);
    });
    this.#counters.damagedEntries += image.damaged.length;
    this.#logger.error(
      { document: name, damage: image.damage, values: image.damaged.length },
      "damaged bytes were set aside",
    );
  }

  async #sweep(keys: readonly Uint8Array[]): Promise<void> {
    for (let start = 0; start < keys.length; start += KEYS_PER_SWEEP) {
      const some = keys.slice(start, start + KEYS_PER_SWEEP);
      await this.#queue.submit({
        names: [],
        operations: 0,
        bytes: some.reduce((bytes, key) => bytes + key.length, 0),
        build: (plan) => {
          for (const key of some) plan.sweep(key);
        },
      });
    }
  }

  /** The last step of a deletion; numbering starts over unless there were appends meanwhile. */
  async #finishDeletion(name: string, image: DocumentImage): Promise<void> {
    await this.#submit(name, 0, (plan) => {
      const draft = plan.document(name);
      if (draft.generation !== image.topGeneration) return;
      plan.delete(deletionKey(name));
      if (draft.lastSequence !== image.head?.coveredSequence) return;
      plan.delete(image.keys.head(image.generation));
      Object.assign(draft, { lastSequence: 0, generation: 0, snapshotBytes: 0, logBytes: 0 });
    });
  }

  async #compact(name: string, image: DocumentImage): Promise<void> {
    const snapshot = await this.#replayer.replay(image.snapshot, image.updates);
    const generation = image.freeGeneration;
    const chunkKeys = await this.#writeChunks(name, image, snapshot);
    const headKey = image.keys.head(generation);
    const head: Head = {
      state: "snapshot",
      coveredSequence: image.lastSequence,
      snapshotBytes: snapshot.length,
      chunkCount: chunkKeys.length,
      snapshotCrc: crc32(snapshot),
    };
    let superseded = false;
    await this.#submit(name, 0, (plan) => {
      const draft = plan.document(name);
      superseded = draft.generation !== image.topGeneration;
      if (superseded) return; // Deleted meanwhile.
      draft.generation = generation;
      draft.snapshotBytes = snapshot.length;
      draft.logBytes = Math.max(0, draft.logBytes - image.logBytes);
      plan.put(headKey, encodeHead(headKey, head));
    });
    if (superseded) {
      await this.#sweep(chunkKeys);
      return;
    }
    if (!(await this.#isOnDisk(image, generation, head, snapshot))) {
      await this.#submit(name, 0, (plan) => {
        const draft = plan.document(name);
        if (draft.generation !== generation) return;
        draft.generation = image.topGeneration;
        draft.snapshotBytes = image.snapshot?.length ?? 0;
        plan.delete(headKey);
      });
      await this.#sweep(chunkKeys);
      throw new StoreError("STORE_DAMAGED", "A new snapshot did not read back as written");
    }
    // Only now is the former generation, with the updates the new one holds, not needed.
    await this.#sweep((await this.#read(name)).stale);
    this.#counters.compactions += 1;
    this.#logger.info(
      {
        document: name,
        updates: image.updates.length,
        logBytes: image.logBytes,
        snapshotBytes: snapshot.length,
      },
      "a log was compacted",
    );
  }

  /** Until a head names them, chunks are not read. */
  async #writeChunks(
    name: string,
    image: DocumentImage,
    snapshot: Uint8Array,
  ): Promise<Uint8Array[]> {
    const keys: Uint8Array[] = [];
    const size = this.#limits.snapshotChunkBytes;
    for (let start = 0; start < snapshot.length; start += size) {
      const key = image.keys.chunk(image.freeGeneration, keys.length);
      const payload = snapshot.subarray(start, start + size);
      keys.push(key);
      await this.#submit(name, payload.length, (plan) => {
        plan.put(key, encodeFrame(key, "chunk", payload));
      });
    }
    return keys;
  }

  async #isOnDisk(
    image: DocumentImage,
    generation: number,
    head: Head,
    snapshot: Uint8Array,
  ): Promise<boolean> {
    const stored = await this.#database.read((level) =>
      readSnapshot(level, image.keys, generation),
    );
    return (
      stored !== null &&
      stored.head.coveredSequence === head.coveredSequence &&
      Buffer.compare(stored.snapshot, snapshot) === 0
    );
  }

  /** Replaces an estimate of a log's size, so that it does not call for upkeep again and again. */
  async #measure(name: string, image: DocumentImage): Promise<void> {
    await this.#submit(name, 0, (plan) => {
      const draft = plan.document(name);
      draft.logBytes = image.logBytes;
      draft.snapshotBytes = image.snapshot?.length ?? 0;
    });
  }

  #submit(name: string, bytes: number, build: LevelSubmission["build"]): Promise<void> {
    return this.#queue.submit({ names: [name], operations: 0, bytes, build });
  }
}

function encodeSetAside(key: Uint8Array, formerBytes: number): Uint8Array {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(formerBytes, 0);
  return encodeFrame(key, "setAside", payload);
}
