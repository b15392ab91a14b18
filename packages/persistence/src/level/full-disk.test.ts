import { cp, mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LevelStore } from "./level-store.ts";
import { mountMemory, unmount } from "../test-memory-disk.ts";
import { storesForTests } from "./test-stores.ts";

const stores = storesForTests();
/** The updates here are numbers, which no Yjs document could be compacted from. */
const limits = { minCompactionBytes: 1e9 };
const DISK_BYTES = 24 * 1024 * 1024;

let disk = "";
let mounted = false;

beforeEach(async ({ skip }) => {
  disk = join(stores.folder, "disk");
  await mkdir(disk);
  mounted = mountMemory(disk, `size=${DISK_BYTES}`);
  if (!mounted) skip("no tmpfs can be mounted on this machine");
});
// Registered after, and so run before, the removal of the folder and the closing of the stores.
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  if (mounted) unmount(disk);
});
const open: LevelStore[] = [];

async function openOnDisk(): Promise<LevelStore> {
  const store = await stores.open(limits, join(disk, "data"));
  open.push(store);
  return store;
}

/** Leaves `restBytes` of room on the disk. */
async function fillDisk(restBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(join(disk, "filler"), Buffer.alloc(bavail * bsize - restBytes));
}

const update = (number: number): Uint8Array => {
  const bytes = Buffer.alloc(700, number % 251);
  bytes.writeUInt32BE(number, 0);
  return bytes;
};

async function numbersIn(store: LevelStore, name: string): Promise<number[]> {
  const stored = await store.updates.load(name);
  expect(stored?.damage ?? null).toBeNull();
  return (stored?.updates ?? []).map((bytes) => Buffer.from(bytes).readUInt32BE(0));
}

/** Appends numbers from `first`, several at a time, until one is refused. */
async function appendUntilRefused(
  store: LevelStore,
  first: number,
  kept: number[],
): Promise<{ next: number; reasons: unknown[] }> {
  for (let next = first; ; next += 8) {
    const numbers = Array.from({ length: 8 }, (_, index) => next + index);
    const results = await Promise.allSettled(
      numbers.map((number) => store.updates.append("a", update(number))),
    );
    const reasons: unknown[] = [];
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") kept.push(next + index);
      else reasons.push(result.reason);
    }
    if (reasons.length > 0) return { next: next + 8, reasons };
  }
}

describe("a full disk", () => {
  it("refuses, stays readable, recovers by itself, and loses nothing it acknowledged", async () => {
    let store = await openOnDisk();
    const kept: number[] = [];
    await fillDisk(500_000);
    let next = 1;
    for (let round = 0; round < 3; round++) {
      const refused = await appendUntilRefused(store, next, kept);
      next = refused.next;
      expect(refused.reasons).toHaveLength(8);
      for (const reason of refused.reasons) expect(reason).toMatchObject({ code: "STORE_FULL" });
      expect(await numbersIn(store, "a")).toEqual(kept);
    }
    expect(kept.length).toBeGreaterThan(100);
    await expect(store.probe()).rejects.toMatchObject({ code: "STORE_FULL" });
    await expect(
      store.assets.put(assetOf(1_000_000), { maxBytes: 2_000_000 }),
    ).rejects.toMatchObject({ code: "STORE_FULL" });

    await rm(join(disk, "filler"));
    // The first append with room on the disk is kept: it waits for the store to be opened anew.
    for (let index = 0; index < 50; index++) {
      await store.updates.append("a", update(next));
      kept.push(next);
      next += 1;
    }
    await store.probe();
    expect(await numbersIn(store, "a")).toEqual(kept);

    // What a process killed now would leave behind.
    const copy = join(stores.folder, "copy");
    await cp(join(disk, "data"), copy, { recursive: true });
    expect(await numbersIn(await stores.open(limits, copy), "a")).toEqual(kept);

    await store.close();
    store = await openOnDisk();
    expect(await numbersIn(store, "a")).toEqual(kept);
    expect((await store.updates.load("a"))?.lastSequence).toBe(kept.length);
  });

  it("keeps nothing of a refused commit, at whatever byte of it the room ended", async () => {
    const store = await openOnDisk();
    await store.commit([
      { type: "put", key: "one", value: Uint8Array.of(1) },
      { type: "put", key: "two", value: Uint8Array.of(2) },
      { type: "append", name: "a", update: update(0) },
    ]);
    for (let round = 1; round <= 4; round++) {
      await fillDisk(16_384);
      const value = new Uint8Array(300).fill(round);
      let kept: Uint8Array | null = await store.records.get("one");
      for (;;) {
        const outcome = await store
          .commit([
            { type: "put", key: "one", value },
            { type: "delete", key: "two" },
            { type: "append", name: "a", update: update(round) },
            { type: "put", key: "two", value: Uint8Array.of(2) },
            { type: "put", key: "three", value },
          ])
          .then(
            () => "kept",
            () => "refused",
          );
        if (outcome === "refused") break;
        kept = value;
      }
      const lastSequence = (await store.updates.load("a"))?.lastSequence;
      await rm(join(disk, "filler"));
      await store.probe();
      expect(await store.records.get("one")).toEqual(kept && Buffer.from(kept));
      expect(await store.records.get("two")).toEqual(Buffer.from([2]));
      expect(await store.updates.load("a")).toMatchObject({ lastSequence, damage: null });
    }
    expect(store.stats().failedCommits).toBeGreaterThanOrEqual(4);
  });

  it("does not keep the store from closing", async () => {
    const store = await openOnDisk();
    const kept: number[] = [];
    await fillDisk(300_000);
    await appendUntilRefused(store, 1, kept);
    const late = store.updates.append("a", update(0));
    const closed = store.close();
    await expect(late).rejects.toMatchObject({ code: "STORE_FULL" });
    await closed;
    await rm(join(disk, "filler"));
    expect(await numbersIn(await openOnDisk(), "a")).toEqual(kept);
  });
});

async function* assetOf(bytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += 10_000) yield new Uint8Array(10_000);
}
