import { DEFAULT_LIMITS, type StoreLimits } from "../limits.ts";
import type { Operation } from "../operation.ts";
import { Replayer } from "../replayer.ts";
import { newCounters, type StoreCounters, type StoreStats } from "../store-counters.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Store } from "../store.ts";
import { Upkeep } from "../upkeep.ts";
import { Connections } from "./connections.ts";
import { migrate } from "./migrations.ts";
import { PostgresAssets } from "./postgres-assets.ts";
import { isDenied, reasonOf, storeErrorOf } from "./postgres-error.ts";
import { PostgresRecords } from "./postgres-records.ts";
import { PostgresUpdateLog } from "./postgres-update-log.ts";
import { PostgresUpkeep } from "./postgres-upkeep.ts";
import { PostgresVersions } from "./postgres-versions.ts";
import { PostgresWriter } from "./postgres-writer.ts";
import { submissionOf } from "./statement.ts";

export type PostgresStoreOptions = {
  /** As libpq takes it: postgres://user:password@host:port/database */
  readonly databaseUrl: string;
  readonly logger: StoreLogger;
  readonly limits?: Partial<StoreLimits> | undefined;
};

/** Documents, versions, records and assets in a PostgreSQL database, which several processes may share. */
export class PostgresStore implements Store {
  readonly updates: PostgresUpdateLog;
  readonly versions: PostgresVersions;
  readonly records: PostgresRecords;
  readonly assets: PostgresAssets;
  readonly #connections: Connections;
  readonly #writer: PostgresWriter;
  readonly #upkeep: Upkeep;
  readonly #counters: StoreCounters;
  #closing: Promise<void> | null = null;

  /**
   * Connects, and creates or migrates the tables. Rejects with STORE_UNAVAILABLE where nobody
   * answers, STORE_UNWRITABLE where the database lets this user do nothing, STORE_FORMAT,
   * STORE_FULL or STORE_WRITE. Messages name the database, never the password.
   */
  static async open(options: PostgresStoreOptions): Promise<PostgresStore> {
    const counters = newCounters();
    const connections = new Connections(options.databaseUrl, counters, options.logger);
    try {
      await connections.alone((client) => migrate(client));
      const store = new PostgresStore(options, connections, counters);
      await store.#begin(options.logger);
      return store;
    } catch (error) {
      await connections.close();
      throw openError(describeDatabase(options.databaseUrl), error);
    }
  }

  private constructor(
    { logger, limits }: PostgresStoreOptions,
    connections: Connections,
    counters: StoreCounters,
  ) {
    const parts = { connections, counters, logger, limits: { ...DEFAULT_LIMITS, ...limits } };
    this.#connections = connections;
    this.#counters = counters;
    this.#writer = new PostgresWriter({
      ...parts,
      onOutgrown: (name) => this.#upkeep.add(name),
    });
    const { queue } = this.#writer;
    const replayer = new Replayer(parts.limits);
    const care = new PostgresUpkeep({ ...parts, replayer, queue });
    const upkeep = new Upkeep({ ...parts, care, replayer });
    this.#upkeep = upkeep;
    this.versions = new PostgresVersions({ ...parts, upkeep, replayer, queue });
    const onDeleted = (): void => this.versions.sweep();
    this.updates = new PostgresUpdateLog({ ...parts, queue, upkeep, care, onDeleted });
    this.records = new PostgresRecords(parts);
    this.assets = new PostgresAssets(connections, logger);
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    await this.#writer.queue.submit(submissionOf(operations));
  }

  async probe(): Promise<void> {
    await this.commit([]);
  }

  stats(): StoreStats {
    return {
      ...this.#counters,
      queuedOperations: this.#writer.queue.queuedOperations,
      queuedBytes: this.#writer.queue.queuedBytes,
    };
  }

  async settled(): Promise<void> {
    await this.#upkeep.settled();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const queueClosed = this.#writer.queue.close();
    await this.#upkeep.close();
    await queueClosed;
    await this.#connections.close();
  }

  async #begin(logger: StoreLogger): Promise<void> {
    await this.#writer.begin();
    await this.assets.clean();
    this.versions.sweep();
    const [row] = await this.#connections.read("SELECT current_setting('fsync') AS fsync", []);
    if (row?.["fsync"] === "off") {
      logger.warn({}, "the database has fsync turned off: a power cut can take what it has saved");
    }
  }
}

/** Where a database is, without who asks and his password. */
export function describeDatabase(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  const host = url?.searchParams.get("host") ?? url?.host;
  return `the database ${url?.pathname.slice(1) ?? ""} on ${host === "" ? "localhost" : host}`;
}

/** What keeps a database from being opened. */
export function openError(database: string, error: unknown): StoreError {
  if (isDenied(error) || (error instanceof StoreError && isDenied(error.cause))) {
    return new StoreError("STORE_UNWRITABLE", `${database} refuses: ${reasonOf(error)}`, error);
  }
  if (error instanceof StoreError && error.code === "STORE_FORMAT") return error;
  const { code } = storeErrorOf(error, "STORE_WRITE");
  return new StoreError(code, `${database} cannot be opened: ${reasonOf(error)}`, error);
}
