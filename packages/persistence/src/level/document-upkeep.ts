import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";
import type { CommitQueue } from "../commit-queue.ts";
import type { Database } from "./database.ts";
import { type ChunkPlace, chunksOf, holds } from "./chunks.ts";
import { readDeletion } from "./deletion.ts";
import { type DocumentImage, isPresent, readDocument } from "./document-image.ts";
import type { DocumentStates } from "./document-states.ts";
import { encodeFrame } from "./frame.ts";
import { decodeHead, emptyHead, encodeHead, type Head } from "./head.ts";
import { deletionKey, quarantineKey } from "./keys.ts";
import type { StoreLimits } from "../limits.ts";
import type { LevelSubmission } from "./level-writer.ts";
import type { Replayer } from "../replayer.ts";
import type { StoreCounters } from "../store-counters.ts";
import { documentExistsError, StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import { isLong, isOutgrown } from "../stored-document.ts";
import type { DocumentCare } from "../upkeep.ts";
import type { Sweep } from "./sweep.ts";

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
  readonly #sweep: Sweep;

  constructor(parts: {
    database: Database;
    queue: CommitQueue<LevelSubmission>;
    states: DocumentStates;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
    replayer: Replayer;
    sweep: Sweep;
  }) {
    this.#database = parts.database;
    this.#queue = parts.queue;
    this.#states = parts.states;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
    this.#replayer = parts.replayer;
    this.#sweep = parts.sweep;
  }

  /** Does what the document needs. May be called again after a failure. */
  async look(name: string): Promise<void> {
    let image = await this.#read(name);
    if (image.damaged.length > 0 || image.lostSequence !== null) {
      await this.#setAside(name, image);
      image = await this.#read(name);
    }
    await this.#sweep.keys(image.stale);
    const deletion = await this.#database.read((level) => readDeletion(level, name));
    if (deletion !== null) await this.#sweep.versionsUpTo(deletion, name);
    if (deletion !== null || image.head?.state === "deleted") {
      await this.#finishDeletion(name, image);
    }
    if (isLong(image, this.#limits)) {
      try {
        await this.#compact(name, image);
      } catch (error) {
        if (!this.#queue.isClosing) this.#counters.failedCompactions += 1;
        throw error;
      }
      return;
    }
    const state = this.#states.get(name);
    if (state !== undefined && isOutgrown(state, this.#limits)) await this.#measure(name, image);
  }

  /**
   * Makes a document of one update, which counts as its first: a log that is there without it lacks
   * something. Until it is whole the document is one that was deleted, whose pieces are left over.
   */
  async put(name: string, update: Uint8Array): Promise<void> {
    let image: DocumentImage;
    do {
      // What a deletion has left goes first: its last step would take this for a part of that.
      await this.look(name);
      image = await this.#read(name);
    } while (image.head?.state === "deleted" && !isPresent(image));
    if (image.unreadable) {
      throw new StoreError("STORE_READ", `Of document ${name} there may be something already`);
    }
    if (isPresent(image)) throw documentExistsError(name);
    const generation = image.freeGeneration;
    const key = image.keys.head(generation);
    let isBegun = false;
    await this.#submit(name, 0, (plan) => {
      const draft = plan.document(name);
      isBegun =
        draft.generation === image.topGeneration && draft.lastSequence === image.lastSequence;
      if (!isBegun) return;
      draft.generation = generation;
      plan.put(key, encodeHead(key, emptyHead("deleted", image.lastSequence)));
    });
    let isPut = false;
    try {
      const begun = await this.#read(name);
      isBegun &&= begun.topGeneration === generation;
      isPut = isBegun && (await this.#replace(name, begun, update, 1));
    } finally {
      if (!isPut) await this.look(name);
    }
    if (!isPut) throw documentExistsError(name);
  }

  #read(name: string): Promise<DocumentImage> {
    if (this.#queue.isClosing) throw new StoreError("STORE_CLOSED", "The store is closing");
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
    if (!(await this.#replace(name, image, snapshot))) return; // Deleted meanwhile.
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

  /**
   * Puts a snapshot in the place of what was read, with so many updates more, which there must be
   * none of meanwhile. False when it is not to be: the document was deleted, or has such updates.
   */
  async #replace(
    name: string,
    image: DocumentImage,
    snapshot: Uint8Array,
    newUpdates = 0,
  ): Promise<boolean> {
    const coveredSequence = image.lastSequence + newUpdates;
    const generation = image.freeGeneration;
    const place = image.keys.chunks(generation);
    const chunkKeys = await this.#writeChunks(name, place, snapshot);
    const headKey = image.keys.head(generation);
    const head: Head = {
      state: "snapshot",
      coveredSequence,
      snapshotBytes: snapshot.length,
      chunkCount: chunkKeys.length,
      snapshotCrc: crc32(snapshot),
    };
    let superseded = false;
    await this.#submit(name, 0, (plan) => {
      const draft = plan.document(name);
      superseded =
        draft.generation !== image.topGeneration ||
        (newUpdates > 0 && draft.lastSequence !== image.lastSequence);
      if (superseded) return;
      draft.generation = generation;
      draft.lastSequence = Math.max(draft.lastSequence, coveredSequence);
      draft.snapshotBytes = snapshot.length;
      draft.logBytes = Math.max(0, draft.logBytes - image.logBytes);
      plan.put(headKey, encodeHead(headKey, head));
    });
    if (superseded) {
      await this.#sweep.keys(chunkKeys);
      return false;
    }
    if (!(await this.#isOnDisk(headKey, head, place, snapshot))) {
      await this.#submit(name, 0, (plan) => {
        const draft = plan.document(name);
        if (draft.generation !== generation) return;
        draft.generation = image.topGeneration;
        draft.snapshotBytes = image.snapshot?.length ?? 0;
        if (draft.lastSequence === coveredSequence) draft.lastSequence = image.lastSequence;
        plan.delete(headKey);
      });
      await this.#sweep.keys(chunkKeys);
      throw new StoreError("STORE_DAMAGED", "A new snapshot did not read back as written");
    }
    // Only now is the former generation, with the updates the new one holds, not needed.
    await this.#sweep.keys((await this.#read(name)).stale);
    return true;
  }

  /** Until a head names them, chunks are not read. */
  async #writeChunks(name: string, place: ChunkPlace, snapshot: Uint8Array): Promise<Uint8Array[]> {
    const keys: Uint8Array[] = [];
    for (const { key, value } of chunksOf(place, snapshot, this.#limits.snapshotChunkBytes)) {
      keys.push(key);
      await this.#submit(name, value.length, (plan) => plan.put(key, value));
    }
    return keys;
  }

  #isOnDisk(
    headKey: Uint8Array,
    head: Head,
    place: ChunkPlace,
    snapshot: Uint8Array,
  ): Promise<boolean> {
    return this.#database.read(async (level) => {
      const value = await level.get(headKey);
      const stored = value === undefined ? null : decodeHead(headKey, value);
      return isDeepStrictEqual(stored, head) && (await holds(level, place, snapshot));
    });
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
