import { LevelStore } from "./level/level-store.ts";
import type { StoreLimits } from "./limits.ts";
import type { Store } from "./store.ts";
import type { StoreLogger } from "./store-logger.ts";

export type StoreOptions = {
  /** The folder that holds everything where there is no `databaseUrl`; created when missing. */
  readonly dataDir: string;
  readonly logger: StoreLogger;
  readonly limits?: Partial<StoreLimits> | undefined;
};

export function openStore({ dataDir, logger, limits }: StoreOptions): Promise<Store> {
  return LevelStore.open({ dataDir, logger, limits });
}
