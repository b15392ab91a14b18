import { syncLimits } from "./limits.ts";

/**
 * When a board's news goes out: with this turn of the loop while the board is quiet, and together
 * on a tick while it is not, so that every socket is written to once a tick.
 */
export class BroadcastTick {
  readonly #around: (flush: () => void) => void;
  readonly #flushes: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #lastFlushAtMs = Number.NEGATIVE_INFINITY;

  /** `around` is handed the work of each tick, and does it. */
  constructor(around: (flush: () => void) => void = (flush) => flush()) {
    this.#around = around;
  }

  /** What is called on each tick. */
  join(flush: () => void): void {
    this.#flushes.push(flush);
  }

  request(): void {
    if (this.#timer !== null || this.#immediate !== null) return;
    const waitMs = this.#lastFlushAtMs + syncLimits.flushIntervalMs - performance.now();
    if (waitMs > 0) this.#timer = setTimeout(() => this.flush(), waitMs);
    else this.#immediate = setImmediate(() => this.flush());
  }

  flush(): void {
    this.close();
    this.#lastFlushAtMs = performance.now();
    this.#around(() => {
      for (const flush of this.#flushes) flush();
    });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
  }
}
