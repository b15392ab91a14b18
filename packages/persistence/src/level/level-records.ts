import type { StoreCounters } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Records } from "../store.ts";
import { type Database, type PageRange, readPage } from "./database.ts";
import { decodeFrame } from "./frame.ts";
import { parseRecordKey, recordKey, recordRange } from "./keys.ts";

const RECORDS_PER_PAGE = 200;

/** The records in the database. */
export class LevelRecords implements Records {
  readonly #database: Database;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;

  constructor(database: Database, counters: StoreCounters, logger: StoreLogger) {
    this.#database = database;
    this.#counters = counters;
    this.#logger = logger;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const stored = recordKey(key);
    const value = await this.#database.read((level) => level.get(stored));
    if (value === undefined) return null;
    const payload = decodeFrame(stored, "record", value);
    if (payload === null) {
      this.#counters.damagedEntries += 1;
      throw new StoreError("STORE_DAMAGED", `The record ${key} is damaged`);
    }
    return payload;
  }

  async *entries(prefix: string): AsyncGenerator<[string, Uint8Array], void, undefined> {
    const { gte, lt } = recordRange(prefix);
    let from: { gte: Uint8Array } | { gt: Uint8Array } = { gte };
    for (;;) {
      const range: PageRange = { ...from, lt };
      const page: [Uint8Array, Uint8Array][] = await this.#database.read((level) =>
        readPage(level, range, { limit: RECORDS_PER_PAGE }),
      );
      for (const [stored, value] of page) {
        from = { gt: stored };
        const key = parseRecordKey(stored);
        const payload = decodeFrame(stored, "record", value);
        if (key === null || payload === null) {
          this.#counters.damagedEntries += 1;
          this.#logger.error({ key, bytes: value.length }, "a record is damaged");
        } else {
          yield [key, payload];
        }
      }
      if (page.length < RECORDS_PER_PAGE) return;
    }
  }
}
