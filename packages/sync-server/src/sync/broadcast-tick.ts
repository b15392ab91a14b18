import { syncLimits } from "./limits.ts";

/** One kind of news of a board. */
export type News = {
  /** Whether there is any. */
  isDue(): boolean;
  flush(): void;
};

/**
 * When a board's news goes out: with this turn of the loop while the board is quiet, and together
 * on a tick while it is not, so that every socket is written to once a tick.
 */
export class BroadcastTick {
  readonly #around: (flush: () => void) => void;
  readonly #news: News[] = [];
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #lastFlushAtMs = Number.NEGATIVE_INFINITY;

  /** `around` is handed the work of a tick that has several kinds of news, and does it. */
  constructor(around: (flush: () => void) => void = (flush) => flush()) {
    this.#around = around;
  }

  /** What goes out on each tick, in the order of these calls. */
  join(news: News): void {
    this.#news.push(news);
  }

  /** Whether a tick comes anyway. */
  get isPending(): boolean {
    return this.#timer !== null || this.#immediate !== null;
  }

  request(): void {
    if (this.isPending) return;
    const waitMs = this.#lastFlushAtMs + syncLimits.flushIntervalMs - performance.now();
    if (waitMs > 0) this.#timer = setTimeout(() => this.flush(), waitMs);
    else this.#immediate = setImmediate(() => this.flush());
  }

  flush(): void {
    this.close();
    this.#lastFlushAtMs = performance.now();
    const [first, ...others] = this.#news.filter((news) => news.isDue());
    if (others.length === 0) first?.flush();
    else {
      this.#around(() => {
        first?.flush();
        for (const news of others) news.flush();
      });
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
  }
}
