import { randomUUID } from "node:crypto";
import { CommitQueue, type Pending } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import { decodeName } from "../names.ts";
import type { Operation } from "../operation.ts";
import type { StoreCounters } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import {
  bytesOf,
  type Connections,
  FIRST_RETRY_MS,
  GIVE_UP_MS,
  integerOf,
  LAST_RETRY_MS,
  type Row,
} from "./connections.ts";
import { failureKind, storeErrorOf } from "./postgres-error.ts";
import {
  commitStatement,
  deletionStatement,
  type Fence,
  type PostgresSubmission,
  type Statement,
} from "./statement.ts";

/** A row in the table of writers without a commit for this long belongs to none that lives. */
const WRITER_EXPIRY = "1 day";

/**
 * The one writer of this store, beside those of other nodes. Each batch of its queue is a statement
 * that commits by itself.
 *
 * When the answer to one is lost, it may have been carried out, or may even be carried out later.
 * So every statement says its number, and takes effect only while this writer's epoch is as it
 * says: raising the epoch waits for a statement under way, keeps out one that has not begun, and
 * answers with the number of the last that was carried out. Then it is known, and it is sent again
 * or not.
 */
export class PostgresWriter {
  readonly queue: CommitQueue<PostgresSubmission>;
  readonly #connections: Connections;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  readonly #onOutgrown: (name: string) => void;
  readonly #id = randomUUID();
  #epoch = 0;
  #number = 0;
  /** Whether nothing of former statements is under way, and the database knows the epoch. */
  #isSettled = false;

  constructor(parts: {
    connections: Connections;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
    /** Told the documents whose log has become longer than its snapshot. */
    onOutgrown: (name: string) => void;
  }) {
    this.#connections = parts.connections;
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
    this.#onOutgrown = parts.onOutgrown;
    this.queue = new CommitQueue(parts.limits, (batch) => this.#write(batch));
  }

  /** Enters this writer in the database. Rejects with pg's own error. */
  async begin(): Promise<void> {
    await this.#connections.write(
      `DELETE FROM boardwalk_writers WHERE seen_at < now() - interval '${WRITER_EXPIRY}'`,
      [],
    );
    await this.#settle();
  }

  async #write(batch: readonly Pending<PostgresSubmission>[]): Promise<void> {
    const runs = runsOf(batch);
    for (const [index, run] of runs.entries()) {
      this.#number += 1;
      try {
        const rows = await this.#perform((fence) => this.#statement(run, fence), this.#number);
        for (const pending of run) pending.resolve();
        this.#reportOutgrown(rows);
      } catch (error) {
        this.#counters.failedCommits += 1;
        const failure = storeErrorOf(error, "STORE_WRITE");
        this.#logger.error({ err: failure }, "a commit failed");
        const failed = this.#isSettled ? [run] : runs.slice(index);
        for (const pending of failed.flat()) pending.reject(failure);
        if (this.#isSettled) continue;
        await this.#recover(this.#number);
        return;
      }
    }
  }

  #statement(run: readonly Pending<PostgresSubmission>[], fence: Fence): Statement {
    const steps: Operation[] = [];
    for (const { submission } of run) {
      const { work } = submission;
      if (work.type === "delete") return deletionStatement(fence, work.name);
      steps.push(...work.steps);
    }
    return commitStatement(fence, steps, this.#limits.minCompactionBytes);
  }

  /** Has a statement carried out exactly once, or rejects with pg's error or a StoreError. */
  async #perform(statementFor: (fence: Fence) => Statement, number: number): Promise<Row[]> {
    const endMs = performance.now() + GIVE_UP_MS;
    let retryMs = FIRST_RETRY_MS;
    for (;;) {
      try {
        const isDone = !this.#isSettled && (await this.#settle()) === number;
        const fence = { writer: this.#id, epoch: this.#epoch, number };
        const { text, values, bytes } = statementFor(fence);
        const rows = isDone ? [] : await this.#connections.write(text, values);
        if (isDone || integerOf(rows[0] ?? {}, "fences") === 1) {
          this.#connections.count(bytes);
          return rows;
        }
        this.#isSettled = false; // The row was removed as one of a writer that is no more.
        if (performance.now() > endMs) {
          throw new StoreError("STORE_WRITE", "The database does not keep who writes");
        }
      } catch (error) {
        const kind = error instanceof StoreError ? "refused" : failureKind(error);
        if (kind === "lost") this.#isSettled = false;
        const isWorthwhile = kind === "lost" || kind === "conflict";
        if (!isWorthwhile || this.queue.isClosing || performance.now() > endMs) throw error;
        if (retryMs === FIRST_RETRY_MS) {
          this.#logger.warn({ err: error }, "a commit is tried again");
        }
      }
      await this.queue.pause(retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }

  /**
   * Waits for what of this writer is under way, shuts out what is yet to begin, and returns the
   * number of the last commit that came to pass.
   */
  async #settle(): Promise<number> {
    this.#epoch += 1;
    const [row] = await this.#connections.write(
      `INSERT INTO boardwalk_writers AS writer (id, epoch, committed) VALUES ($1, $2, 0)
       ON CONFLICT (id) DO UPDATE SET epoch = greatest(writer.epoch, excluded.epoch)
       RETURNING epoch, committed`,
      [this.#id, this.#epoch],
    );
    if (row === undefined) throw new StoreError("STORE_WRITE", "The database keeps no writer");
    this.#epoch = integerOf(row, "epoch");
    this.#isSettled = true;
    return integerOf(row, "committed");
  }

  /** Returns when the database answers again, or when the store closes. */
  async #recover(failedNumber: number): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      await this.queue.pause(retryMs);
      try {
        if ((await this.#settle()) === failedNumber) {
          this.#logger.warn({}, "a commit reported as failed was kept");
        }
        this.#logger.info({}, "the database answers again");
        return;
      } catch (error) {
        const failure = storeErrorOf(error, "STORE_WRITE");
        this.queue.rejectWaiting(failure);
        if (this.queue.isClosing) {
          this.#logger.error({ err: failure }, "the store closes while it cannot be written");
          return;
        }
      }
    }
  }

  #reportOutgrown(rows: readonly Row[]): void {
    for (const row of rows) {
      const name = row["name"] === undefined ? null : bytesOf(row, "name");
      const document = name === null ? null : decodeName(name);
      if (document !== null) this.#onOutgrown(document);
    }
  }
}

/** What goes in one statement: as many commits as follow one another, or one deletion. */
function runsOf(batch: readonly Pending<PostgresSubmission>[]): Pending<PostgresSubmission>[][] {
  const runs: Pending<PostgresSubmission>[][] = [];
  let last: PostgresSubmission["work"]["type"] | null = null;
  for (const pending of batch) {
    const { type } = pending.submission.work;
    const run = runs.at(-1);
    if (type === "commit" && last === "commit" && run !== undefined) run.push(pending);
    else runs.push([pending]);
    last = type;
  }
  return runs;
}
