import { describe, expect, it } from "vitest";
import { MAX_VALUE_BYTES } from "../limits.ts";
import type { Store } from "../store.ts";
import type { ContractStores } from "./test-contract-stores.ts";

const numbered = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => Uint8Array.of(index >> 8, index & 0xff));
const plain = (updates: readonly Uint8Array[] | undefined): number[][] =>
  (updates ?? []).map((update) => [...update]);
async function keysOf(entries: AsyncIterable<[string, Uint8Array]>): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of entries) keys.push(key);
  return keys;
}

/** What a store does with logs and records, and when it closes. */
export function logContract(stores: ContractStores): void {
  describe("an update log", () => {
    it("gives back what was appended, in the order of the calls", async () => {
      const updates = numbered(1500);
      let store = await stores.open({ minCompactionBytes: 1e9 });
      await Promise.all(
        updates.map((update, index) => store.updates.append(index % 3 === 0 ? "a" : "b", update)),
      );
      await store.close();
      store = await stores.open();
      expect(plain((await store.updates.load("a"))?.updates)).toEqual(
        plain(updates.filter((_, index) => index % 3 === 0)),
      );
      expect(plain((await store.updates.load("b"))?.updates)).toEqual(
        plain(updates.filter((_, index) => index % 3 !== 0)),
      );
      expect(await store.updates.load("c")).toBeNull();
    });

    it("reports its measures", async () => {
      const store = await stores.open();
      await Promise.all(numbered(50).map((update) => store.updates.append("a", update)));
      expect(await store.updates.load("a")).toMatchObject({
        snapshot: null,
        snapshotBytes: 0,
        lastSequence: 50,
        logBytes: 100,
        damage: null,
      });
    });

    it("shows a load whatever was acknowledged before it, while appends go on", async () => {
      const store = await stores.open();
      let acknowledged = 0;
      const appends = numbered(2000).map(async (update, index) => {
        await store.updates.append("a", update);
        acknowledged = index + 1;
      });
      while (acknowledged < 2000) {
        const before = acknowledged;
        const stored = await store.updates.load("a");
        const found = stored?.lastSequence ?? 0;
        expect(found).toBeGreaterThanOrEqual(before);
        expect(stored?.damage ?? null).toBeNull();
      }
      await Promise.all(appends);
    });

    it("numbers on after states were evicted from memory", async () => {
      const store = await stores.open({ maxNamesInMemory: 2 });
      for (let round = 0; round < 5; round++) {
        for (const name of ["a", "b", "c", "d"]) {
          await store.updates.append(name, Uint8Array.of(round));
        }
      }
      for (const name of ["a", "b", "c", "d"]) {
        const stored = await store.updates.load(name);
        expect(plain(stored?.updates)).toEqual([[0], [1], [2], [3], [4]]);
        expect(stored).toMatchObject({ lastSequence: 5, damage: null });
      }
    });

    it("keeps names apart that contain or resemble one another", async () => {
      const store = await stores.open();
      const names = [
        "a",
        "aa",
        "a\u0000",
        "\u0000a",
        "a\u0003\u0000",
        "ä",
        "a\u0308",
        "/../a",
        "🙂",
      ];
      await Promise.all(
        names.map((name, index) => store.updates.append(name, Uint8Array.of(index))),
      );
      for (const [index, name] of names.entries()) {
        expect(plain((await store.updates.load(name))?.updates)).toEqual([[index]]);
      }
    });

    it("refuses names it would have to rewrite, and updates that are too large", async () => {
      const store = await stores.open();
      for (const name of ["", "\ud800", "x".repeat(1025), "ä".repeat(513)]) {
        const update = Uint8Array.of(1);
        await expect(store.updates.append(name, update)).rejects.toMatchObject({
          code: "STORE_BAD_NAME",
        });
        await expect(store.updates.load(name)).rejects.toMatchObject({ code: "STORE_BAD_NAME" });
        await expect(store.updates.delete(name)).rejects.toMatchObject({ code: "STORE_BAD_NAME" });
      }
      await expect(
        store.updates.append("a", new Uint8Array(MAX_VALUE_BYTES + 1)),
      ).rejects.toMatchObject({ code: "STORE_TOO_LARGE" });
      await store.updates.append("ä".repeat(512), Uint8Array.of(1));
    });

    it("joins many appends in few commits, and commits a lone one at once", async () => {
      const store = await stores.open();
      await store.updates.append("a", Uint8Array.of(1));
      expect(store.stats().commits).toBe(1);
      await Promise.all(numbered(1000).map((update) => store.updates.append("a", update)));
      expect(store.stats()).toMatchObject({ commits: 2, fsyncs: 2, queuedOperations: 0 });
    });

    it("splits what is queued by bytes", async () => {
      const store = await stores.open({ maxBatchBytes: 10_000, minCompactionBytes: 1e9 });
      const updates = Array.from({ length: 10 }, () => new Uint8Array(4000));
      await Promise.all(updates.map((update) => store.updates.append("a", update)));
      expect(store.stats().commits).toBe(5);
      await store.updates.append("a", new Uint8Array(30_000)); // Larger than a batch, and kept.
      expect((await store.updates.load("a"))?.logBytes).toBe(70_000);
    });

    it("refuses what its queue cannot hold, keeps what it accepted, and recovers", async () => {
      const store = await stores.open({ maxQueuedOperations: 100 });
      const results = await Promise.allSettled(
        numbered(150).map((update) => store.updates.append("a", update)),
      );
      const refused = results.filter((result) => result.status === "rejected");
      expect(refused).toHaveLength(50);
      for (const { reason } of refused) expect(reason).toMatchObject({ code: "STORE_BUSY" });
      await store.updates.append("a", Uint8Array.of(7));
      const stored = await store.updates.load("a");
      expect(plain(stored?.updates)).toEqual([...plain(numbered(100)), [7]]);
      expect(stored?.damage).toBeNull();
    });

    it("bounds its queue by bytes, and still takes one thing larger than the bound", async () => {
      const store = await stores.open({ maxQueuedBytes: 1000, minCompactionBytes: 1e9 });
      const large = store.updates.append("a", new Uint8Array(5000));
      const next = store.updates.append("a", new Uint8Array(1));
      await expect(next).rejects.toMatchObject({ code: "STORE_BUSY" });
      await large;
      expect(store.stats()).toMatchObject({ queuedBytes: 0, queuedOperations: 0 });
    });
  });

  describe("deleting a document", () => {
    it("removes it and starts its numbering over", async () => {
      let store = await stores.open();
      await Promise.all(numbered(1200).map((update) => store.updates.append("a", update)));
      await store.updates.append("ab", Uint8Array.of(1));
      await store.updates.delete("a");
      expect(await store.updates.load("a")).toBeNull();
      await store.settled();
      await store.updates.append("a", Uint8Array.of(9));
      await store.close();
      store = await stores.open();
      expect(await store.updates.load("a")).toMatchObject({ lastSequence: 1, damage: null });
      expect(await store.updates.load("ab")).toMatchObject({ lastSequence: 1, damage: null });
    });

    it("keeps what is appended right after it", async () => {
      let store = await stores.open();
      await Promise.all([
        ...numbered(5).map((update) => store.updates.append("a", update)),
        store.updates.delete("a"),
        store.updates.append("a", Uint8Array.of(9)),
      ]);
      await store.settled();
      expect(plain((await store.updates.load("a"))?.updates)).toEqual([[9]]);
      await store.close();
      store = await stores.open();
      const stored = await store.updates.load("a");
      expect(plain(stored?.updates)).toEqual([[9]]);
      expect(stored?.damage).toBeNull();
    });

    it("is nothing for a document that never was", async () => {
      const store = await stores.open();
      await store.updates.delete("a");
      expect(await store.updates.load("a")).toBeNull();
    });
  });

  describe("the names of documents", () => {
    const namesIn = async (store: Store): Promise<string[]> => {
      const names: string[] = [];
      for await (const name of store.updates.names()) names.push(name);
      return names;
    };

    it("are of those that exist, each once", async () => {
      let store = await stores.open({ minCompactionBytes: 3 }); // One of them is compacted.
      expect(await namesIn(store)).toEqual([]);
      const names = Array.from(
        { length: 1200 },
        (_, index) => `n${String(index).padStart(4, "0")}`,
      );
      const empty = Uint8Array.of(0, 0);
      await Promise.all(names.map((name) => store.updates.append(name, empty)));
      await store.updates.append("n0001\u0000", empty);
      await store.updates.append("n0001", empty);
      await store.commit([{ type: "put", key: "record", value: empty }]);
      for (const name of ["n0000", "n0003", "n1199", "never"]) await store.updates.delete(name);
      await store.updates.append("n0003", empty);
      const expected = [
        "n0001",
        "n0001\u0000",
        ...names.filter((name) => !["n0000", "n0001", "n1199"].includes(name)),
      ];
      // Before what is left of the deleted is removed, after that, and after a restart.
      expect((await namesIn(store)).sort()).toEqual(expected);
      await store.settled();
      await store.close();
      store = await stores.open();
      expect((await namesIn(store)).sort()).toEqual(expected);
    });
  });

  describe("records", () => {
    it("are put, read, listed by prefix and deleted", async () => {
      let store = await stores.open();
      const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
      await store.commit([
        { type: "put", key: "board/1", value: bytes("one") },
        { type: "put", key: "board/2", value: bytes("two") },
        { type: "put", key: "boards", value: bytes("other") },
        { type: "put", key: "empty", value: new Uint8Array() },
      ]);
      await store.commit([
        { type: "delete", key: "board/1" },
        { type: "append", name: "board/1", update: Uint8Array.of(1) },
      ]);
      await store.close();
      store = await stores.open();
      expect(await store.records.get("board/1")).toBeNull();
      expect(await store.records.get("board/2")).toEqual(Buffer.from("two"));
      expect(await store.records.get("empty")).toHaveLength(0);
      expect(await store.updates.load("board/1")).toMatchObject({ lastSequence: 1 });
      expect(await keysOf(store.records.entries("board/"))).toEqual(["board/2"]);
    });

    it("are listed whole across pages", async () => {
      const store = await stores.open();
      const keys = Array.from({ length: 950 }, (_, index) => `k${String(index).padStart(4, "0")}`);
      await store.commit(keys.map((key) => ({ type: "put", key, value: Uint8Array.of(1) })));
      expect(await keysOf(store.records.entries(""))).toEqual(keys);
    });

    it("are kept with the rest of their commit or not at all", async () => {
      const store = await stores.open();
      const commit = store.commit([
        { type: "put", key: "fine", value: Uint8Array.of(1) },
        { type: "append", name: "", update: Uint8Array.of(1) },
      ]);
      await expect(commit).rejects.toMatchObject({ code: "STORE_BAD_NAME" });
      expect(await store.records.get("fine")).toBeNull();
    });
  });

  describe("closing", () => {
    it("writes what is queued before it closes, and refuses what comes after", async () => {
      let store = await stores.open();
      const appends = numbered(100).map((update) => store.updates.append("a", update));
      const closed = store.close();
      await expect(store.updates.append("a", Uint8Array.of(1))).rejects.toMatchObject({
        code: "STORE_CLOSED",
      });
      await Promise.all([...appends, closed, store.close()]);
      await expect(store.updates.load("a")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(store.probe()).rejects.toMatchObject({ code: "STORE_CLOSED" });
      store = await stores.open();
      expect((await store.updates.load("a"))?.lastSequence).toBe(100);
    });

    it("probes with a commit of its own", async () => {
      const store = await stores.open();
      await store.probe();
      expect(store.stats()).toMatchObject({ commits: 1, fsyncs: 1, failedCommits: 0 });
    });
  });
}
