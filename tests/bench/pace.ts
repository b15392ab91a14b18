type Beat = { nextMs: number; readonly everyMs: number; readonly act: () => void };

/** A generator that was held up for longer than this does not catch up on what it left out. */
const catchUpMs = 250;

/** Runs many periodic acts from one timer, spread over their periods. */
export class Pace {
  readonly #beats: Beat[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** `phase`, from 0 to 1, says where in its period the act begins. */
  add(perSecond: number, phase: number, act: () => void): void {
    const everyMs = 1000 / perSecond;
    this.#beats.push({ nextMs: performance.now() + everyMs * phase, everyMs, act });
  }

  start(): void {
    this.#timer = setInterval(() => this.#run(), 1);
  }

  #run(): void {
    const nowMs = performance.now();
    for (const beat of this.#beats) {
      if (beat.nextMs > nowMs) continue;
      beat.act();
      beat.nextMs += beat.everyMs;
      if (nowMs - beat.nextMs > catchUpMs) beat.nextMs = nowMs + beat.everyMs;
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
