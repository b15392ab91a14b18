import { setImmediate as nextTurn } from "node:timers/promises";
import type { StoreLimits } from "./limits.ts";
import { StoreError } from "./store-error.ts";

/**
 * After a commit of several, arrivals are collected until this long has passed. Long enough that a
 * busy store shares its fsyncs, short enough to go unnoticed. A quiet store never waits, nor does
 * one caller who waits for each commit before the next: nobody would come to share it.
 */
const COLLECT_MS = 16;

/** Something to be written whole or not at all. */
export type Submission = {
  /** 0 for the store's own upkeep, which is little at a time and never refused for want of room. */
  readonly operations: number;
  readonly bytes: number;
};

/** A submission whose caller waits for it to be settled one way or the other. */
export type Pending<S extends Submission> = {
  readonly submission: S;
  resolve(): void;
  reject(error: StoreError): void;
};

/**
 * Collects what arrives for one writer and hands it over a batch at a time, never two at once, in
 * the order of the calls. What it holds is bounded.
 */
export class CommitQueue<S extends Submission> {
  readonly #limits: StoreLimits;
  /** Settles all of a batch. Must not reject. */
  readonly #write: (batch: readonly Pending<S>[]) => Promise<void>;

  #waiting: Pending<S>[] = [];
  #waitingBytes = 0;
  #unsettledOperations = 0;
  #unsettledBytes = 0;
  #lastCommitEndMs = Number.NEGATIVE_INFINITY;
  #lastCommitSize = 0;
  #running: Promise<void> | null = null;
  #closing = false;
  #endPause: (() => void) | null = null;
  #collecting = false;

  constructor(limits: StoreLimits, write: (batch: readonly Pending<S>[]) => Promise<void>) {
    this.#limits = limits;
    this.#write = write;
  }

  get queuedOperations(): number {
    return this.#unsettledOperations;
  }

  get queuedBytes(): number {
    return this.#unsettledBytes;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /** Resolves once the submission is durable; rejects with a StoreError. */
  submit(submission: S): Promise<void> {
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
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#unsettledOperations += operations;
    this.#unsettledBytes += bytes;
    this.#waitingBytes += bytes;
    const unqueue = (): void => {
      this.#unsettledOperations -= operations;
      this.#unsettledBytes -= bytes;
    };
    this.#waiting.push({
      submission,
      resolve: () => {
        unqueue();
        resolve();
      },
      reject: (error) => {
        unqueue();
        reject(error);
      },
    });
    if (this.#collecting && this.#isBatchFull()) this.#endPause?.();
    this.#running ??= this.#run();
    return promise;
  }

  /** Rejects what no batch has taken yet. */
  rejectWaiting(error: StoreError): void {
    for (const pending of this.#waiting.splice(0)) pending.reject(error);
    this.#waitingBytes = 0;
  }

  /** Waits between two attempts of the writer; ends at once when the queue closes. */
  async pause(pauseMs: number): Promise<void> {
    if (this.#closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = null;
  }

  /** Refuses new submissions and settles those there are. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#endPause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#collect();
      const batch = this.#takeBatch();
      await this.#write(batch);
      this.#lastCommitSize = batch.length;
      this.#lastCommitEndMs = performance.now();
    }
    this.#running = null;
  }

  async #collect(): Promise<void> {
    const restMs = this.#lastCommitEndMs + COLLECT_MS - performance.now();
    if (restMs <= 0 || this.#lastCommitSize < 2 || this.#closing || this.#isBatchFull()) {
      await nextTurn();
      return;
    }
    this.#collecting = true;
    await this.pause(restMs);
    this.#collecting = false;
  }

  #isBatchFull(): boolean {
    return this.#waitingBytes >= this.#limits.maxBatchBytes;
  }

  #takeBatch(): Pending<S>[] {
    let bytes = 0;
    let count = 0;
    for (const { submission } of this.#waiting) {
      if (count > 0 && bytes + submission.bytes > this.#limits.maxBatchBytes) break;
      bytes += submission.bytes;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
