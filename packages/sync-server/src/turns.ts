/** So many works at once; others wait for their turn, and only so many of them. */
export class Turns {
  readonly #waitingMost: number;
  readonly #refusal: () => Error;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** `refusal`: what whoever comes when too many wait is told. */
  constructor(options: { atOnce: number; waiting: number; refusal: () => Error }) {
    this.#free = options.atOnce;
    this.#waitingMost = options.waiting;
    this.#refusal = options.refusal;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else {
      if (this.#waiting.length >= this.#waitingMost) throw this.#refusal();
      // Whoever ends hands over its place, so that nobody can slip in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
