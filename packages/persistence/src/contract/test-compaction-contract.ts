import { readdir } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { StoreLimits } from "../limits.ts";
import type { Store } from "../store.ts";
import { type ContractStores, recorded, replay } from "./test-contract-stores.ts";

/** What this thread had of a processor: what others on the machine do is not in it. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The longest turn of this thread's event loop, in time on the processor, until `end` resolves. */
async function longestTurnMs(end: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = end.finally(() => (isOver = true));
  let longestMs = 0;
  let beforeMs = threadCpuMs();
  while (!isOver) {
    await nextTurn();
    const nowMs = threadCpuMs();
    longestMs = Math.max(longestMs, nowMs - beforeMs);
    beforeMs = nowMs;
  }
  await over;
  return longestMs;
}

/** What a store makes of logs that grow long. */
export function compactionContract(stores: ContractStores): void {
  describe("compaction", () => {
    it("is worth the log it replaces", async () => {
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
    });

    it("costs the same per change however large the document grows", async () => {
      const store = await stores.open({ minCompactionBytes: 2000 });
      const { document, saved } = recorded(store, "a");
      let written = 0;
      for (let round = 0; round < 200; round++) {
        for (let index = 0; index < 20; index++) document.getArray("l").push([`${round}.${index}`]);
        await saved();
        written += 20;
      }
      await store.settled();
      const { compactions, committedBytes } = store.stats();
      const logBytes = written * 60; // Key, frame and update of one entry come to about this.
      expect(compactions).toBeGreaterThan(2);
      expect(compactions).toBeLessThan(15); // As often as the document doubles, not as it is written.
      expect(committedBytes).toBeLessThan(logBytes * 6);
    });

    /** A store that has a document with many small updates, and has not begun anything. */
    async function openWithLongLog(limits: Partial<StoreLimits>): Promise<Store> {
      const store = await stores.open({ minCompactionBytes: 1e9 });
      const { document, saved } = recorded(store, "a");
      for (let index = 0; index < 1500; index++) document.getMap("m").set("k", index);
      await saved();
      expect(store.stats().compactions).toBe(0);
      await store.close();
      return stores.open(limits);
    }

    it("follows when a document with many small updates was loaded", async () => {
      const store = await openWithLongLog({ compactionAfterLoadMs: 1 });
      expect((await store.updates.load("a"))?.updates).toHaveLength(1500);
      await expect.poll(() => store.stats().compactions).toBe(1);
      expect((await store.updates.load("a"))?.updates).toHaveLength(0);
    });

    it("lets who loads it apply it first", async () => {
      const store = await openWithLongLog({ compactionAfterLoadMs: 60 * 60_000 });
      await store.updates.load("a");
      // Each of them has its turn with whatever is to be done for a document.
      for (const name of ["b", "c"]) {
        await store.updates.put(name, Y.encodeStateAsUpdate(new Y.Doc()));
      }
      expect(store.stats().compactions).toBe(0);
      await store.settled();
      expect(store.stats().compactions).toBe(1);
    });

    it("has nobody wait as long as it takes to replay a large document", async () => {
      let store = await stores.open({ minCompactionBytes: 1e9 });
      const { document, saved } = recorded(store, "a");
      for (let round = 0; round < 1000; round++) {
        document.transact(() => {
          for (let key = 0; key < 100; key++) document.getMap("m").set(`${round} ${key}`, round);
        });
      }
      await saved();
      await store.close();
      store = await stores.open({ minCompactionBytes: 1000 });
      const stored = await store.updates.load("a");
      const longestMs = await longestTurnMs(store.settled());
      expect(store.stats().compactions).toBe(1);
      const startMs = threadCpuMs();
      expect(replay(stored).getMap("m").size).toBe(100_000);
      expect(longestMs).toBeLessThan((threadCpuMs() - startMs) / 2);
    });

    it("loses nothing that is appended or loaded meanwhile", async () => {
      const store = await stores.open({ minCompactionBytes: 500, snapshotChunkBytes: 300 });
      const { document, saved } = recorded(store, "a");
      for (let round = 0; round < 300; round++) {
        document.getMap("m").set(`k${round % 40}`, "x".repeat(round % 50));
        if (round % 7 === 0) await saved();
        if (round % 10 === 0) {
          await saved();
          const stored = await store.updates.load("a");
          expect(stored?.damage).toBeNull();
          expect(replay(stored).getMap("m").toJSON()).toEqual(document.getMap("m").toJSON());
        }
      }
      await store.settled();
      expect(store.stats().compactions).toBeGreaterThan(1);
      expect(store.stats().failedCompactions).toBe(0);
    });

    it("keeps updates that wait for others still to come", async () => {
      const store = await stores.open({ minCompactionBytes: 100 });
      const document = new Y.Doc();
      const updates: Uint8Array[] = [];
      document.on("update", (update) => updates.push(update));
      for (let index = 0; index < 100; index++) document.getText("t").insert(index, "x");
      const [first, ...rest] = updates;
      if (first === undefined) throw new Error("no update");
      await Promise.all(rest.map((update) => store.updates.append("a", update)));
      await store.settled();
      expect(store.stats().compactions).toBeGreaterThan(0);
      await store.updates.append("a", first);
      expect(replay(await store.updates.load("a")).getText("t").length).toBe(100);
    });

    it("fails without touching a log that does not replay, and is not tried at once again", async () => {
      const store = await stores.open({ minCompactionBytes: 100 });
      const garbage = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, 255);
      for (let index = 0; index < 30; index++) await store.updates.append("a", garbage);
      await store.settled();
      expect(store.stats()).toMatchObject({ compactions: 0, failedCompactions: 1 });
      expect(stores.errors).toEqual(["upkeep of a document failed"]);
      expect((await store.updates.load("a"))?.updates).toHaveLength(30);
      // The thread that failed does not stand in the way of other documents.
      const { document, saved } = recorded(store, "b");
      for (let index = 0; index < 50; index++) document.getMap("m").set("k", index);
      await saved();
      await store.settled();
      expect(store.stats().compactions).toBe(1);
    });

    it("ends with the store, and the document opens whole", async () => {
      let store = await stores.open({ minCompactionBytes: 200 });
      const { document, saved } = recorded(store, "a");
      for (let index = 0; index < 3000; index++) document.getArray("l").push([index]);
      await saved();
      await store.close(); // With the compaction just begun.
      store = await stores.open();
      const stored = await store.updates.load("a");
      expect(replay(stored).getArray("l").toJSON()).toEqual(document.getArray("l").toJSON());
      expect(stored?.damage).toBeNull();
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
    });

    it.runIf(process.platform === "linux")("leaves no thread behind an idle store", async () => {
      const store = await stores.open({ minCompactionBytes: 100, compactionIdleMs: 1 });
      const threads = async (): Promise<number> => (await readdir("/proc/self/task")).length;
      await Promise.all(Array.from({ length: 50 }, threads)); // Node's own threads start with work.
      const before = await threads();
      for (const name of ["a", "b"]) {
        const { document, saved } = recorded(store, name);
        for (let index = 0; index < 50; index++) document.getMap("m").set("k", index);
        await saved();
        await store.settled();
        await expect.poll(threads).toBeLessThanOrEqual(before);
      }
      expect(store.stats().compactions).toBe(2);
    });
  });

  describe("any sequence of changes by two people, loads and restarts", () => {
    it("loads as the document it was written from", async () => {
      let run = 0;
      const limits = { minCompactionBytes: 300, snapshotChunkBytes: 100 };
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(step, fc.boolean()), { maxLength: 80 }),
          async (steps) => {
            const name = `run ${run++}`;
            let store = await stores.open(limits);
            const people = [new Y.Doc(), new Y.Doc()] as const;
            const appends: Promise<void>[] = [];
            const expected = (): unknown => contentOf(people[0]);
            for (const person of people) {
              person.on("update", (update, origin) => {
                if (origin === "peer") return;
                appends.push(store.updates.append(name, update));
                Y.applyUpdate(person === people[0] ? people[1] : people[0], update, "peer");
              });
            }
            for (const [one, second] of steps) {
              change(people[second ? 1 : 0], one);
              if (one.do === "reopen") {
                await store.close();
                store = await stores.open(limits);
              }
              if (one.do === "load" || one.do === "reopen") {
                await Promise.all(appends);
                const stored = await store.updates.load(name);
                expect(contentOf(replay(stored))).toEqual(expected());
                expect(stored?.damage ?? null).toBeNull();
              }
            }
            await Promise.all(appends);
            await store.settled();
            expect(contentOf(replay(await store.updates.load(name)))).toEqual(expected());
            expect(store.stats().failedCompactions).toBe(0);
            await store.close();
          },
        ),
        { numRuns: 60, seed: 20_261_123 },
      );
    });
  });
}

type Step =
  | { do: "set"; key: number; value: string }
  | { do: "type"; at: number; text: string }
  | { do: "erase"; at: number; length: number }
  | { do: "push"; value: number }
  | { do: "load" }
  | { do: "reopen" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("set" as const), key: fc.nat(9), value: fc.string() }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("type" as const),
      at: fc.nat(),
      text: fc.string({ minLength: 1 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("erase" as const), at: fc.nat(), length: fc.nat(20) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), value: fc.integer() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("load" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
);

function change(document: Y.Doc, one: Step): void {
  const text = document.getText("t");
  if (one.do === "set") document.getMap("m").set(`k${one.key}`, one.value);
  if (one.do === "type") text.insert(one.at % (text.length + 1), one.text);
  if (one.do === "push") document.getArray("l").push([one.value]);
  if (one.do === "erase" && text.length > 0) {
    const at = one.at % text.length;
    text.delete(at, Math.min(one.length, text.length - at));
  }
}

function contentOf(document: Y.Doc): unknown {
  return {
    text: document.getText("t").toJSON(),
    map: document.getMap("m").toJSON(),
    list: document.getArray("l").toJSON(),
  };
}
