import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { storesForTests } from "../level/test-stores.ts";
import { isSkipped } from "../postgres/test-postgres-server.ts";
import { runCampaign } from "./test-campaign.ts";
import { Ledger } from "./test-ledger.ts";
import { findIn } from "./test-life.ts";

/** Of `npm run torture`; its faults are the same each time, but for the timing of processes. */
const SEED = 20_261_125;
const ROUNDS = 1;

async function torture(home: "level" | "postgres"): Promise<{ told: string[]; failure: unknown }> {
  const told: string[] = [];
  const { failure } = await runCampaign({
    home,
    seed: SEED,
    goesOn: (rounds) => rounds < ROUNDS,
    say: (line) => told.push(line),
  });
  return { told, failure };
}

describe("a store under torture", () => {
  it("keeps its promises on LevelDB", async () => {
    expect(await torture("level")).toMatchObject({ failure: null });
  });

  it.skipIf(isSkipped)("keeps its promises on PostgreSQL", async () => {
    expect(await torture("postgres")).toMatchObject({ failure: null });
  });
});

describe("an asset with a damaged byte", () => {
  const stores = storesForTests();

  it("is found to be refused, which is a fault where nothing was damaged", async () => {
    const store = await stores.open();
    const { sha256 } = await store.assets.put(Readable.from([randomBytes(1000)]), {
      maxBytes: 1000,
    });
    await store.close();
    const path = join(stores.dataDir, "assets", sha256.slice(0, 2), sha256);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
    await writeFile(path, bytes);
    const found = await findIn({ dataDir: stores.dataDir, databaseUrl: null });
    if ("signal" in found) throw new Error(`The checker was ended by ${found.signal}`);
    expect(found).toMatchObject({ assets: [], damagedAssets: [sha256], wrongAssets: [] });
    expect(new Ledger().check(found, "told")).toEqual([]);
    expect(new Ledger().check(found, "none")).toEqual([`asset ${sha256} is damaged`]);
  });
});
