import { ClassicLevel, type BatchOperation, type Iterator } from "classic-level";
import { type DroppedLog, HeldLogs } from "./held-logs.ts";
import type { KeyRange } from "./keys.ts";
import { isCorruption, readError, StoreError } from "../store-error.ts";

export type Level = ClassicLevel<Uint8Array, Uint8Array>;
export type Write = BatchOperation<Level, Uint8Array, Uint8Array>;

/** A range, or what of it comes after a key. */
export type PageRange = KeyRange | { readonly gt: Uint8Array; readonly lt: Uint8Array };
type PageOptions = {
  readonly limit: number;
  readonly reverse?: boolean;
  /** False where only keys are asked for. */
  readonly values?: boolean;
};

/** Entries fetched per hop into LevelDB: enough to be cheap, few enough not to hold the loop. */
const ENTRIES_PER_READ = 500;
const BYTES_PER_READ = 512 * 1024;

/**
 * The LevelDB handle, and the gate that lets it be closed and opened again under its readers:
 * a reopening waits for reads in progress, and later reads wait for it.
 *
 * Only one write may be in flight at any time. LevelDB would take several, but after a failed one
 * its log is torn and would swallow the next silently; see docs/storage-format.md.
 */
export class Database {
  readonly #path: string;
  readonly #setAsidePath: string;
  readonly #onDropped: (dropped: DroppedLog) => void;
  #level: Level;
  #readers = 0;
  #onLastReader: (() => void) | null = null;
  #reopening: Promise<void> | null = null;
  #unusable: StoreError | null = null;

  /**
   * Opens or creates the database; rejects with LevelDB's own error. Log files that LevelDB finds
   * damaged, now or later, go to `setAsidePath`, and `onDropped` is told.
   */
  static async open(
    path: string,
    setAsidePath: string,
    onDropped: (dropped: DroppedLog) => void,
  ): Promise<Database> {
    const level = await openLevel(path, setAsidePath, onDropped);
    return new Database(path, setAsidePath, onDropped, level);
  }

  private constructor(
    path: string,
    setAsidePath: string,
    onDropped: (dropped: DroppedLog) => void,
    level: Level,
  ) {
    this.#path = path;
    this.#setAsidePath = setAsidePath;
    this.#onDropped = onDropped;
    this.#level = level;
  }

  /** Runs `reading` while the handle stays open. What it reads includes all that was committed. */
  async read<T>(reading: (level: Level) => Promise<T>): Promise<T> {
    while (this.#reopening !== null) await this.#reopening;
    if (this.#unusable !== null) throw this.#unusable;
    this.#readers += 1;
    try {
      return await reading(this.#level);
    } catch (error) {
      throw readError(error);
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) this.#onLastReader?.();
    }
  }

  /** One atomic batch, on disk when it resolves. Rejects with LevelDB's own error. */
  async write(batch: Write[]): Promise<void> {
    if (this.#unusable !== null) throw this.#unusable;
    await this.#level.batch(batch, { sync: true });
  }

  /** Closes and opens the handle. When opening fails, reads reject until a later call succeeds. */
  async reopen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reopening = promise;
    try {
      await this.#lastReader();
      await this.#level.close();
      this.#level = await openLevel(this.#path, this.#setAsidePath, this.#onDropped);
      this.#unusable = null;
    } catch (error) {
      this.#unusable = new StoreError("STORE_READ", "The store could not be opened again", error);
      throw error;
    } finally {
      this.#reopening = null;
      resolve();
    }
  }

  async close(): Promise<void> {
    this.#unusable = new StoreError("STORE_CLOSED", "The store is closed");
    await this.#lastReader();
    await this.#level.close();
  }

  async #lastReader(): Promise<void> {
    if (this.#readers === 0) return;
    await new Promise<void>((resolve) => {
      this.#onLastReader = resolve;
    });
    this.#onLastReader = null;
  }
}

async function openLevel(
  path: string,
  setAsidePath: string,
  onDropped: (dropped: DroppedLog) => void,
): Promise<Level> {
  const held = await HeldLogs.hold(path, setAsidePath);
  // Not constructed earlier: it opens by itself when the turn ends.
  const level: Level = new ClassicLevel(path, { keyEncoding: "view", valueEncoding: "view" });
  try {
    await level.open();
    const dropped = await held.settle();
    if (dropped !== null) onDropped(dropped);
    return level;
  } catch (error) {
    await level.close();
    await held.release();
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  }
}

/**
 * The entries at the beginning of a range, or at its end and backwards, up to `limit`. LevelDB
 * passes over a table that the disk cannot read, and tells of it only where a range ends: so that
 * nothing is taken for absent, what was passed on the way is read to its end as well. Rejects with
 * LevelDB's own error.
 */
export async function readPage(
  level: Level,
  range: PageRange,
  { limit, reverse = false, values = true }: PageOptions,
): Promise<[Uint8Array, Uint8Array][]> {
  const snapshot = level.snapshot();
  try {
    const options = { limit, reverse, values, snapshot };
    const page = await level.iterator({ ...range, ...options }).all();
    const last = page.at(-1);
    // One that is not full ends where the range does.
    if (last === undefined || page.length < limit) return page;
    const passed = reverse ? { gte: last[0], lt: range.lt } : { ...range, lt: last[0] };
    await level
      .keys({ ...passed, snapshot })
      .all()
      .catch((error: unknown) => {
        // Of a damaged block the rest is read all the same.
        if (!isCorruption(error)) throw error;
      });
    return page;
  } finally {
    await snapshot.close();
  }
}

/** The same, of keys alone. */
export async function readKeys(
  level: Level,
  range: PageRange,
  options: { limit: number; reverse?: boolean },
): Promise<Uint8Array[]> {
  const page = await readPage(level, range, { ...options, values: false });
  return page.map(([key]) => key);
}

/**
 * Every entry of a range as of the call, in order. A block that LevelDB cannot read is stepped
 * over and `onUnreadable` told once: what is lost shows as missing numbers.
 */
export async function* readRange(
  level: Level,
  range: KeyRange,
  onUnreadable: (error: unknown) => void,
): AsyncGenerator<[Uint8Array, Uint8Array]> {
  const options = { highWaterMarkBytes: BYTES_PER_READ, fillCache: false };
  const snapshot = level.snapshot();
  try {
    let from: { gte: Uint8Array } | { gt: Uint8Array } = { gte: range.gte };
    // LevelDB reports an unreadable block with the last entries, and drops those: the second
    // pass goes one by one, so that the error comes after everything readable.
    for (const size of [ENTRIES_PER_READ, 1]) {
      const iterator: Iterator<Level, Uint8Array, Uint8Array> = level.iterator({
        ...from,
        lt: range.lt,
        ...options,
        snapshot,
      });
      try {
        for (;;) {
          const entries = await iterator.nextv(size);
          if (entries.length === 0) return;
          yield* entries;
          const last = entries.at(-1);
          if (last !== undefined) from = { gt: last[0] };
        }
      } catch (error) {
        if (!isCorruption(error)) throw error;
        if (size === 1) onUnreadable(error);
      } finally {
        await iterator.close();
      }
    }
  } finally {
    await snapshot.close();
  }
}
