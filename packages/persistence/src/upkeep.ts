import type { StoreLimits } from "./limits.ts";
import type { Replayer } from "./replayer.ts";
import { StoreError } from "./store-error.ts";
import type { StoreLogger } from "./store-logger.ts";

/** Documents waiting for upkeep. One left out comes back with its next commit or load. */
const MAX_WAITING_NAMES = 10_000;

/** Jobs waiting for their turn, past which others are refused with STORE_BUSY. */
const MAX_WAITING_JOBS = 1000;

/** A document whose upkeep failed is left alone for this long, then twice as long each time. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60 * 60 * 1000;

/** What is done for one document beside its appends: compaction, setting aside what is damaged. */
export type DocumentCare = {
  /** Does what the document needs. May be called again after a failure. */
  look(name: string): Promise<void>;
};

type Job = { start(): Promise<void>; refuse(error: StoreError): void };

/**
 * Has documents looked after, and versions made: one thing at a time, beside the appends. It ends
 * the thread that they replay in.
 */
export class Upkeep {
  readonly #care: DocumentCare;
  readonly #replayer: Replayer;
  readonly #limits: StoreLimits;
  readonly #logger: StoreLogger;
  readonly #jobs: Job[] = [];
  readonly #waiting = new Set<string>();
  /** Documents that were loaded just now, and when each is looked at. */
  readonly #loaded = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, { retryMs: number; notBeforeMs: number }>();
  #running: Promise<void> | null = null;
  #closing = false;

  constructor(parts: {
    care: DocumentCare;
    replayer: Replayer;
    limits: StoreLimits;
    logger: StoreLogger;
  }) {
    this.#care = parts.care;
    this.#replayer = parts.replayer;
    this.#limits = parts.limits;
    this.#logger = parts.logger;
  }

  /** Runs `work` alone, in turn with the documents that wait. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(closedError());
    if (this.#jobs.length >= MAX_WAITING_JOBS) {
      return Promise.reject(
        new StoreError("STORE_BUSY", "Too many versions are waiting; try again later"),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#jobs.push({ start: () => work().then(resolve, reject), refuse: reject });
    this.#running ??= this.#run();
    return promise;
  }

  /** Has the document looked at, unless that failed lately. */
  add(name: string): void {
    if (this.#closing || this.#isPaused(name) || this.#waiting.size >= MAX_WAITING_NAMES) return;
    this.#waiting.add(name);
    this.#running ??= this.#run();
  }

  /** Has the document looked at, also where that failed lately. */
  schedule(name: string): void {
    this.#failures.delete(name);
    this.add(name);
  }

  /** Has a document that was loaded just now looked at when who loaded it is done with it. */
  addLoaded(name: string): void {
    // Not later for being loaded again: it might never have its turn.
    if (this.#loaded.has(name) || this.#loaded.size >= MAX_WAITING_NAMES || this.#closing) return;
    const lookAtIt = () => this.#addLoadedNow(name);
    this.#loaded.set(name, setTimeout(lookAtIt, this.#limits.compactionAfterLoadMs));
  }

  #addLoadedNow(name: string): void {
    clearTimeout(this.#loaded.get(name));
    this.#loaded.delete(name);
    this.add(name);
  }

  /** Has all that is to come later done now, and resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    for (const name of this.#loaded.keys()) this.#addLoadedNow(name);
    while (this.#running !== null) await this.#running;
  }

  /** Refuses what waits, ends the thread and waits for the step under way. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting.clear();
    for (const job of this.#jobs.splice(0)) job.refuse(closedError());
    await this.#replayer.close();
    await this.settled();
  }

  #isPaused(name: string): boolean {
    const failure = this.#failures.get(name);
    return failure !== undefined && performance.now() < failure.notBeforeMs;
  }

  async #run(): Promise<void> {
    // Not in the turn of the commit that asked for it.
    await Promise.resolve();
    for (;;) {
      const job = this.#jobs.shift();
      if (job !== undefined) await job.start();
      const [name] = this.#waiting;
      if (name !== undefined) await this.#look(name);
      else if (job === undefined) break; // In the turn that found nothing, so that nothing is left.
    }
    this.#running = null;
  }

  async #look(name: string): Promise<void> {
    this.#waiting.delete(name);
    if (this.#isPaused(name)) return; // It failed while it was added again.
    try {
      await this.#care.look(name);
      this.#failures.delete(name);
    } catch (error) {
      if (!this.#closing) this.#failed(name, error);
    }
  }

  #failed(name: string, error: unknown): void {
    const retryMs = Math.min(
      (this.#failures.get(name)?.retryMs ?? FIRST_RETRY_MS / 2) * 2,
      LAST_RETRY_MS,
    );
    this.#failures.delete(name);
    this.#failures.set(name, { retryMs, notBeforeMs: performance.now() + retryMs });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_WAITING_NAMES) break;
      this.#failures.delete(oldest);
    }
    this.#logger.error({ err: error, document: name, retryMs }, "upkeep of a document failed");
  }
}

function closedError(): StoreError {
  return new StoreError("STORE_CLOSED", "The store is closed");
}
