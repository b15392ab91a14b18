import { openStore, type Store, type StoreLimits } from "@boardwalk/persistence";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import * as Y from "yjs";
import { temporaryFolder } from "../test-server.ts";
import { BoardLog, NotSavedError } from "./board-log.ts";
import { syncLimits } from "./limits.ts";
import { liveDocumentOf } from "./test-live-document.ts";

const name = "a-board";
const logger = pino({ level: "silent" });

async function openTestStore(dataDir: string, limits?: Partial<StoreLimits>): Promise<Store> {
  const store = await openStore({ dataDir, logger, limits });
  onTestFinished(() => store.close());
  return store;
}

type Told = "not saved" | "saved again";

function openLog(store: Store) {
  const document = new Y.Doc();
  const told: [Told, string?][] = [];
  const log = new BoardLog(liveDocumentOf(document), name, {
    store,
    logger,
    events: {
      onNotSaved: (code) => told.push(["not saved", code]),
      onSavedAgain: () => told.push(["saved again"]),
    },
  });
  onTestFinished(() => log.close());
  return { document, log, told };
}

async function storedKeys(store: Store): Promise<string[]> {
  const stored = await store.updates.load(name);
  const document = new Y.Doc();
  if (stored === null) throw new Error("Nothing was ever stored");
  if (stored.snapshot !== null) Y.applyUpdate(document, stored.snapshot);
  for (const update of stored.updates) Y.applyUpdate(document, update);
  expect(document.store.pendingStructs).toBeNull();
  return [...document.getMap("m").keys()].sort();
}

describe("a log while the store works", () => {
  it("has on disk what it calls durable", async () => {
    const store = await openTestStore(await temporaryFolder());
    const { document, log } = openLog(store);
    await log.durable();
    for (let index = 0; index < 50; index++) {
      document.getMap("m").set(`key-${index}`, index);
      if (index % 10 !== 0) continue;
      await log.durable();
      expect(await storedKeys(store)).toContain(`key-${index}`);
    }
    await log.flush();
    expect(await storedKeys(store)).toHaveLength(50);
    expect(log.notSaved).toBeNull();
  });

  it("flushes what comes in while it flushes", async () => {
    const store = await openTestStore(await temporaryFolder());
    const { document, log } = openLog(store);
    let isFlushed = false;
    document.getMap("m").set("before", 1);
    const flushed = log.flush().then(() => {
      isFlushed = true;
    });
    const meanwhile: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      await nextTurn();
      if (isFlushed) break;
      meanwhile.push(`turn-${turn}`);
      document.getMap("m").set(`turn-${turn}`, 1);
    }
    await flushed;
    expect(meanwhile.length).toBeGreaterThan(0);
    expect(await storedKeys(store)).toEqual(["before", ...meanwhile]);
  });

  it("writes nothing more once it is closed", async () => {
    const store = await openTestStore(await temporaryFolder());
    const { document, log } = openLog(store);
    document.getMap("m").set("before", 1);
    await log.flush();
    log.close();
    log.close();
    document.getMap("m").set("after", 1);
    await store.probe();
    expect(await storedKeys(store)).toEqual(["before"]);
  });
});

describe("a log while the store refuses", () => {
  it("calls nothing durable and tells once", async () => {
    const store = await openTestStore(await temporaryFolder());
    const { document, log, told } = openLog(store);
    document.getMap("m").set("saved", 1);
    await log.durable();
    await store.close();
    for (const key of ["first", "second", "third"]) {
      document.getMap("m").set(key, 1);
      await expect(log.durable()).rejects.toThrow(NotSavedError);
    }
    expect(log.notSaved).toBe("STORE_UNAVAILABLE");
    await expect(log.flush()).rejects.toThrow(NotSavedError);
    expect(told).toEqual([["not saved", "STORE_UNAVAILABLE"]]);
  });

  it("is durable again although the board, and what it lacks, are larger than what is written at once", async () => {
    const dataDir = await temporaryFolder();
    // It takes one thing at a time, so that the second of two at once is refused.
    let store = await openTestStore(dataDir, { maxQueuedBytes: 1, minCompactionBytes: 1e9 });
    const { document, log, told } = openLog(store);
    const map = document.getMap("m");
    const keys: string[] = [];
    const add = (key: string): void => {
      map.set(key, "x".repeat(syncLimits.unsavedUpdateBytes));
      keys.push(key);
    };
    for (let index = 0; index < 5; index++) {
      add(`saved ${index}`);
      await log.durable();
    }
    add("under way");
    add("refused");
    await expect(log.durable()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    for (let index = 0; index < 5; index++) add(`unsaved ${index}`);
    map.delete("saved 0");
    keys.shift();

    await expect.poll(() => told).toHaveLength(2);
    expect(told[1]).toEqual(["saved again"]);
    await log.durable();
    add("after");
    await log.durable();
    await store.close();
    store = await openTestStore(dataDir);
    expect(await storedKeys(store)).toEqual(keys.sort());
    // Only what had not been saved was written again.
    const stored = await store.updates.load(name);
    expect(stored?.logBytes).toBeLessThan(16 * syncLimits.unsavedUpdateBytes);
    const largest = Math.max(...(stored?.updates ?? []).map((update) => update.length));
    expect(largest).toBeLessThan(2 * syncLimits.unsavedUpdateBytes);
  });

  it("has one retry waiting, however often it is asked to flush", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const dataDir = await temporaryFolder();
    const store = await openTestStore(dataDir);
    await store.close();
    const { document, log } = openLog(store);
    document.getMap("m").set("lost", 1);
    await expect(log.durable()).rejects.toThrow(NotSavedError);
    await Promise.allSettled(Array.from({ length: 10 }, () => log.flush()));
    await log.flush().catch(() => undefined);
    expect(vi.getTimerCount()).toBe(1);
    log.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** A file system that can be full; mounting one needs root. */
const canMount = (() => {
  const folder = spawnSync("mktemp", ["-d"]).stdout.toString().trim();
  if (spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder]).status !== 0) return false;
  spawnSync("umount", [folder]);
  spawnSync("rmdir", [folder]);
  return true;
})();

describe.skipIf(!canMount && process.env["CI"] !== "true")("a log on a disk that fills up", () => {
  it("is durable again, as a whole, when there is room", async () => {
    const folder = await temporaryFolder();
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]).status).toBe(0);
    onTestFinished(() => {
      spawnSync("umount", ["-l", folder]);
    });
    const store = await openTestStore(folder);
    const { document, log, told } = openLog(store);
    const map = document.getMap("m");
    map.set("before", 1);
    await log.durable();
    spawnSync("dd", ["if=/dev/zero", `of=${join(folder, "filler")}`, "bs=4096"]);
    map.set("during", "x".repeat(20_000));
    await expect(log.durable()).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(told).toEqual([["not saved", "STORE_FULL"]]);
    map.set("unseen", 1);
    map.delete("before");
    await expect(log.durable()).rejects.toMatchObject({ code: "STORE_FULL" });

    spawnSync("rm", [join(folder, "filler")]);
    await expect.poll(() => told).toHaveLength(2);
    expect(told[1]).toEqual(["saved again"]);
    await log.durable();
    expect(log.notSaved).toBeNull();
    expect(await storedKeys(store)).toEqual(["during", "unseen"]);
    map.set("after", 1);
    await log.durable();
    expect(await storedKeys(store)).toEqual(["after", "during", "unseen"]);
  });
});
