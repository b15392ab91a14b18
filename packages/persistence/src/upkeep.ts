import type { DocumentImage } from "./document-image.ts";
import type { DocumentState } from "./document-states.ts";
import { type DocumentUpkeep, isLong, isOutgrown } from "./document-upkeep.ts";
import type { StoreLimits } from "./limits.ts";
import type { StoreLogger } from "./store-logger.ts";

/** Documents waiting for upkeep. One left out comes back with its next commit or load. */
const MAX_WAITING_NAMES = 10_000;

/** A document whose upkeep failed is left alone for this long, then twice as long each time. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60 * 60 * 1000;

/** Decides which documents are looked after when: one at a time, beside the appends. */
export class Upkeep {
  readonly #documents: DocumentUpkeep;
  readonly #limits: StoreLimits;
  readonly #logger: StoreLogger;
  readonly #waiting = new Set<string>();
  readonly #failures = new Map<string, { retryMs: number; notBeforeMs: number }>();
  #running: Promise<void> | null = null;
  #closing = false;

  constructor(documents: DocumentUpkeep, limits: StoreLimits, logger: StoreLogger) {
    this.#documents = documents;
    this.#limits = limits;
    this.#logger = logger;
  }

  /** Called after each commit: schedules the documents whose log outgrew their snapshot. */
  considerAll(documents: ReadonlyMap<string, DocumentState>): void {
    for (const [name, state] of documents) {
      if (isOutgrown(state, this.#limits)) this.#add(name);
    }
  }

  /** Called with what a load read. */
  consider(name: string, image: DocumentImage): void {
    if (
      image.damaged.length > 0 ||
      image.lostSequence !== null ||
      image.stale.length > 0 ||
      image.head?.state === "deleted" ||
      isLong(image, this.#limits)
    ) {
      this.#add(name);
    }
  }

  /** Has the document looked at, also where that failed lately. */
  schedule(name: string): void {
    this.#failures.delete(name);
    this.#add(name);
  }

  /** Resolves when nothing is scheduled or under way. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Ends the thread and waits for the step under way. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting.clear();
    await this.#documents.close();
    await this.settled();
  }

  #add(name: string): void {
    if (this.#closing || this.#isPaused(name) || this.#waiting.size >= MAX_WAITING_NAMES) return;
    this.#waiting.add(name);
    this.#running ??= this.#run();
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
        await this.#documents.look(name);
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
