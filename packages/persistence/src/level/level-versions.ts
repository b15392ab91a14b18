import { crc32 } from "node:zlib";
import type { CommitQueue } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import { encodeName } from "../names.ts";
import { checkDocument, OPERATION_BYTES } from "../operation.ts";
import type { Replayer } from "../replayer.ts";
import type { StoreCounters } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Version, Versions } from "../store.ts";
import type { Upkeep } from "../upkeep.ts";
import {
  checkVersion,
  checkVersionCount,
  encodeVersionId,
  parseVersionId,
} from "../version-rules.ts";
import { chunksOf, holds } from "./chunks.ts";
import type { Database } from "./database.ts";
import { isPresent, readDocument } from "./document-image.ts";
import { encodeFrame } from "./frame.ts";
import type { LevelSubmission } from "./level-writer.ts";
import type { Sweep } from "./sweep.ts";
import { encodeVersionHead, type VersionHead } from "./version-head.ts";
import { readContent, readVersion, readVersions, type VersionImage } from "./version-image.ts";
import { VersionKeys } from "./version-keys.ts";

/**
 * The versions of all documents in the database. A version's number is that of the commit it was
 * begun with, so none is given twice, and a deletion's number tells which came before it. Its
 * chunks are written first, and read back; it counts from the commit that writes its head. Until
 * then, and again once it is deleted, a mark says that what there is of it is to be removed.
 */
export class LevelVersions implements Versions {
  readonly #database: Database;
  readonly #queue: CommitQueue<LevelSubmission>;
  readonly #upkeep: Upkeep;
  readonly #sweep: Sweep;
  readonly #replayer: Replayer;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  #isSweepWaiting = false;

  constructor(parts: {
    database: Database;
    queue: CommitQueue<LevelSubmission>;
    upkeep: Upkeep;
    sweep: Sweep;
    replayer: Replayer;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
  }) {
    this.#database = parts.database;
    this.#queue = parts.queue;
    this.#upkeep = parts.upkeep;
    this.#sweep = parts.sweep;
    this.#replayer = parts.replayer;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
  }

  async create(name: string, details: Uint8Array): Promise<Version | null> {
    checkVersion(name, details);
    return this.#begin(name, async (number) => {
      const image = await this.#database.read((level) => readDocument(level, name));
      if (!isPresent(image)) return null;
      const content = await this.#replayer.replay(image.snapshot, image.updates);
      return this.#finish(name, number, content, details);
    });
  }

  async put(name: string, update: Uint8Array, details: Uint8Array): Promise<Version> {
    checkVersion(name, details);
    checkDocument(update, this.#limits);
    return this.#begin(name, (number) => this.#finish(name, number, update, details));
  }

  async list(name: string): Promise<Version[]> {
    encodeName(name);
    const versions: Version[] = [];
    const images = await this.#database.read((level) =>
      readVersions(level, name, (err) => {
        this.#counters.damagedEntries += 1;
        this.#logger.error({ document: name, err }, "versions may be missing");
      }),
    );
    for (const image of images) {
      if (image.head === null) this.#reportDamage(name, image);
      else versions.push(versionOf(image.number, image.head));
    }
    return versions;
  }

  async load(name: string, id: string): Promise<Uint8Array | null> {
    encodeName(name);
    const number = parseVersionId(id);
    if (number === null) return null;
    return this.#database.read(async (level) => {
      const image = await readVersion(level, name, number);
      if (image === null) return null;
      const content = await readContent(level, name, image);
      if (content !== null) return content;
      // It may have been deleted in the middle of it.
      if ((await readVersion(level, name, number)) === null) return null;
      throw this.#reportDamage(name, image);
    });
  }

  async describe(name: string, id: string, details: Uint8Array): Promise<Version | null> {
    checkVersion(name, details);
    const number = parseVersionId(id);
    if (number === null) return null;
    // Alone, so that it does not bring back one that is deleted meanwhile.
    return this.#upkeep.run(async () => {
      const image = await this.#database.read((level) => readVersion(level, name, number));
      if (image === null) return null;
      if (image.head === null) throw this.#reportDamage(name, image);
      const key = new VersionKeys(name).head(number);
      const head = { ...image.head, details };
      await this.#submit(details.length, (plan) => plan.put(key, encodeVersionHead(key, head)));
      return versionOf(number, head);
    });
  }

  async delete(name: string, ids: readonly string[]): Promise<void> {
    const keys = new VersionKeys(name);
    const numbers = ids.map(parseVersionId).filter((number) => number !== null);
    await this.#upkeep.run(async () => {
      const heads = numbers.map((number) => keys.head(number));
      const values = await this.#database.read((level) => level.getMany(heads));
      const found = numbers.filter((_, index) => values[index] !== undefined);
      await this.#submit(found.length * OPERATION_BYTES, (plan) => {
        for (const number of found) {
          plan.delete(keys.head(number));
          plan.put(...markOf(keys, number));
        }
      });
    });
    this.sweep();
  }

  /** Removes in the background what is left of versions that do not count. */
  sweep(): void {
    if (this.#isSweepWaiting) return;
    this.#isSweepWaiting = true;
    const swept = this.#upkeep.run(() => {
      this.#isSweepWaiting = false;
      return this.#sweep.unfinishedVersions();
    });
    swept.catch((error: unknown) => {
      this.#isSweepWaiting = false;
      if (this.#queue.isClosing) return;
      this.#logger.warn({ err: error }, "what is left of versions will be removed with the next");
    });
  }

  /** Has `work` make a version of the number it is given, and no other meanwhile. */
  #begin<T>(name: string, work: (number: number) => Promise<T>): Promise<T> {
    return this.#upkeep.run(async () => {
      const keys = new VersionKeys(name);
      const versions = await this.#database.read((level) => readVersions(level, name, () => {}));
      checkVersionCount(versions.length, this.#limits);
      let number = 0;
      await this.#submit(OPERATION_BYTES, (plan) => {
        number = plan.commitNumber;
        plan.put(...markOf(keys, number));
      });
      try {
        return await work(number);
      } finally {
        this.sweep();
      }
    });
  }

  async #finish(
    name: string,
    number: number,
    content: Uint8Array,
    details: Uint8Array,
  ): Promise<Version> {
    const keys = new VersionKeys(name);
    const place = keys.chunks(number);
    let chunkCount = 0;
    for (const { key, value } of chunksOf(place, content, this.#limits.snapshotChunkBytes)) {
      await this.#submit(value.length, (plan) => plan.put(key, value));
      chunkCount += 1;
    }
    if (!(await this.#database.read((level) => holds(level, place, content)))) {
      throw new StoreError("STORE_DAMAGED", "A new version did not read back as written");
    }
    const key = keys.head(number);
    const head = { bytes: content.length, chunkCount, crc: crc32(content), details };
    await this.#submit(details.length, (plan) => {
      plan.put(key, encodeVersionHead(key, head));
      plan.delete(keys.unfinished(number));
    });
    return versionOf(number, head);
  }

  #submit(bytes: number, build: LevelSubmission["build"]): Promise<void> {
    return this.#queue.submit({ names: [], operations: 0, bytes, build });
  }

  #reportDamage(name: string, { number }: VersionImage): StoreError {
    const id = encodeVersionId(number);
    this.#counters.damagedEntries += 1;
    this.#logger.error({ document: name, version: id }, "a version is damaged");
    return new StoreError("STORE_DAMAGED", `Version ${id} of document ${name} is damaged`);
  }
}

function versionOf(number: number, { bytes, details }: VersionHead): Version {
  return { id: encodeVersionId(number), bytes, details };
}

function markOf(keys: VersionKeys, number: number): [Uint8Array, Uint8Array] {
  const mark = keys.unfinished(number);
  return [mark, encodeFrame(mark, "unfinished", new Uint8Array())];
}
