import { setImmediate as nextTurn } from "node:timers/promises";
import { BatchPlan } from "./batch-plan.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Database } from "./database.ts";
import { type DocumentState, type DocumentStates, readState } from "./document-states.ts";
import { FailedBatch } from "./failed-batch.ts";
import type { StoreLimits } from "./limits.ts";
import type { StoreCounters } from "./store-counters.ts";
import { readError, StoreError, writeError } from "./store-error.ts";
import type { StoreLogger } from "./store-logger.ts";

/**
 * After a commit, arrivals are collected until this long has passed. Long enough that a busy
 * store shares its fsyncs, short enough to go unnoticed; a quiet store never waits.
 */
const COLLECT_MS = 3;

/** A failing disk is tried again after this long, then after twice as long each time. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;

/** Something to be written whole or not at all. */
export type Submission = {
  /** The documents whose state `build` will ask the plan for. */
  names: readonly string[];
  /** 0 for the store's own upkeep, which is little at a time and never refused for want of room. */
  operations: number;
  bytes: number;
  /** Adds the writes. May throw a StoreError, before its first write, to be left out. */
  build(plan: BatchPlan): void;
};

type Pending = Submission & { resolve(): void; reject(error: StoreError): void };

/**
 * The one writer. Collects what arrives, writes it as one fsynced batch, then settles it.
 *
 * When a write fails, LevelDB's log may end in a torn record, behind which later records would be
 * lost at the next opening although they were synced. So nothing is written until the database
 * has been opened anew, which copies what its log holds into fresh files, and the failed batch has
 * been undone in case all of it had reached the disk after all.
 */
export class CommitQueue {
  readonly #database: Database;
  readonly #states: DocumentStates;
  readonly #folder: DataFolder;
  readonly #limits: StoreLimits;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;
  readonly #onCommitted: (documents: ReadonlyMap<string, DocumentState>) => void;

  #waiting: Pending[] = [];
  #waitingBytes = 0;
  #unsettledOperations = 0;
  #unsettledBytes = 0;
  #commitNumber: number;
  #lastCommitEndMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #closing = false;
  #endCollecting: (() => void) | null = null;
  #endRetryDelay: (() => void) | null = null;

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
    this.#limits = parts.limits;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
    this.#commitNumber = parts.commitNumber;
    this.#onCommitted = parts.onCommitted;
  }

  get queuedOperations(): number {
    return this.#unsettledOperations;
  }

  get queuedBytes(): number {
    return this.#unsettledBytes;
  }

  /** Resolves once the submission is on disk; rejects with a StoreError when it is not kept. */
  submit(submission: Submission): Promise<void> {
    const { operations, bytes } = submission;
    if (this.#closing) return Promise.reject(new StoreError("STORE_CLOSED", "The store is closed"));
    // Something larger than the whole queue must still get through an empty one.
    if (
      operations > 0 &&
      this.#unsettledOperations > 0 &&
      (this.#unsettledOperations + operations > this.#limits.maxQueuedOperations ||
        this.#unsettledBytes + bytes > this.#limits.maxQueuedBytes)
    ) {
      return Promise.reject(
        new StoreError("STORE_BUSY", "Too much is waiting to be written; try again later"),
      );
    }
    this.#unsettledOperations += operations;
    this.#unsettledBytes += bytes;
    this.#waitingBytes += bytes;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ ...submission, resolve, reject });
    if (this.#waitingBytes >= this.#limits.maxBatchBytes) this.#endCollecting?.();
    this.#running ??= this.#run();
    return promise;
  }

  /** Refuses new submissions and settles those there are. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#endCollecting?.();
    this.#endRetryDelay?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#collect();
      await this.#commit(this.#takeBatch());
      this.#lastCommitEndMs = performance.now();
    }
    this.#running = null;
  }

  async #collect(): Promise<void> {
    const restMs = this.#lastCommitEndMs + COLLECT_MS - performance.now();
    if (restMs <= 0 || this.#closing || this.#waitingBytes >= this.#limits.maxBatchBytes) {
      await nextTurn();
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, restMs);
      this.#endCollecting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endCollecting = null;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const pending of this.#waiting) {
      if (count > 0 && bytes + pending.bytes > this.#limits.maxBatchBytes) break;
      bytes += pending.bytes;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: Pending[]): Promise<void> {
    const { documents, unreadable } = await this.#draftStates(batch);
    const plan = new BatchPlan(this.#commitNumber + 1, documents);
    const planned: Pending[] = [];
    for (const pending of batch) {
      const failure = pending.names.map((name) => unreadable.get(name)).find((error) => error);
      try {
        if (failure !== undefined) throw failure;
        pending.build(plan);
        planned.push(pending);
      } catch (error) {
        this.#reject(pending, readError(error));
      }
    }
    if (planned.length === 0) return;

    try {
      await this.#database.write(plan.finish());
    } catch (error) {
      this.#counters.failedCommits += 1;
      const failure = writeError(error);
      this.#logger.error({ err: failure }, "a commit failed; none of it is kept");
      for (const pending of planned) this.#reject(pending, failure);
      await this.#recover(plan);
      return;
    }
    this.#commitNumber = plan.commitNumber;
    this.#counters.commits += 1;
    this.#counters.fsyncs += 1;
    this.#counters.committedBytes += plan.bytes;
    for (const [name, state] of documents) this.#states.set(name, state);
    for (const pending of planned) {
      this.#unqueue(pending);
      pending.resolve();
    }
    this.#onCommitted(documents);
  }

  /** Copies of the states the batch needs, read from the disk where they are not held. */
  async #draftStates(batch: Pending[]): Promise<{
    documents: Map<string, DocumentState>;
    unreadable: Map<string, StoreError>;
  }> {
    const documents = new Map<string, DocumentState>();
    const unreadable = new Map<string, StoreError>();
    const absent = new Set<string>();
    for (const pending of batch) {
      for (const name of pending.names) {
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
      await this.#retryDelay(delayMs);
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
        for (const pending of this.#waiting.splice(0)) this.#reject(pending, failure);
        this.#waitingBytes = 0;
        if (this.#closing) {
          this.#logger.error({ err: failure }, "the store closes while it cannot be written");
          return;
        }
        delayMs = Math.min(delayMs * 2, LAST_RETRY_MS);
      }
    }
  }

  async #retryDelay(delayMs: number): Promise<void> {
    if (this.#closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#endRetryDelay = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endRetryDelay = null;
  }

  #reject(pending: Pending, error: StoreError): void {
    this.#unqueue(pending);
    pending.reject(error);
  }

  #unqueue(pending: Pending): void {
    this.#unsettledOperations -= pending.operations;
    this.#unsettledBytes -= pending.bytes;
  }
}
