import { syncLimits } from "./limits.ts";

/**
 * One timer for the ticks of all boards: one each, set anew thousands of times a second, costs more
 * than much of what is done on them.
 */
export class TickTimer {
  /** What is to be called, and when at the soonest, by `performance.now()`. */
  readonly #dueAtMs = new Map<() => void, number>();
  #timeout: NodeJS.Timeout | null = null;

  /** Has `act` called once; a later call for the same takes the place of an earlier one. */
  set(act: () => void, dueAtMs: number): void {
    this.#dueAtMs.set(act, dueAtMs);
    this.#start();
  }

  delete(act: () => void): void {
    this.#dueAtMs.delete(act);
  }

  #start(): void {
    this.#timeout ??= setTimeout(() => this.#run(), syncLimits.tickResolutionMs);
  }

  #run(): void {
    this.#timeout = null;
    const nowMs = performance.now();
    for (const [act, dueAtMs] of this.#dueAtMs) {
      if (dueAtMs > nowMs) continue;
      this.#dueAtMs.delete(act);
      act();
    }
    if (this.#dueAtMs.size > 0) this.#start();
  }

  /** Calls nothing any more. Idempotent. */
  close(): void {
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    this.#timeout = null;
    this.#dueAtMs.clear();
  }
}
