import { crc32 } from "node:zlib";
import type { CommitQueue } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import { encodeName } from "../names.ts";
import type { Replayer } from "../replayer.ts";
import type { StoreCounters } from "../store-counters.ts";
import { documentExistsError, StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import { isLong } from "../stored-document.ts";
import type { DocumentCare } from "../upkeep.ts";
import { bytesOf, type Connections, integerOf } from "./connections.ts";
import { isForeignKeyViolation } from "./postgres-error.ts";
import { type DocumentRows, readDocument } from "./postgres-document.ts";
import type { PostgresSubmission } from "./statement.ts";

/** Longer than a compaction takes: one node's claim ends when it has died over it. */
const CLAIM = "5 minutes";

/**
 * Damaged bytes are set aside, logs compacted. Of the nodes that find a log too long, one claims
 * the document and writes a snapshot under a generation that no other uses; whoever else deleted,
 * claimed or compacted the document meanwhile, the change to it then does not come about.
 */
export class PostgresUpkeep implements DocumentCare {
  readonly #connections: Connections;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  readonly #replayer: Replayer;
  readonly #queue: CommitQueue<PostgresSubmission>;

  constructor(parts: {
    connections: Connections;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
    replayer: Replayer;
    queue: CommitQueue<PostgresSubmission>;
  }) {
    this.#connections = parts.connections;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
    this.#replayer = parts.replayer;
    this.#queue = parts.queue;
  }

  async look(name: string): Promise<void> {
    let document = await this.#read(name);
    if (document === null) return;
    if (document.damagedSequences.length > 0 || document.isSnapshotBroken) {
      await this.#setAside(name, document);
      document = await this.#read(name);
      if (document === null) return;
    }
    if (!isLong(document, this.#limits)) return;
    try {
      await this.#compact(name, document);
    } catch (error) {
      if (isForeignKeyViolation(error)) return; // Deleted meanwhile.
      if (!this.#queue.isClosing) this.#counters.failedCompactions += 1;
      throw error;
    }
  }

  /** Makes a document of one update, which counts as its first. Until it is whole it has none. */
  async put(name: string, update: Uint8Array): Promise<void> {
    const [number] = await this.#connections.change(
      "SELECT nextval('boardwalk_generations') AS generation",
      [],
    );
    const generation = integerOf(number ?? {}, "generation");
    const [row] = await this.#connections.change(
      `INSERT INTO boardwalk_documents AS document
         (name, last_sequence, log_bytes, claimed_generation, claimed_until)
       VALUES ($1, 0, 0, $2, now() + interval '${CLAIM}')
       ON CONFLICT (name) DO UPDATE SET claimed_until = excluded.claimed_until
       WHERE document.claimed_generation = $2
       RETURNING id`,
      [encodeName(name), generation],
    );
    if (row === undefined) throw documentExistsError(name);
    const id = integerOf(row, "id");
    let isPut = false;
    try {
      await this.#writeChunks(id, generation, update);
      await this.#verify(id, generation, update);
      isPut = await this.#begin(id, generation, update);
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error; // Deleted meanwhile.
    } finally {
      if (!isPut) await this.#discard(id, generation, name);
    }
    if (!isPut) throw documentExistsError(name);
  }

  /** Lets a document begin with the snapshot that was written; false when it has begun already. */
  async #begin(id: number, generation: number, snapshot: Uint8Array): Promise<boolean> {
    await this.#connections.change(
      `UPDATE boardwalk_documents
       SET last_sequence = 1, covered_sequence = 1, generation = $2, snapshot_bytes = $3,
         snapshot_crc = $4, claimed_generation = 0, claimed_until = '-infinity'
       WHERE id = $1 AND claimed_generation = $2 AND last_sequence = 0`,
      [id, generation, snapshot.length, crc32(snapshot) | 0],
    );
    // By what there is: the statement may have been run twice, and its outcome been compacted.
    const rows = await this.#connections.read(
      "SELECT id FROM boardwalk_documents WHERE id = $1 AND generation >= $2",
      [id, generation],
    );
    return rows.length > 0;
  }

  /** Removes a document that did not come to be, unless others have begun it. */
  async #discard(id: number, generation: number, name: string): Promise<void> {
    try {
      await this.#connections.change(
        `DELETE FROM boardwalk_documents
         WHERE id = $1 AND claimed_generation = $2 AND last_sequence = 0`,
        [id, generation],
      );
      await this.#release(id, generation);
    } catch (err) {
      this.#logger.warn({ err, document: name }, "a document without updates is left behind");
    }
  }

  async #read(name: string): Promise<DocumentRows | null> {
    if (this.#queue.isClosing) throw new StoreError("STORE_CLOSED", "The store is closing");
    return readDocument(this.#connections, name);
  }

  /** Moves damaged bytes to the quarantine. A row without bytes keeps an update's number. */
  async #setAside(name: string, document: DocumentRows): Promise<void> {
    const { id, generation, damagedSequences, isSnapshotBroken } = document;
    if (damagedSequences.length > 0) {
      await this.#connections.change(
        `WITH found AS (
           SELECT sequence, crc, bytes FROM boardwalk_updates
           WHERE document = $1 AND sequence = ANY($2::bigint[]) AND bytes IS NOT NULL FOR UPDATE
         ), kept AS (
           INSERT INTO boardwalk_quarantine (name, sequence, crc, bytes)
           SELECT $3, sequence, crc, bytes FROM found
         )
         UPDATE boardwalk_updates AS entry
         SET damaged_bytes = length(found.bytes), bytes = NULL
         FROM found WHERE entry.document = $1 AND entry.sequence = found.sequence`,
        [id, damagedSequences, encodeName(name)],
      );
    }
    if (isSnapshotBroken) {
      await this.#connections.change(
        `WITH lost AS (
           UPDATE boardwalk_documents
           SET snapshot_lost = true, generation = 0, snapshot_bytes = 0
           WHERE id = $1 AND generation = $2 RETURNING id, name, snapshot_crc
         ), found AS (
           DELETE FROM boardwalk_snapshot_chunks AS chunk USING lost
           WHERE chunk.document = lost.id AND chunk.generation = $2
           RETURNING lost.name, chunk.index, lost.snapshot_crc, chunk.bytes
         )
         INSERT INTO boardwalk_quarantine (name, generation, index, crc, bytes)
         SELECT name, $2, index, snapshot_crc, bytes FROM found`,
        [id, generation],
      );
    }
    this.#counters.damagedEntries += damagedSequences.length + (isSnapshotBroken ? 1 : 0);
    this.#logger.error({ document: name, damage: document.damage }, "damaged bytes were set aside");
  }

  async #compact(name: string, document: DocumentRows): Promise<void> {
    const generation = await this.#claim(document);
    if (generation === null) return;
    try {
      const snapshot = await this.#replayer.replay(document.snapshot, document.updates);
      await this.#writeChunks(document.id, generation, snapshot);
      await this.#verify(document.id, generation, snapshot);
      if (!(await this.#switch(document, generation, snapshot))) return;
      this.#counters.compactions += 1;
      this.#logger.info(
        {
          document: name,
          updates: document.updates.length,
          logBytes: document.logBytes,
          snapshotBytes: snapshot.length,
        },
        "a log was compacted",
      );
    } catch (error) {
      await this.#release(document.id, generation).catch((err: unknown) => {
        this.#logger.warn({ err, document: name }, "a claim is left to end by itself");
      });
      throw error;
    }
  }

  /**
   * Claims the document under a new generation, and removes what a claimant that died has left.
   * Null when another node is at it, or the document is no longer as it was read.
   */
  async #claim({ id, generation }: DocumentRows): Promise<number | null> {
    const [row] = await this.#connections.change(
      `UPDATE boardwalk_documents
       SET claimed_generation = nextval('boardwalk_generations'),
         claimed_until = now() + interval '${CLAIM}'
       WHERE id = $1 AND generation = $2 AND claimed_until < now()
       RETURNING claimed_generation`,
      [id, generation],
    );
    if (row === undefined) return null;
    const claimed = integerOf(row, "claimed_generation");
    await this.#connections.change(
      `DELETE FROM boardwalk_snapshot_chunks
       WHERE document = $1 AND generation <> $2 AND generation < $3`,
      [id, generation, claimed],
    );
    return claimed;
  }

  async #release(id: number, generation: number): Promise<void> {
    await this.#connections.change(
      `UPDATE boardwalk_documents SET claimed_until = '-infinity'
       WHERE id = $1 AND claimed_generation = $2`,
      [id, generation],
    );
  }

  /** Until the document's row names their generation, chunks are not read. */
  async #writeChunks(id: number, generation: number, snapshot: Uint8Array): Promise<void> {
    const size = this.#limits.snapshotChunkBytes;
    for (let start = 0; start < snapshot.length; start += size) {
      const bytes = snapshot.subarray(start, start + size);
      await this.#connections.change(
        `INSERT INTO boardwalk_snapshot_chunks (document, generation, index, bytes)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
        [id, generation, start / size, bytes],
        bytes.length,
      );
    }
  }

  /** Reads the new snapshot back: only then are the former and the log not needed any more. */
  async #verify(id: number, generation: number, snapshot: Uint8Array): Promise<void> {
    const rows = await this.#connections.read(
      `SELECT bytes FROM boardwalk_snapshot_chunks
       WHERE document = $1 AND generation = $2 ORDER BY index`,
      [id, generation],
    );
    const stored = Buffer.concat(rows.map((row) => bytesOf(row, "bytes") ?? Buffer.alloc(0)));
    // None at all: the document was deleted, or the claim was lost, and the switch will not be.
    if (rows.length > 0 && Buffer.compare(stored, snapshot) !== 0) {
      throw new StoreError("STORE_DAMAGED", "A new snapshot did not read back as written");
    }
  }

  /** Puts the new snapshot in the place of the former and the log; false when superseded. */
  async #switch(
    document: DocumentRows,
    generation: number,
    snapshot: Uint8Array,
  ): Promise<boolean> {
    const [row] = await this.#connections.change(
      `WITH compacted AS (
         UPDATE boardwalk_documents
         SET generation = $3, covered_sequence = $4, snapshot_bytes = $5, snapshot_crc = $6,
           snapshot_lost = false, log_bytes = greatest(0, log_bytes - $7),
           claimed_generation = 0, claimed_until = '-infinity'
         WHERE id = $1 AND generation = $2 AND claimed_generation = $3
         RETURNING id
       ), covered AS (
         DELETE FROM boardwalk_updates AS entry USING compacted
         WHERE entry.document = compacted.id AND entry.sequence <= $4
       ), former AS (
         DELETE FROM boardwalk_snapshot_chunks AS chunk USING compacted
         WHERE chunk.document = compacted.id AND chunk.generation <> $3
       )
       SELECT count(*) AS documents FROM compacted`,
      [
        document.id,
        document.generation,
        generation,
        document.lastSequence,
        snapshot.length,
        crc32(snapshot) | 0,
        document.countedBytes,
      ],
    );
    return row !== undefined && integerOf(row, "documents") === 1;
  }
}
