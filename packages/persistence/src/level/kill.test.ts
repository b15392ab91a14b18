import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { itOutlivesKills } from "../contract/test-kill-contract.ts";

itOutlivesKills(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "boardwalk-store-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  return { dataDir, databaseUrl: null, afterDeath: () => Promise.resolve() };
});
