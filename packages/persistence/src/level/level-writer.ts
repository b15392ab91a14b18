import { CommitQueue, type Pending, type Submission } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import type { StoreCounters } from "../store-counters.ts";
import { readError, type StoreError, writeError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import { BatchPlan } from "./batch-plan.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Database } from "./database.ts";
import { type DocumentState, type DocumentStates, readState } from "./document-states.ts";
import { FailedBatch } from "./failed-batch.ts";

/** A failing disk is tried again after this long, then after twice as long each time. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;

export type LevelSubmission = Submission & {
  /** The documents whose state `build` will ask the plan for. */
  readonly names: readonly string[];
  /** Adds the writes. May throw a StoreError, before its first write, to be left out. */
  build(plan: BatchPlan): void;
};

/**
 * The one writer of the database: each batch of its queue is one fsynced write.
 *
 * When a write fails, LevelDB's log may end in a torn record, behind which later records would be
 * lost at the next opening although they were synced. So nothing is written until the database
 * has been opened anew, which copies what its log holds into fresh files, and the failed batch has
 * been undone in case all of it had reached the disk after all.
 */
export class LevelWriter {
  readonly queue: CommitQueue<LevelSubmission>;
  readonly #database: Database;
  readonly #states: DocumentStates;
  readonly #folder: DataFolder;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  readonly #onCommitted: (documents: ReadonlyMap<string, DocumentState>) => void;
  #commitNumber: number;

  constructor(parts: {
    database: Database;
    states: DocumentStates;
    folder: DataFolder;
    limits: StoreLimits;
    counters: StoreCounters;
    logger: StoreLogger;
    /** The number of the last commit on disk. */
    commitNumber: number;
    /** Told the new states of the documents of each commit. */
    onCommitted: (documents: ReadonlyMap<string, DocumentState>) => void;
  }) {
    this.#database = parts.database;
    this.#states = parts.states;
    this.#folder = parts.folder;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
    this.#commitNumber = parts.commitNumber;
    this.#onCommitted = parts.onCommitted;
    this.queue = new CommitQueue(parts.limits, (batch) => this.#commit(batch));
  }

  async #commit(batch: readonly Pending<LevelSubmission>[]): Promise<void> {
    const { documents, unreadable } = await this.#draftStates(batch);
    const plan = new BatchPlan(this.#commitNumber + 1, documents);
    const planned: Pending<LevelSubmission>[] = [];
    for (const pending of batch) {
      const { names } = pending.submission;
      const failure = names.map((name) => unreadable.get(name)).find((error) => error);
      try {
        if (failure !== undefined) throw failure;
        pending.submission.build(plan);
        planned.push(pending);
      } catch (error) {
        pending.reject(readError(error));
      }
    }
    if (planned.length === 0) return;

    try {
      await this.#database.write(plan.finish());
    } catch (error) {
      this.#counters.failedCommits += 1;
      const failure = writeError(error);
      this.#logger.error({ err: failure }, "a commit failed; none of it is kept");
      for (const pending of planned) pending.reject(failure);
      await this.#recover(plan);
      return;
    }
    this.#commitNumber = plan.commitNumber;
    this.#counters.commits += 1;
    this.#counters.fsyncs += 1;
    this.#counters.committedBytes += plan.bytes;
    for (const [name, state] of documents) this.#states.set(name, state);
    for (const pending of planned) pending.resolve();
    this.#onCommitted(documents);
  }

  /** Copies of the states the batch needs, read from the disk where they are not held. */
  async #draftStates(batch: readonly Pending<LevelSubmission>[]): Promise<{
    documents: Map<string, DocumentState>;
    unreadable: Map<string, StoreError>;
  }> {
    const documents = new Map<string, DocumentState>();
    const unreadable = new Map<string, StoreError>();
    const absent = new Set<string>();
    for (const { submission } of batch) {
      for (const name of submission.names) {
        if (documents.has(name)) continue;
        const state = this.#states.get(name);
        if (state === undefined) absent.add(name);
        else documents.set(name, { ...state });
      }
    }
    await Promise.all(
      Array.from(absent, async (name) => {
        try {
          documents.set(name, await this.#database.read((level) => readState(level, name)));
        } catch (error) {
          unreadable.set(name, readError(error));
        }
      }),
    );
    return { documents, unreadable };
  }

  /** Returns when writing is possible again, or when the store closes. */
  async #recover(failed: BatchPlan): Promise<void> {
    const batch = await FailedBatch.capture(this.#database, failed, this.#logger);
    let delayMs = FIRST_RETRY_MS;
    for (;;) {
      await this.queue.pause(delayMs);
      try {
        await this.#folder.proveRoom();
        await this.#database.reopen();
        const { commitNumber, kept } = await batch.settle();
        this.#commitNumber = commitNumber;
        if (kept) this.#states.clear();
        this.#logger.info({}, "the store can be written again");
        return;
      } catch (error) {
        const failure = writeError(error);
        this.queue.rejectWaiting(failure);
        if (this.queue.isClosing) {
          this.#logger.error({ err: failure }, "the store closes while it cannot be written");
          return;
        }
        delayMs = Math.min(delayMs * 2, LAST_RETRY_MS);
      }
    }
  }
}
