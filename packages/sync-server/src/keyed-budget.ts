/** Keys remembered; the one whose window began first is forgotten for a new one. */
const rememberedKeys = 10_000;

type Spent = { amount: number; readonly endMs: number };

/** What each key, such as an address, may use up within a window of time. */
export class KeyedBudget {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #nowMs: () => number;
  readonly #spent = new Map<string, Spent>();

  constructor(options: { max: number; windowMs: number; nowMs?: () => number }) {
    this.#max = options.max;
    this.#windowMs = options.windowMs;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  spend(key: string, amount: number): void {
    const current = this.#current(key);
    if (current !== undefined) {
      current.amount += amount;
      return;
    }
    this.#spent.delete(key);
    this.#spent.set(key, { amount, endMs: this.#nowMs() + this.#windowMs });
    for (const earliest of this.#spent.keys()) {
      if (this.#spent.size <= rememberedKeys) break;
      this.#spent.delete(earliest);
    }
  }

  /** Milliseconds until the key may go on; 0 when it may now. */
  waitMs(key: string): number {
    const current = this.#current(key);
    if (current === undefined || current.amount < this.#max) return 0;
    return current.endMs - this.#nowMs();
  }

  #current(key: string): Spent | undefined {
    const spent = this.#spent.get(key);
    return spent !== undefined && spent.endMs > this.#nowMs() ? spent : undefined;
  }
}
