import { LevelStore } from "./level/level-store.ts";
import type { StoreLimits } from "./limits.ts";
import { PostgresStore } from "./postgres/postgres-store.ts";
import type { StoreLogger } from "./store-logger.ts";
import type { Store } from "./store.ts";

export type StoreOptions = {
  /** The folder that holds everything where there is no `databaseUrl`; created when missing. */
  readonly dataDir: string;
  /** A PostgreSQL database that holds everything instead, for several processes at once. */
  readonly databaseUrl?: string | null | undefined;
  readonly logger: StoreLogger;
  readonly limits?: Partial<StoreLimits> | undefined;
};

/**
 * Opens the home that the options ask for. Rejects with a StoreError whose message names the folder
 * or database; `LevelStore.open` and `PostgresStore.open` have the codes.
 */
export function openStore({ databaseUrl, ...options }: StoreOptions): Promise<Store> {
  return databaseUrl === null || databaseUrl === undefined
    ? LevelStore.open(options)
    : PostgresStore.open({ ...options, databaseUrl });
}
