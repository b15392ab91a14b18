import { StoreError, type Store } from "@boardwalk/persistence";

/** Files looked at together; their hashes are in memory. */
const filesAtOnce = 100_000;

export type StoredFile = { readonly sha256: string; readonly bytes: number };

/**
 * The way of files into the store and out of it. Files are shared by content: one that no board has
 * may become someone's at the very moment at which it is removed.
 */
export class StoredFiles {
  readonly #store: Store;
  readonly #deliveries = new Set<Delivery>();
  /** What may be removed now, as long as nobody brings it again. */
  #unused: Set<string> = new Set();
  #removing: { readonly sha256: string; readonly done: Promise<void> } | null = null;

  constructor({ store }: { store: Store }) {
    this.#store = store;
  }

  /**
   * Stores files and makes them a board's: what `work` puts is not removed before it has ended, by
   * when a record has to name it.
   */
  async deliver<T>(work: (delivery: Delivery) => Promise<T>): Promise<T> {
    const delivery = new Delivery(async (...file) => this.#put(delivery, ...file));
    this.#deliveries.add(delivery);
    try {
      return await work(delivery);
    } finally {
      this.#deliveries.delete(delivery);
    }
  }

  async #put(delivery: Delivery, ...[source, options]: PutArguments): Promise<StoredFile> {
    const file = await this.#store.assets.put(source, options);
    const { sha256 } = file;
    // From here on it is not removed; but that may have begun while it was being put.
    delivery.held.add(sha256);
    this.#unused.delete(sha256);
    if (this.#removing?.sha256 === sha256) await this.#removing.done;
    if (delivery.removed.has(sha256)) {
      const found = await this.#store.assets.open(sha256);
      if (found === null) throw new StoreError("STORE_BUSY", "The file was just being removed");
      found.stream.destroy();
    }
    return file;
  }

  /** Removes the files that no board has and nobody has put since; answers how many. */
  async removeUnused(sinceMs: number, isStopped: () => boolean): Promise<number> {
    let removed = 0;
    this.#unused = new Set();
    for await (const { sha256, storedAtMs } of this.#store.assets.entries()) {
      if (isStopped()) return removed;
      if (storedAtMs >= sinceMs || this.#isHeld(sha256)) continue;
      this.#unused.add(sha256);
      if (this.#unused.size === filesAtOnce) removed += await this.#removeThose(isStopped);
    }
    return removed + (await this.#removeThose(isStopped));
  }

  async #removeThose(isStopped: () => boolean): Promise<number> {
    for await (const [key] of this.#store.records.entries("asset/")) {
      if (isStopped()) return 0;
      this.#unused.delete(key.slice(key.lastIndexOf("/") + 1));
    }
    let removed = 0;
    try {
      for (const sha256 of this.#unused) {
        if (isStopped()) break;
        for (const delivery of this.#deliveries) delivery.removed.add(sha256);
        const done = this.#store.assets.delete(sha256);
        this.#removing = { sha256, done };
        await done;
        removed++;
      }
    } finally {
      this.#removing = null;
      this.#unused = new Set();
    }
    return removed;
  }

  #isHeld(sha256: string): boolean {
    return [...this.#deliveries].some(({ held }) => held.has(sha256));
  }
}

type PutArguments = Parameters<Store["assets"]["put"]>;

/** Files on their way to a board. */
export class Delivery {
  /** Stored by it. */
  readonly held = new Set<string>();
  /** Removed since it began. */
  readonly removed = new Set<string>();
  /** Rejects with STORE_BUSY when the file has to be brought again. */
  readonly put: (...file: PutArguments) => Promise<StoredFile>;

  constructor(put: Delivery["put"]) {
    this.put = put;
  }
}
