import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { encodeFrame } from "./frame.ts";
import { DocumentKeys } from "./keys.ts";
import type { LevelStore } from "./level-store.ts";
import { replay } from "../contract/test-contract-stores.ts";
import { storesForTests, withLevel } from "./test-stores.ts";

const stores = storesForTests();
const keys = new DocumentKeys("a");

/** A Yjs document whose every change is appended to `name`. */
function recorded(
  store: LevelStore,
  name: string,
): { document: Y.Doc; saved: () => Promise<unknown> } {
  const document = new Y.Doc();
  const appends: Promise<void>[] = [];
  document.on("update", (update) => appends.push(store.updates.append(name, update)));
  return { document, saved: () => Promise.all(appends) };
}

async function storedKeys(): Promise<Uint8Array[]> {
  return withLevel(stores.dataDir, (level) => level.keys(keys.all()).all());
}

describe("what compaction leaves in the database", () => {
  it("is worth the log it replaces, and leaves nothing of it", async () => {
    const store = await stores.open({ snapshotChunkBytes: 1000 });
    const { document, saved } = recorded(store, "a");
    for (let index = 0; index < 5000; index++) {
      document.getMap("m").set(`key ${index % 200}`, `value ${index}`);
    }
    await saved();
    await store.settled();
    expect(store.stats()).toMatchObject({ compactions: 1, failedCompactions: 0 });
    const stored = await store.updates.load("a");
    expect(stored).toMatchObject({ updates: [], logBytes: 0, lastSequence: 5000, damage: null });
    expect(stored?.snapshotBytes).toBeLessThan(70_000);
    expect(replay(stored).getMap("m").toJSON()).toEqual(document.getMap("m").toJSON());
    await store.close();
    const chunks = Math.ceil((stored?.snapshotBytes ?? 0) / 1000);
    expect(await storedKeys()).toHaveLength(1 + chunks);
  });

  it("gives way to a deletion", async () => {
    const store = await stores.open({ minCompactionBytes: 200 });
    const { document, saved } = recorded(store, "a");
    for (let index = 0; index < 3000; index++) document.getArray("l").push([index]);
    await saved();
    await store.updates.delete("a");
    await store.settled();
    expect(await store.updates.load("a")).toBeNull();
    expect(store.stats().failedCompactions).toBe(0);
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
