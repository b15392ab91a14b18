import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { afterEach, beforeEach } from "vitest";
import type { Level } from "./database.ts";
import type { StoreLimits } from "../limits.ts";
import { LevelStore } from "./level-store.ts";
import type { StoreLogger } from "../store-logger.ts";

/** A folder and stores for each test of a file; closed and removed after the test. */
export type TestStores = {
  readonly folder: string;
  /** Where `open` puts the data unless told otherwise. */
  readonly dataDir: string;
  /** Messages the stores logged as errors. */
  readonly errors: string[];
  open(limits?: Partial<StoreLimits>, dataDir?: string): Promise<LevelStore>;
};

/** Prepares a fixture before each test of the calling file. */
export function storesForTests(): TestStores {
  let folder = "";
  let errors: string[] = [];
  let opened: LevelStore[] = [];
  const logger: StoreLogger = {
    info: () => {},
    warn: () => {},
    error: (_details, message) => void errors.push(message),
  };
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "boardwalk-store-")));
    errors = [];
    opened = [];
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    get dataDir() {
      return join(folder, "data");
    },
    get errors() {
      return errors;
    },
    async open(limits = {}, dataDir = join(folder, "data")) {
      const store = await LevelStore.open({ dataDir, logger, limits });
      opened.push(store);
      return store;
    },
  };
}

/** Works on the database of a closed store behind its back. */
export async function withLevel<T>(
  dataDir: string,
  work: (level: Level) => Promise<T>,
): Promise<T> {
  const level: Level = new ClassicLevel(join(dataDir, "log"), {
    keyEncoding: "view",
    valueEncoding: "view",
  });
  await level.open();
  try {
    return await work(level);
  } finally {
    await level.close();
  }
}
