import type { Inspected } from "./inspection.ts";
import { inspectFolder } from "./level/inspect-folder.ts";
import type { StoreOptions } from "./open-store.ts";
import { inspectDatabase } from "./postgres/inspect-database.ts";

/**
 * Everything that a home holds, and what is wrong with it; nothing of it is changed.
 * `inspectFolder` and `inspectDatabase` have the codes.
 */
export function inspectHome({
  dataDir,
  databaseUrl,
}: Pick<StoreOptions, "dataDir" | "databaseUrl">): AsyncGenerator<Inspected, void, undefined> {
  return databaseUrl === null || databaseUrl === undefined
    ? inspectFolder(dataDir)
    : inspectDatabase(databaseUrl);
}
