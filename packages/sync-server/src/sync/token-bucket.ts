/** So many a second for long, and so many at once. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #size: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: { perSecond: number; atOnce: number }, nowMs: number) {
    this.#perMs = options.perSecond / 1000;
    this.#size = options.atOnce;
    this.#tokens = options.atOnce;
    this.#filledAtMs = nowMs;
  }

  /** False when there is none left. */
  take(nowMs: number): boolean {
    const gained = (nowMs - this.#filledAtMs) * this.#perMs;
    this.#tokens = Math.min(this.#size, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
