import { AFTER_UTF8, decodeName, encodeName, encodePrefix } from "../names.ts";
import type { StoreCounters } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Records } from "../store.ts";
import { bytesOf, type Connections, integerOf, type Row } from "./connections.ts";
import { checksum } from "./statement.ts";

const RECORDS_PER_PAGE = 200;

/** The records in the database. */
export class PostgresRecords implements Records {
  readonly #connections: Connections;
  readonly #counters: StoreCounters;
  readonly #logger: StoreLogger;

  constructor(parts: { connections: Connections; counters: StoreCounters; logger: StoreLogger }) {
    this.#connections = parts.connections;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const [row] = await this.#connections.read(
      "SELECT key, crc, value FROM boardwalk_records WHERE key = $1",
      [encodeName(key)],
    );
    if (row === undefined) return null;
    const value = wholeValue(row);
    if (value === null) {
      this.#counters.damagedEntries += 1;
      throw new StoreError("STORE_DAMAGED", `The record ${key} is damaged`);
    }
    return value;
  }

  async *entries(prefix: string): AsyncGenerator<[string, Uint8Array], void, undefined> {
    const first = encodePrefix(prefix);
    const end = Buffer.concat([first, Buffer.of(AFTER_UTF8)]);
    let after: Uint8Array | null = null;
    for (;;) {
      const page: Row[] = await this.#connections.read(
        `SELECT key, crc, value FROM boardwalk_records
         WHERE key >= $1 AND ($2::bytea IS NULL OR key > $2) AND key < $3
         ORDER BY key LIMIT $4`,
        [after ?? first, after, end, RECORDS_PER_PAGE],
      );
      for (const row of page) {
        after = bytesOf(row, "key");
        const key = after === null ? null : decodeName(after);
        const value = wholeValue(row);
        if (key === null || value === null) {
          this.#counters.damagedEntries += 1;
          this.#logger.error({ key }, "a record is damaged");
        } else {
          yield [key, value];
        }
      }
      if (page.length < RECORDS_PER_PAGE) return;
    }
  }
}

/** The value of a record's row, or null where its checksum does not hold. */
export function wholeValue(row: Row): Uint8Array | null {
  const key = bytesOf(row, "key");
  const value = bytesOf(row, "value");
  if (key === null || value === null) return null;
  return checksum(key, value) === integerOf(row, "crc") ? value : null;
}
