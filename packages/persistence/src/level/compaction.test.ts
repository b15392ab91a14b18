import { describe, expect, it } from "vitest";
import { encodeFrame } from "./frame.ts";
import { DocumentKeys } from "./keys.ts";
import { recorded, replay } from "../contract/test-contract-stores.ts";
import { storesForTests, withLevel } from "./test-stores.ts";

const stores = storesForTests();
const keys = new DocumentKeys("a");

async function storedKeys(): Promise<Uint8Array[]> {
  return withLevel(stores.dataDir, (level) => level.keys(keys.all()).all());
}

describe("what compaction leaves in the database", () => {
  it("is the snapshot, and nothing of the log it replaces", async () => {
    const store = await stores.open({ snapshotChunkBytes: 1000, minCompactionBytes: 10_000 });
    const { document, saved } = recorded(store, "a");
    for (let index = 0; index < 500; index++) {
      document.getMap("m").set(`key ${index % 200}`, `value ${index}`);
    }
    await saved();
    await store.settled();
    expect(store.stats().compactions).toBe(1);
    const stored = await store.updates.load("a");
    await store.close();
    const chunks = Math.ceil((stored?.snapshotBytes ?? 0) / 1000);
    expect(await storedKeys()).toHaveLength(1 + chunks);
  });

  it("is nothing where it gave way to a deletion", async () => {
    const store = await stores.open({ minCompactionBytes: 200 });
    const { document, saved } = recorded(store, "a");
    for (let index = 0; index < 3000; index++) document.getArray("l").push([index]);
    await saved();
    await store.updates.delete("a");
    await store.settled();
    await store.close();
    expect(await storedKeys()).toEqual([]);
  });

  it("clears away what a compaction cut short has left", async () => {
    let store = await stores.open();
    const { document, saved } = recorded(store, "a");
    document.getMap("m").set("k", 1);
    await saved();
    await store.close();
    await withLevel(stores.dataDir, async (level) => {
      for (const index of [0, 1]) {
        const chunk = keys.chunk(1, index);
        await level.put(chunk, encodeFrame(chunk, "chunk", new Uint8Array(100)));
      }
    });
    store = await stores.open();
    const stored = await store.updates.load("a");
    expect(stored?.damage).toBeNull();
    expect(replay(stored).getMap("m").toJSON()).toEqual({ k: 1 });
    await store.settled();
    await store.close();
    expect(await storedKeys()).toEqual([keys.entry(1)]);
  });
});
