import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { isSkipped, PostgresServer } from "./postgres/test-postgres-server.ts";

/** What `openStore` takes to open a home. */
export type TestHome = { readonly dataDir: string; readonly databaseUrl: string | null };

/**
 * Has a suite of tests run on each home: in folders, and in the databases of one PostgreSQL server,
 * where there is one. `newHome` makes an empty one, which is gone after the suite.
 */
export function onEachHome(suite: (newHome: () => Promise<TestHome>) => void): void {
  let folder = "";
  let homes = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "boardwalk-homes-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const newFolder = () => join(folder, String(homes++));

  describe("with boards in a folder", () => {
    suite(async () => ({ dataDir: newFolder(), databaseUrl: null }));
  });
  describe.skipIf(isSkipped)("with boards in PostgreSQL", () => {
    const file = PostgresServer.forFile();
    suite(async () => ({
      dataDir: newFolder(),
      databaseUrl: await file.server.createDatabase(),
    }));
  });
}
