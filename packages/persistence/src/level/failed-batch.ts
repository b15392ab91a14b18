import { type BatchPlan, commitMark } from "./batch-plan.ts";
import type { Database, Level, Write } from "./database.ts";
import { decodeFrame } from "./frame.ts";
import { COMMIT_KEY, readSafeInteger } from "./keys.ts";
import type { StoreLogger } from "../store-logger.ts";

/**
 * A batch whose write failed, and whose submissions were refused. All of it may be on disk even
 * so, where the fsync failed after the bytes had been written; it shows when the database is
 * opened again, and is taken back then.
 */
export class FailedBatch {
  readonly #database: Database;
  readonly #commitNumber: number;
  readonly #logger: StoreLogger;
  /** Writes that restore what was there before; null when that could not be read. */
  readonly #undo: Write[] | null;

  private constructor(
    database: Database,
    commitNumber: number,
    logger: StoreLogger,
    undo: Write[] | null,
  ) {
    this.#database = database;
    this.#commitNumber = commitNumber;
    this.#logger = logger;
    this.#undo = undo;
  }

  /** To be called before the database is opened again: it still reads as if nothing had been. */
  static async capture(
    database: Database,
    plan: BatchPlan,
    logger: StoreLogger,
  ): Promise<FailedBatch> {
    const undo = await formerValues(database, plan).catch((error: unknown) => {
      logger.error({ err: error }, "cannot read what a failed commit was to replace");
      return null;
    });
    return new FailedBatch(database, plan.commitNumber, logger, undo);
  }

  /**
   * To be called after the database was opened again. Says the number of the last commit, and
   * whether the batch had to be kept because what it replaced is not known.
   */
  async settle(): Promise<{ commitNumber: number; kept: boolean }> {
    const stored = await this.#database.read(readCommitNumber);
    // A number that cannot be read tells nothing; undoing what is not there does no harm.
    if (stored !== null && stored < this.#commitNumber) {
      return { commitNumber: stored, kept: false };
    }
    if (this.#undo === null) {
      this.#logger.warn({ commit: this.#commitNumber }, "a commit reported as failed was kept");
      return { commitNumber: this.#commitNumber, kept: true };
    }
    const commitNumber = this.#commitNumber + 1;
    await this.#database.write([...this.#undo, commitMark(commitNumber)]);
    return { commitNumber, kept: false };
  }
}

async function formerValues(database: Database, plan: BatchPlan): Promise<Write[]> {
  const keys = [...plan.undoableKeys];
  const values = await database.read((level) => level.getMany(keys));
  return keys.map((key, index) => {
    const value = values[index];
    return value === undefined ? { type: "del", key } : { type: "put", key, value };
  });
}

/** The number of the last commit on disk, 0 in a new store, null when it is damaged. */
export async function readCommitNumber(level: Level): Promise<number | null> {
  const value = await level.get(COMMIT_KEY);
  if (value === undefined) return 0;
  const payload = decodeFrame(COMMIT_KEY, "commit", value);
  return payload === null ? null : readSafeInteger(Buffer.from(payload), 0);
}
