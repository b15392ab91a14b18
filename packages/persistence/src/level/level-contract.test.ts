import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { storeContract } from "../contract/test-store-contract.ts";
import { openStore } from "../open-store.ts";

storeContract("LevelDB", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "boardwalk-store-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  return (options) => openStore({ dataDir, ...options });
});
