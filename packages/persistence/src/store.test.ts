import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Store } from "./store.ts";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "store-"));
});
afterEach(async () => rm(dataDir, { recursive: true, force: true }));

describe("an update log", () => {
  it("gives back what was appended, in order, after a restart", async () => {
    let store = await Store.open({ dataDir, logger: quiet });
    const updates = Array.from({ length: 50 }, (_, i) => Uint8Array.of(i, i + 1));
    await Promise.all(updates.map((update) => store.updates.append("one", update)));
    await store.close();
    store = await Store.open({ dataDir, logger: quiet });
    const stored = await store.updates.load("one");
    expect(stored).toMatchObject({ snapshot: null, lastSequence: 50, logBytes: 100, damage: null });
    expect(stored?.updates.map((u) => [...u])).toEqual(updates.map((u) => [...u]));
    expect(await store.updates.load("two")).toBeNull();
    await store.close();
  });
});
