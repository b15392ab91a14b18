import { crc32 } from "node:zlib";
import type { CommitQueue } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import { encodeName } from "../names.ts";
import { checkDocument } from "../operation.ts";
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
import { bytesOf, type Connections, integerOf, type Row } from "./connections.ts";
import { readDocument } from "./postgres-document.ts";
import { isForeignKeyViolation } from "./postgres-error.ts";
import { checksum, type PostgresSubmission } from "./statement.ts";

/** Making one takes minutes at most: what has no details by then was left by a node that died. */
const MAKING_EXPIRY = "1 day";

const COLUMNS = "id, name, bytes, crc, details, details_crc";

/**
 * The versions of all documents in the database: a row each, and its content in pieces. A row
 * counts once it has its details; one that has lost its name was deleted.
 */
export class PostgresVersions implements Versions {
  readonly #connections: Connections;
  readonly #upkeep: Upkeep;
  readonly #replayer: Replayer;
  readonly #queue: CommitQueue<PostgresSubmission>;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  #isSweepWaiting = false;

  constructor(parts: {
    connections: Connections;
    upkeep: Upkeep;
    replayer: Replayer;
    queue: CommitQueue<PostgresSubmission>;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
  }) {
    this.#connections = parts.connections;
    this.#upkeep = parts.upkeep;
    this.#replayer = parts.replayer;
    this.#queue = parts.queue;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
  }

  async create(name: string, details: Uint8Array): Promise<Version | null> {
    checkVersion(name, details);
    return this.#begin(name, async (number) => {
      const document = await readDocument(this.#connections, name);
      if (document === null) return null;
      const content = await this.#replayer.replay(document.snapshot, document.updates);
      return this.#finish(name, number, content, details, document.id);
    });
  }

  async put(name: string, update: Uint8Array, details: Uint8Array): Promise<Version> {
    checkVersion(name, details);
    checkDocument(update, this.#limits);
    return this.#begin(name, (number) => this.#finish(name, number, update, details));
  }

  async list(name: string): Promise<Version[]> {
    const rows = await this.#connections.read(
      `SELECT ${COLUMNS} FROM boardwalk_versions
       WHERE name = $1 AND details IS NOT NULL ORDER BY id`,
      [encodeName(name)],
    );
    const versions: Version[] = [];
    for (const row of rows) {
      const version = versionOf(row);
      if (version === null) this.#reportDamage(name, row);
      else versions.push(version);
    }
    return versions;
  }

  async load(name: string, id: string): Promise<Uint8Array | null> {
    const row = await this.#read(name, id);
    if (row === null) return null;
    const content = versionOf(row) === null ? null : await this.#readContent(row);
    if (content !== null) return content;
    // It may have been deleted in the middle of it.
    if ((await this.#read(name, id)) === null) return null;
    throw this.#reportDamage(name, row);
  }

  async describe(name: string, id: string, details: Uint8Array): Promise<Version | null> {
    checkVersion(name, details);
    const row = await this.#read(name, id);
    if (row === null) return null;
    if (versionOf(row) === null) throw this.#reportDamage(name, row);
    const nameBytes = encodeName(name);
    const [described] = await this.#connections.change(
      `UPDATE boardwalk_versions SET details = $3, details_crc = $4
       WHERE name = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [nameBytes, integerOf(row, "id"), details, checksum(nameBytes, details)],
      details.length,
    );
    return described === undefined ? null : versionOf(described);
  }

  async delete(name: string, ids: readonly string[]): Promise<void> {
    const numbers = ids.map(parseVersionId).filter((number) => number !== null);
    await this.#connections.change(
      "UPDATE boardwalk_versions SET name = NULL WHERE name = $1 AND id = ANY($2::bigint[])",
      [encodeName(name), numbers],
    );
    this.sweep();
  }

  /** Removes in the background what is left of versions that were deleted or not finished. */
  sweep(): void {
    if (this.#isSweepWaiting) return;
    this.#isSweepWaiting = true;
    const swept = this.#upkeep.run(() => {
      this.#isSweepWaiting = false;
      return this.#sweep();
    });
    swept.catch((error: unknown) => {
      this.#isSweepWaiting = false;
      if (this.#queue.isClosing) return;
      this.#logger.warn({ err: error }, "what is left of versions will be removed with the next");
    });
  }

  /** One at a time: a large one takes a while. */
  async #sweep(): Promise<void> {
    for (;;) {
      const [row] = await this.#connections.read(
        `SELECT id FROM boardwalk_versions
         WHERE name IS NULL OR (details IS NULL AND begun_at < now() - interval '${MAKING_EXPIRY}')
         LIMIT 1`,
        [],
      );
      if (row === undefined) return;
      await this.#connections.change("DELETE FROM boardwalk_versions WHERE id = $1", [
        integerOf(row, "id"),
      ]);
    }
  }

  /** Has `work` make a version of the number it is given; what it does not finish is removed. */
  #begin<T>(name: string, work: (number: number) => Promise<T>): Promise<T> {
    return this.#upkeep.run(async () => {
      const nameBytes = encodeName(name);
      const [count] = await this.#connections.read(
        `SELECT count(*) AS versions FROM boardwalk_versions
         WHERE name = $1 AND details IS NOT NULL`,
        [nameBytes],
      );
      checkVersionCount(integerOf(count ?? {}, "versions"), this.#limits);
      const [row] = await this.#connections.change(
        `INSERT INTO boardwalk_versions (id, name)
         VALUES (nextval('boardwalk_generations'), $1) RETURNING id`,
        [nameBytes],
      );
      const number = integerOf(row ?? {}, "id");
      try {
        return await work(number);
      } finally {
        await this.#discard(number).catch((err: unknown) => {
          this.#logger.warn({ err, document: name }, "an unfinished version is left for later");
        });
      }
    });
  }

  /**
   * Gives a version its content, has it read back, and lets it count, unless its document was
   * deleted meanwhile: that is as if it had been deleted right after.
   */
  async #finish(
    name: string,
    number: number,
    content: Uint8Array,
    details: Uint8Array,
    document: number | null = null,
  ): Promise<Version> {
    try {
      await this.#writeContent(number, content);
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
    }
    const nameBytes = encodeName(name);
    await this.#connections.change(
      `UPDATE boardwalk_versions SET bytes = $3, crc = $4, details = $5, details_crc = $6
       WHERE id = $1 AND name = $2
         AND ($7::bigint IS NULL OR EXISTS (SELECT FROM boardwalk_documents WHERE id = $7))`,
      [
        number,
        nameBytes,
        content.length,
        crc32(content) | 0,
        details,
        checksum(nameBytes, details),
        document,
      ],
      details.length,
    );
    return { id: encodeVersionId(number), bytes: content.length, details };
  }

  async #writeContent(number: number, content: Uint8Array): Promise<void> {
    const size = this.#limits.snapshotChunkBytes;
    for (let index = 0; index * size < content.length; index++) {
      const bytes = content.subarray(index * size, (index + 1) * size);
      await this.#connections.change(
        `INSERT INTO boardwalk_version_chunks (version, index, bytes)
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [number, index, bytes],
        bytes.length,
      );
    }
    for (let index = 0; index * size < content.length; index++) {
      const written = content.subarray(index * size, (index + 1) * size);
      const stored = await this.#readChunk(number, index);
      if (stored === null ? await this.#isBegun(number) : Buffer.compare(stored, written) !== 0) {
        throw new StoreError("STORE_DAMAGED", "A new version did not read back as written");
      }
    }
  }

  async #readContent(row: Row): Promise<Uint8Array | null> {
    const bytes = integerOf(row, "bytes");
    const chunks: Buffer[] = [];
    let read = 0;
    let crc = 0;
    while (read < bytes) {
      const chunk = await this.#readChunk(integerOf(row, "id"), chunks.length);
      if (chunk === null || chunk.length === 0) return null;
      chunks.push(chunk);
      crc = crc32(chunk, crc);
      read += chunk.length;
    }
    return read === bytes && (crc | 0) === integerOf(row, "crc") ? Buffer.concat(chunks) : null;
  }

  async #readChunk(number: number, index: number): Promise<Buffer | null> {
    const [row] = await this.#connections.read(
      "SELECT bytes FROM boardwalk_version_chunks WHERE version = $1 AND index = $2",
      [number, index],
    );
    return row === undefined ? null : bytesOf(row, "bytes");
  }

  async #isBegun(number: number): Promise<boolean> {
    const rows = await this.#connections.read("SELECT id FROM boardwalk_versions WHERE id = $1", [
      number,
    ]);
    return rows.length > 0;
  }

  async #read(name: string, id: string): Promise<Row | null> {
    const nameBytes = encodeName(name);
    const number = parseVersionId(id);
    if (number === null) return null;
    const [row] = await this.#connections.read(
      `SELECT ${COLUMNS} FROM boardwalk_versions
       WHERE name = $1 AND id = $2 AND details IS NOT NULL`,
      [nameBytes, number],
    );
    return row ?? null;
  }

  async #discard(number: number): Promise<void> {
    await this.#connections.change(
      "DELETE FROM boardwalk_versions WHERE id = $1 AND details IS NULL",
      [number],
    );
  }

  #reportDamage(name: string, row: Row): StoreError {
    const id = encodeVersionId(integerOf(row, "id"));
    this.#counters.damagedEntries += 1;
    this.#logger.error({ document: name, version: id }, "a version is damaged");
    return new StoreError("STORE_DAMAGED", `Version ${id} of document ${name} is damaged`);
  }
}

/** Null where the row is not as it was written. */
function versionOf(row: Row): Version | null {
  const name = bytesOf(row, "name");
  const details = bytesOf(row, "details");
  if (name === null || details === null) return null;
  if (checksum(name, details) !== integerOf(row, "details_crc")) return null;
  return { id: encodeVersionId(integerOf(row, "id")), bytes: integerOf(row, "bytes"), details };
}
