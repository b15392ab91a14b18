import type { StoreLogger } from "./store-logger.ts";

/** Documents waiting for upkeep. One left out comes back with its next commit or load. */
const MAX_WAITING_NAMES = 10_000;

/** A document whose upkeep failed is left alone for this long, then twice as long each time. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60 * 60 * 1000;

/** What is done for one document beside its appends: compaction, setting aside what is damaged. */
export type DocumentCare = {
  /** Does what the document needs. May be called again after a failure. */
  look(name: string): Promise<void>;
  /** Ends what `look` has under way. Idempotent. */
  close(): Promise<void>;
};

/** Has documents looked after: one at a time, beside the appends. */
export class Upkeep {
  readonly #care: DocumentCare;
  readonly #logger: StoreLogger;
  readonly #waiting = new Set<string>();
  readonly #failures = new Map<string, { retryMs: number; notBeforeMs: number }>();
  #running: Promise<void> | null = null;
  #closing = false;

  constructor(care: DocumentCare, logger: StoreLogger) {
    this.#care = care;
    this.#logger = logger;
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

  /** Resolves when nothing is scheduled or under way. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Ends the thread and waits for the step under way. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting.clear();
    await this.#care.close();
    await this.settled();
  }

  #isPaused(name: string): boolean {
    const failure = this.#failures.get(name);
    return failure !== undefined && performance.now() < failure.notBeforeMs;
  }

  async #run(): Promise<void> {
    // Not in the turn of the commit that asked for it.
    await Promise.resolve();
    for (const name of this.#waiting) {
      this.#waiting.delete(name);
      if (this.#isPaused(name)) continue; // It failed while it was added again.
      try {
        await this.#care.look(name);
        this.#failures.delete(name);
      } catch (error) {
        if (!this.#closing) this.#failed(name, error);
      }
    }
    this.#running = null;
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
