import type { Store } from "@boardwalk/persistence";

const probeTimeoutMs = 2_000;

/** Whether the store answers; however many ask at once, it is asked once. */
export class Readiness {
  readonly #store: Store;
  #probe: Promise<void> | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Rejects with what the store says, or when it says nothing for too long. */
  async check(): Promise<void> {
    this.#probe ??= this.#store.probe().finally(() => {
      this.#probe = null;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`The store did not answer within ${probeTimeoutMs} ms.`));
      }, probeTimeoutMs);
    });
    try {
      await Promise.race([this.#probe, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
