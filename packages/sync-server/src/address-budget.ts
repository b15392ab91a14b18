/** Addresses remembered; the one whose window began first is forgotten for a new one. */
const rememberedAddresses = 10_000;

type Spent = { amount: number; readonly endMs: number };

/** What each address may use up within a window of time. */
export class AddressBudget {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #nowMs: () => number;
  readonly #spent = new Map<string, Spent>();

  constructor(options: { max: number; windowMs: number; nowMs?: () => number }) {
    this.#max = options.max;
    this.#windowMs = options.windowMs;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  spend(address: string, amount: number): void {
    const current = this.#current(address);
    if (current !== undefined) {
      current.amount += amount;
      return;
    }
    this.#spent.delete(address);
    this.#spent.set(address, { amount, endMs: this.#nowMs() + this.#windowMs });
    for (const earliest of this.#spent.keys()) {
      if (this.#spent.size <= rememberedAddresses) break;
      this.#spent.delete(earliest);
    }
  }

  /** Milliseconds until the address may go on; 0 when it may now. */
  waitMs(address: string): number {
    const current = this.#current(address);
    if (current === undefined || current.amount < this.#max) return 0;
    return current.endMs - this.#nowMs();
  }

  #current(address: string): Spent | undefined {
    const spent = this.#spent.get(address);
    return spent !== undefined && spent.endMs > this.#nowMs() ? spent : undefined;
  }
}
