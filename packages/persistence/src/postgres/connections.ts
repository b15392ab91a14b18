import { setTimeout as delay } from "node:timers/promises";
import { type ClientBase, Pool, type PoolClient } from "pg";
import type { StoreCounters } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import { failureKind, storeErrorOf } from "./postgres-error.ts";

/** What one node holds open at most, beside the one connection that appends are written through. */
const MAX_SHARED_CONNECTIONS = 8;

const CONNECT_TIMEOUT_MS = 5000;
/** A crowd of boards that are opened at once wait for a connection in turn. */
const TURN_TIMEOUT_MS = 30_000;
/** The server gives up a statement before the client does, so that no dead one lingers. */
const STATEMENT_TIMEOUT_MS = 25_000;
const ANSWER_TIMEOUT_MS = 30_000;

/** How long a statement is tried again while the database does not answer. */
export const GIVE_UP_MS = 5000;
export const FIRST_RETRY_MS = 50;
export const LAST_RETRY_MS = 1000;

/** Commits are on disk when they are answered, unless the server's owner chose some other safety. */
const PREPARE_CONNECTION = `
  SELECT set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
    CASE current_setting('synchronous_commit')
      WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END`;

export type Row = Record<string, unknown>;
export type Value = string | number | Uint8Array | null | readonly (number | Uint8Array)[];

/** The connections of one store to its database. */
export class Connections {
  readonly #writing: Pool;
  readonly #shared: Pool;
  readonly #counters: StoreCounters;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closed = new AbortController();

  /** Connects when first asked. */
  constructor(url: string, counters: StoreCounters, logger: StoreLogger) {
    this.#counters = counters;
    const poolOf = (max: number, connectionTimeoutMillis: number): Pool => {
      const options = {
        connectionString: url,
        application_name: "boardwalk",
        keepAlive: true,
        max,
        connectionTimeoutMillis,
        query_timeout: ANSWER_TIMEOUT_MS,
        onConnect: (client: ClientBase) => client.query(PREPARE_CONNECTION),
      };
      const pool = new Pool(options);
      // Of a connection at rest; the pool has dropped it already.
      pool.on("error", (err) => logger.warn({ err }, "a connection to the database was lost"));
      return pool;
    };
    this.#writing = poolOf(1, CONNECT_TIMEOUT_MS);
    this.#shared = poolOf(MAX_SHARED_CONNECTIONS, TURN_TIMEOUT_MS);
  }

  /** Runs a statement once, on the connection of the writer. Rejects with pg's own error. */
  write(text: string, values: readonly Value[]): Promise<Row[]> {
    return this.#tracked(() => queryOn(this.#writing, text, values));
  }

  /** Gives the writer's connection to `work` alone. */
  async alone<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#writing.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(true); // Whatever transaction was open ends with the connection.
      throw error;
    }
  }

  /** Runs a statement that changes nothing, again while the database does not answer. */
  read(text: string, values: readonly Value[]): Promise<Row[]> {
    return this.#tracked(() => this.#persist(text, values, "STORE_READ"));
  }

  /**
   * Runs a statement that may as well be run twice, again while the database does not answer.
   * `bytes` is what it adds to the counters.
   */
  async change(text: string, values: readonly Value[], bytes = 0): Promise<Row[]> {
    const rows = await this.#tracked(() => this.#persist(text, values, "STORE_WRITE"));
    this.count(bytes);
    return rows;
  }

  /** Counts a commit. The server syncs its log for each. */
  count(bytes: number): void {
    this.#counters.commits += 1;
    this.#counters.fsyncs += 1;
    this.#counters.committedBytes += bytes;
  }

  /** Waits for the statements under way. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await Promise.allSettled(this.#underWay);
    await Promise.all([this.#writing.end(), this.#shared.end()]);
  }

  async #persist(
    text: string,
    values: readonly Value[],
    doing: "STORE_READ" | "STORE_WRITE",
  ): Promise<Row[]> {
    const endMs = performance.now() + GIVE_UP_MS;
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      try {
        return await queryOn(this.#shared, text, values);
      } catch (error) {
        const kind = failureKind(error);
        const isWorthwhile = kind === "lost" || kind === "conflict";
        if (!isWorthwhile || this.#closed.signal.aborted || performance.now() > endMs) {
          throw storeErrorOf(error, doing);
        }
      }
      await delay(retryMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
  }

  async #tracked<T>(start: () => Promise<T>): Promise<T> {
    if (this.#closed.signal.aborted) throw new StoreError("STORE_CLOSED", "The store is closed");
    const work = start();
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }
}

async function queryOn(pool: Pool, text: string, values: readonly Value[]): Promise<Row[]> {
  const result = await pool.query<Row>(text, [...values]);
  return result.rows;
}

/** A whole number of a row; PostgreSQL's 64-bit ones come as text, and ours stay below 2^53. */
export function integerOf(row: Row, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  if (!Number.isSafeInteger(value)) throw new Error(`The column ${column} holds no number`);
  return value;
}

/** The bytes of a row, null where there are none. */
export function bytesOf(row: Row, column: string): Buffer | null {
  const value = row[column];
  if (value === null || Buffer.isBuffer(value)) return value;
  throw new Error(`The column ${column} holds no bytes`);
}
