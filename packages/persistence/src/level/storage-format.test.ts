import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { replay } from "../contract/test-contract-stores.ts";
import { storesForTests, withLevel } from "./test-stores.ts";

const stores = storesForTests();

/** What docs/storage-format.md describes, as bytes. A change here is a new format. */
const FROZEN: Record<string, string> = {
  // A document "é" with a snapshot up to 2 in two chunks, and the entry 3 after it.
  "640002c3a9010000000000000001": "f1c22f110103010000000000000002000000000000001600000002af60702a",
  "640002c3a902000000000000000100000000": "eb3872650104010201002101016d016b01a8010001",
  "640002c3a902000000000000000100000001": "a8158e0c01047d020101010001",
  "640002c3a9030000000000000003": "1d4149a0010101010102a80101017d030101010101",
  "7262": "03e430a00105010203",
  // Version 8 of it, with the details 07.
  "760002c3a9010000000000000008": "959d553e010800000000000000020000000141d912ff07",
  "760002c3a902000000000000000800000000": "54006f4201040000",
  "6d63": "7813a01a0106000000000000000a",
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("format 1", () => {
  it("is written byte for byte as it was frozen", async () => {
    const store = await stores.open({ minCompactionBytes: 20, snapshotChunkBytes: 15 });
    const [first, second, third] = updates();
    await Promise.all([first, second].map((update) => store.updates.append("é", update)));
    await store.settled();
    await store.updates.append("é", third);
    await store.settled();
    await store.commit([{ type: "put", key: "b", value: Uint8Array.of(1, 2, 3) }]);
    await store.versions.put("é", Uint8Array.of(0, 0), Uint8Array.of(7));
    await store.settled();
    await store.close();
    const found = await withLevel(stores.dataDir, (level) => level.iterator().all());
    expect(Object.fromEntries(found.map(([key, value]) => [hex(key), hex(value)]))).toEqual(FROZEN);
  });

  it("is read as it was frozen", async () => {
    await (await stores.open()).close();
    await withLevel(stores.dataDir, async (level) => {
      for (const [key, value] of Object.entries(FROZEN)) {
        await level.put(Buffer.from(key, "hex"), Buffer.from(value, "hex"));
      }
    });
    const store = await stores.open();
    const stored = await store.updates.load("é");
    expect(stored).toMatchObject({ lastSequence: 3, damage: null });
    expect(stored?.updates).toHaveLength(1);
    expect(replay(stored).getMap("m").toJSON()).toEqual({ k: 3 });
    expect(await store.records.get("b")).toEqual(Buffer.from([1, 2, 3]));
    const [version] = await store.versions.list("é");
    expect(version).toMatchObject({ bytes: 2, details: Uint8Array.of(7) });
    expect(await store.versions.load("é", version?.id ?? "")).toEqual(Uint8Array.of(0, 0));
  });
});

function updates(): [Uint8Array, Uint8Array, Uint8Array] {
  const document = new Y.Doc();
  document.clientID = 1;
  const made: Uint8Array[] = [];
  document.on("update", (update) => made.push(update));
  for (const value of [1, 2, 3]) document.getMap("m").set("k", value);
  const [first, second, third] = made;
  if (first === undefined || second === undefined || third === undefined) throw new Error("none");
  return [first, second, third];
}
