import type { TickTimer } from "./tick-timer.ts";

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
  readonly #timer: TickTimer;
  readonly #around: (flush: () => void) => void;
  readonly #news: News[] = [];
  readonly #flush = (): void => this.flush();
  #immediate: NodeJS.Immediate | null = null;
  #lastFlushAtMs = Number.NEGATIVE_INFINITY;
  /** When the next tick comes; infinite while none is wanted. */
  #dueAtMs = Number.POSITIVE_INFINITY;

  /** `around` is handed the work of a tick that has several kinds of news, and does it. */
  constructor(timer: TickTimer, around: (flush: () => void) => void = (flush) => flush()) {
    this.#timer = timer;
    this.#around = around;
  }

  /** What goes out on each tick, in the order of these calls. */
  join(news: News): void {
    this.#news.push(news);
  }

  /** Whether a tick comes anyway. */
  get isPending(): boolean {
    return this.#dueAtMs !== Number.POSITIVE_INFINITY;
  }

  /** Has all news go out: at once, or `intervalMs` after what went out last. */
  request(intervalMs: number): void {
    const dueAtMs = this.#lastFlushAtMs + intervalMs;
    if (dueAtMs >= this.#dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    if (dueAtMs > performance.now()) this.#timer.set(this.#flush, dueAtMs);
    else {
      this.#timer.delete(this.#flush);
      this.#immediate = setImmediate(this.#flush);
    }
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
    this.#timer.delete(this.#flush);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#immediate = null;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }
}
