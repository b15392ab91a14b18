import { randomBytes } from "node:crypto";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { encodeFrame } from "./frame.ts";
import { COMMIT_KEY, DocumentKeys, recordKey } from "./keys.ts";
import type { LevelStore } from "./level-store.ts";
import { replay } from "../contract/test-contract-stores.ts";
import { storesForTests, withLevel } from "./test-stores.ts";
import { VersionKeys } from "./version-keys.ts";

const stores = storesForTests();
const keys = new DocumentKeys("a");
const quarantine = { gte: Buffer.from("q"), lt: Buffer.from("r") };

/** Appends the numbers 1 to `count` as one-byte updates and closes. */
async function writeNumbers(count: number): Promise<void> {
  const store = await stores.open();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => store.updates.append("a", Uint8Array.of(number))));
  await store.close();
}

/** Writes a document whose whole content is in a snapshot of several chunks; returns its text. */
async function writeSnapshot(): Promise<string> {
  const store = await stores.open({ snapshotChunkBytes: 500, minCompactionBytes: 1000 });
  const text = await type(store, 2000);
  await store.settled();
  expect(store.stats().compactions).toBeGreaterThan(0);
  await store.close();
  return text;
}

async function type(store: LevelStore, length: number): Promise<string> {
  const document = new Y.Doc();
  const appends: Promise<void>[] = [];
  document.on("update", (update) => appends.push(store.updates.append("a", update)));
  for (let index = 0; index < length; index++) {
    document.getText("t").insert(index, String.fromCharCode(97 + (index % 26)));
  }
  await Promise.all(appends);
  return document.getText("t").toJSON();
}

/** Flips one bit of the value in the middle of its bytes; returns the damaged value. */
async function flip(key: Uint8Array): Promise<Uint8Array> {
  return withLevel(stores.dataDir, async (level) => {
    const value = await level.get(key);
    if (value === undefined) throw new Error("there is nothing to damage");
    const at = value.length >> 1;
    value[at] = (value[at] ?? 0) ^ 1;
    await level.put(key, value);
    return value;
  });
}

async function setAside(): Promise<{ key: Buffer; value: Buffer }[]> {
  return withLevel(stores.dataDir, async (level) => {
    const entries = await level.iterator(quarantine).all();
    // Behind the space and the commit number stands the key the bytes were found under.
    return entries.map(([key, value]) => ({
      key: Buffer.from(key.subarray(9)),
      value: Buffer.from(value),
    }));
  });
}

const numbers = (updates: readonly Uint8Array[] | undefined): number[] =>
  (updates ?? []).map((update) => update[0] ?? -1);

describe("an update that fails its checksum", () => {
  it("is left out, reported and set aside, and the rest opens", async () => {
    await writeNumbers(10);
    const damaged = await flip(keys.entry(4));
    let store = await stores.open();
    const damage = {
      damagedSequences: [4],
      missingSequences: [],
      snapshotLost: false,
      damagedBytes: damaged.length,
    };
    const stored = await store.updates.load("a");
    expect(numbers(stored?.updates)).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
    expect(stored?.damage).toEqual(damage);
    expect(stores.errors).toContain("a document is damaged");
    await store.settled();
    expect(store.stats().damagedEntries).toBe(1);
    await store.close();
    expect(await setAside()).toEqual([{ key: keys.entry(4), value: damaged }]);

    // It stays known, is set aside once, and the numbering goes on.
    store = await stores.open();
    await store.updates.append("a", Uint8Array.of(11));
    expect(await store.updates.load("a")).toMatchObject({ damage, lastSequence: 11 });
    await store.settled();
    await store.close();
    expect(await setAside()).toHaveLength(1);
  });

  it("keeps its number when it was the last one", async () => {
    await writeNumbers(3);
    await flip(keys.entry(3));
    const store = await stores.open();
    expect((await store.updates.load("a"))?.lastSequence).toBe(3);
    await store.settled();
    await store.updates.append("a", Uint8Array.of(4));
    const stored = await store.updates.load("a");
    expect(numbers(stored?.updates)).toEqual([1, 2, 4]);
    expect(stored).toMatchObject({ lastSequence: 4, damage: { damagedSequences: [3] } });
  });

  it("is found when it stands under another document's key or another number", async () => {
    await writeNumbers(3);
    await withLevel(stores.dataDir, async (level) => {
      const first = await level.get(keys.entry(1));
      if (first === undefined) throw new Error("nothing written");
      await level.put(keys.entry(2), first);
      await level.put(new DocumentKeys("b").entry(1), first);
    });
    const store = await stores.open();
    expect((await store.updates.load("a"))?.damage?.damagedSequences).toEqual([2]);
    expect((await store.updates.load("b"))?.damage?.damagedSequences).toEqual([1]);
  });

  it("touches no other document", async () => {
    const store = await stores.open();
    await store.updates.append("a", Uint8Array.of(1));
    await store.updates.append("b", Uint8Array.of(2));
    await store.close();
    await flip(keys.entry(1));
    expect((await (await stores.open()).updates.load("b"))?.damage).toBeNull();
  });
});

describe("updates that are gone", () => {
  it("are told by their numbers", async () => {
    await writeNumbers(20);
    await withLevel(stores.dataDir, async (level) => {
      for (const sequence of [1, 7, 8, 9, 15]) await level.del(keys.entry(sequence));
    });
    const store = await stores.open();
    const stored = await store.updates.load("a");
    expect(numbers(stored?.updates)).toHaveLength(15);
    expect(stored?.damage).toEqual({
      damagedSequences: [],
      missingSequences: [
        { first: 1, last: 1 },
        { first: 7, last: 9 },
        { first: 15, last: 15 },
      ],
      snapshotLost: false,
      damagedBytes: 0,
    });
  });
});

describe("a damaged snapshot", () => {
  it("is set aside whole, and the log after it still opens", async () => {
    await writeSnapshot();
    let store = await stores.open({ minCompactionBytes: 1e9 });
    const before = await store.updates.load("a");
    const tail = [101, 102, 103];
    for (const number of tail) await store.updates.append("a", Uint8Array.of(number));
    await store.close();
    await flip(keys.chunk(await topGeneration(), 2));

    store = await stores.open({ minCompactionBytes: 1e9 });
    const stored = await store.updates.load("a");
    const logLength = before?.updates.length ?? 0;
    expect(stored?.snapshot).toBeNull();
    expect(stored?.updates).toHaveLength(logLength + tail.length);
    expect(numbers(stored?.updates.slice(-3))).toEqual(tail);
    expect(stored?.damage).toMatchObject({ snapshotLost: true, missingSequences: [] });
    expect(stored?.damage?.damagedBytes).toBeGreaterThan(before?.snapshotBytes ?? 0);
    await store.settled();
    await store.updates.append("a", Uint8Array.of(104));
    const later = await store.updates.load("a");
    expect(later?.damage).toMatchObject({ snapshotLost: true, missingSequences: [] });
    expect(numbers(later?.updates.slice(-1))).toEqual([104]);
    await store.close();
    const bytes = (await setAside()).reduce((sum, { value }) => sum + value.length, 0);
    expect(bytes).toBe(stored?.damage?.damagedBytes);
  });

  it("is known by its head being damaged or gone", async () => {
    for (const harm of ["flip", "delete"] as const) {
      await writeSnapshot();
      const head = keys.head(await topGeneration());
      if (harm === "flip") await flip(head);
      else await withLevel(stores.dataDir, (level) => level.del(head));
      const store = await stores.open();
      const stored = await store.updates.load("a");
      expect(stored?.damage).toMatchObject({ snapshotLost: true });
      await store.settled();
      await store.updates.append("a", Uint8Array.of(1));
      expect((await store.updates.load("a"))?.damage).toMatchObject({ snapshotLost: true });
      await store.updates.delete("a");
      await store.settled();
      await store.close();
      expect((await setAside()).length).toBeGreaterThan(0);
    }
  });

  it("does no harm while its predecessor is still there", async () => {
    const text = await writeSnapshot();
    // As if the process had died between the new generation and the removal of the former one,
    // and the new one were damaged.
    const generation = (await topGeneration()) + 1;
    await withLevel(stores.dataDir, async (level) => {
      const head = keys.head(generation);
      await level.put(head, encodeFrame(head, "head", new Uint8Array(25)));
    });
    const store = await stores.open();
    for (const pass of [1, 2]) {
      const stored = await store.updates.load("a");
      expect(replay(stored).getText("t").toJSON()).toBe(text);
      if (pass === 1) expect(stored?.damage).toMatchObject({ snapshotLost: false });
      else expect(stored?.damage).toBeNull();
      await store.settled();
    }
    // Compaction goes on from the generation that is whole.
    await store.updates.append("a", Y.encodeStateAsUpdate(new Y.Doc()));
    expect(store.stats().failedCompactions).toBe(0);
    await store.close();
    expect(await setAside()).toHaveLength(1);
  });
});

describe("a damaged log file of LevelDB", () => {
  it("is reported and kept, also where no gap in the numbering tells the loss", async () => {
    await (await stores.open()).close();
    const store = await stores.open();
    for (let number = 1; number <= 50; number++) {
      await store.updates.append("a", Uint8Array.of(number));
    }
    // As a killed process leaves it, with two bytes damaged: one would be mended. LevelDB drops what
    // follows in the block.
    const dataDir = join(stores.folder, "copy");
    await cp(stores.dataDir, dataDir, { recursive: true });
    const logs = (await readdir(join(dataDir, "log"))).filter((file) => file.endsWith(".log"));
    const file = join(dataDir, "log", logs[0] ?? "");
    const bytes = await readFile(file);
    const at = Math.floor(bytes.length * 0.8);
    bytes.write("xx", at);
    await writeFile(file, bytes);

    const reopened = await stores.open({}, dataDir);
    const stored = await reopened.updates.load("a");
    expect(stored?.updates.length).toBeGreaterThan(30);
    expect(stored?.updates.length).toBeLessThan(50);
    expect(stores.errors).toEqual(["part of the database's log is damaged and was set aside"]);
    expect(reopened.stats().damagedEntries).toBe(1);
    const [kept = "", ...others] = await readdir(join(dataDir, "set-aside"));
    expect(others).toEqual([]);
    expect(await readFile(join(dataDir, "set-aside", kept))).toEqual(bytes);
    await reopened.close();
    expect((await stores.open({}, dataDir)).stats().damagedEntries).toBe(0);
  });
});

describe("a damaged table of LevelDB", () => {
  it("is reported and kept where it cannot be mended", async () => {
    const store = await stores.open();
    const updates = Array.from({ length: 500 }, () => randomBytes(50));
    await Promise.all(updates.map((update) => store.updates.append("a", update)));
    await store.close();
    // Moves what is in the log to a table.
    await (await stores.open()).close();
    const folder = join(stores.dataDir, "log");
    const [table = ""] = (await readdir(folder)).filter((file) => file.endsWith(".ldb"));
    const bytes = await readFile(join(folder, table));
    // In the content of an update, of which there are hundreds in blocks of 4 KiB.
    const at = bytes.length >> 1;
    bytes.writeUInt16BE(bytes.readUInt16BE(at) ^ 0xffff, at);
    await writeFile(join(folder, table), bytes);

    for (const pass of [1, 2]) {
      const reopened = await stores.open();
      const stored = await reopened.updates.load("a");
      expect(stored?.damage).toMatchObject({ snapshotLost: false });
      expect(stored?.updates.length).toBeGreaterThan(400);
      expect(stores.errors[0]).toMatch("a file of the database is damaged");
      expect(reopened.stats().damagedEntries).toBeGreaterThan(0);
      await reopened.close();
      const kept = await readdir(join(stores.dataDir, "set-aside"));
      expect(kept, `opening ${pass}`).toHaveLength(1);
      expect(await readFile(join(stores.dataDir, "set-aside", kept[0] ?? ""))).toEqual(bytes);
    }
  });
});

describe("a damaged commit number", () => {
  it("is reported, and hinders nothing", async () => {
    await writeNumbers(3);
    await flip(COMMIT_KEY);
    const store = await stores.open();
    await store.updates.append("a", Uint8Array.of(4));
    expect(await store.updates.load("a")).toMatchObject({ lastSequence: 4, damage: null });
    expect(stores.errors).toEqual(["the commit number is damaged; numbering starts anew"]);
  });
});

describe("a damaged version", () => {
  const versionKeys = new VersionKeys("a");

  it("is refused, and neither its document nor the others are touched", async () => {
    let store = await stores.open({ snapshotChunkBytes: 10 });
    await store.updates.append("a", Uint8Array.of(1));
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const content = Buffer.alloc(35, `content ${index}`);
      ids.push((await store.versions.put("a", content, Uint8Array.of(index))).id);
    }
    await store.close();
    const [withoutHead = 0, withoutChunk = 0, short = 0, swapped = 0, whole = 0] = ids.map(Number);
    await flip(versionKeys.head(withoutHead));
    await flip(versionKeys.chunks(withoutChunk).key(1));
    await withLevel(stores.dataDir, async (level) => {
      await level.del(versionKeys.chunks(short).key(3)); // The last.
      const other = await level.get(versionKeys.chunks(whole).key(0));
      await level.put(versionKeys.chunks(swapped).key(0), other ?? Uint8Array.of());
    });
    store = await stores.open();
    const listed = await store.versions.list("a");
    expect(listed.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(stores.errors).toEqual(["a version is damaged"]);
    for (const id of ids.slice(0, -1)) {
      await expect(store.versions.load("a", id)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    }
    expect(store.stats().damagedEntries).toBe(5);
    const intact = await store.versions.load("a", ids.at(-1) ?? "");
    expect(Buffer.from(intact ?? []).toString()).toContain("content 4");
    expect((await store.updates.load("a"))?.damage).toBeNull();

    // Its bytes stay until somebody asks for their removal.
    await store.settled();
    await store.close();
    const stored = (): Promise<number> =>
      withLevel(stores.dataDir, async (level) => {
        const range = { gte: Buffer.from("u"), lt: Buffer.from("w") };
        return (await level.keys(range).all()).length;
      });
    expect(await stored()).toBe(5 + 5 * 4 - 1);
    store = await stores.open();
    await store.versions.delete("a", ids.slice(0, -1));
    await store.settled();
    await store.close();
    expect(await stored()).toBe(1 + 4);
  });
});

describe("a damaged record", () => {
  it("is refused, and the others are listed", async () => {
    const store = await stores.open();
    await store.commit(
      ["one", "two"].map((key) => ({ type: "put", key, value: Uint8Array.of(1, 2, 3) })),
    );
    await store.close();
    await flip(recordKey("one"));
    const { records } = await stores.open();
    await expect(records.get("one")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    const listed: string[] = [];
    for await (const [key] of records.entries("")) listed.push(key);
    expect(listed).toEqual(["two"]);
  });
});

async function topGeneration(): Promise<number> {
  return withLevel(stores.dataDir, async (level) => {
    const [last] = await level.keys({ ...keys.heads(), reverse: true, limit: 1 }).all();
    const parsed = last === undefined ? null : keys.parse(last);
    if (parsed?.kind !== "head") throw new Error("there is no head");
    return parsed.generation;
  });
}
