import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import * as Y from "yjs";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { replay, storesOn } from "./test-contract-stores.ts";
import { randomFrom } from "./test-random.ts";

const WRITER = fileURLToPath(new URL("./test-killed-writer.ts", import.meta.url));
const ROUNDS = 10;
const LONGEST_LIFE_MS = 350;
/** What a life has come to, at least, when its last moments begin. */
const LIVES_UNTIL = ["saved", "compactions", "made", "deleted", "putting"] as const;
const SEED = Number(process.env["SEED"] ?? 20_261_123);

/** Where a process of its own can open a store. */
export type ProcessHome = {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  /** Waits for what a killed process may have left under way outside it. */
  afterDeath(): Promise<void>;
};

/** What a writer said is on disk. */
type Acknowledged = {
  /** The last change of each document. */
  readonly saved: Map<string, number>;
  /** Versions by document and id, with the number that each was made at. */
  readonly versions: Map<string, number>;
  /** Versions whose deletion was asked for: they may be there or not. */
  readonly deleting: Set<string>;
  readonly deleted: Set<string>;
  /** Whole documents that were put, and whether that was acknowledged. */
  readonly put: Map<string, boolean>;
};

/**
 * Lets a writer live for a while after the first time it says `after`; returns its number of
 * compactions.
 */
async function killWriter(
  { dataDir, databaseUrl }: ProcessHome,
  lifeMs: number,
  after: (typeof LIVES_UNTIL)[number],
  acknowledged: Acknowledged,
): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, dataDir, databaseUrl ?? ""], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(writer, "exit");
  const lines = createInterface(writer.stdout);
  const ended = once(lines, "close");
  let compactions = 0;
  let dying = false;
  lines.on("line", (line) => {
    const [what = "", name = "", id = "", number = ""] = line.split(" ");
    if (what === "compactions") compactions = Number(name);
    if (what === "saved") acknowledged.saved.set(name, Number(id));
    if (what === "made") acknowledged.versions.set(`${name} ${id}`, Number(number));
    if (what === "deleting") acknowledged.deleting.add(`${name} ${id}`);
    if (what === "deleted") acknowledged.deleted.add(`${name} ${id}`);
    if (what === "putting") acknowledged.put.set(name, false);
    if (what === "put") acknowledged.put.set(name, true);
    if (dying || what !== after || (what === "compactions" && compactions === 0)) return;
    dying = true;
    setTimeout(() => writer.kill("SIGKILL"), lifeMs);
  });
  await exited;
  await ended;
  expect(writer.signalCode).toBe("SIGKILL"); // It did not end for a reason of its own.
  return compactions;
}

/** Those that were acknowledged are there, those deleted are not, and all there are are whole. */
async function checkVersions(
  store: Store,
  name: string,
  { versions, deleting, deleted }: Acknowledged,
): Promise<void> {
  const found = new Set<string>();
  for (const { id, details } of await store.versions.list(name)) {
    const key = `${name} ${id}`;
    found.add(key);
    expect(deleted).not.toContain(key);
    const document = new Y.Doc();
    Y.applyUpdate(document, (await store.versions.load(name, id)) ?? Uint8Array.of());
    const number = document.getMap<number>("m").get("number");
    expect(number).toBeGreaterThanOrEqual(Number(Buffer.from(details)));
    // One whose making was not acknowledged may have come to be all the same.
    versions.set(key, versions.get(key) ?? 0);
  }
  for (const key of versions.keys()) {
    if (!key.startsWith(`${name} `) || deleting.has(key)) continue;
    expect(found).toContain(key);
  }
}

/** Those that were acknowledged are there; of the others all or nothing is. */
async function checkPut(store: Store, { put }: Acknowledged): Promise<void> {
  for (const [name, isAcknowledged] of put) {
    const stored = await store.updates.load(name);
    expect(stored?.damage ?? null).toBeNull();
    const number = Number(name.split("/")[1]);
    const document = replay(stored);
    const found = [document.getMap("m").get("number"), document.getText("t").toJSON()];
    const isThere = isAcknowledged || found[0] !== undefined;
    expect(found).toEqual(isThere ? [number, `${number} `.repeat(100)] : [undefined, ""]);
  }
}

/** A test that what was acknowledged outlives the process, whenever that is killed. */
export function itOutlivesKills(newHome: () => Promise<ProcessHome>): void {
  let home: ProcessHome;
  const stores = storesOn(async () => {
    home = await newHome();
    const { dataDir, databaseUrl } = home;
    return (options) => openStore({ dataDir, databaseUrl, ...options });
  });

  it(`keeps all that was acknowledged before a SIGKILL (SEED=${SEED})`, async () => {
    const random = randomFrom(SEED);
    const acknowledged: Acknowledged = {
      saved: new Map(),
      versions: new Map(),
      deleting: new Set(),
      deleted: new Set(),
      put: new Map(),
    };
    let compactions = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const after = LIVES_UNTIL[round % LIVES_UNTIL.length] ?? "saved";
      compactions += await killWriter(home, random() * LONGEST_LIFE_MS, after, acknowledged);
      await home.afterDeath();
      const store = await stores.open({ minCompactionBytes: 600, snapshotChunkBytes: 50 });
      for (const [name, last] of acknowledged.saved) {
        const stored = await store.updates.load(name);
        expect(stored?.damage).toBeNull();
        const document = replay(stored);
        const written = Number(Buffer.from((await store.records.get(`last/${name}`)) ?? []));
        // At least what was acknowledged was written, and all of one commit or nothing of it. No
        // update before the last is missing: those after it would be waiting.
        expect(written).toBeGreaterThanOrEqual(last);
        expect(document.getMap("m").toJSON()).toEqual({ number: written });
        expect(document.store.pendingStructs).toBeNull();
        acknowledged.saved.set(name, written);
        await checkVersions(store, name, acknowledged);
      }
      await checkPut(store, acknowledged);
      // Now and then the restart also gets to finish what the last process had begun.
      if (random() < 0.5) await store.settled();
      await store.close();
    }
    expect(stores.errors).toEqual([]);
    expect(acknowledged.saved.size).toBe(5);
    const lives = ROUNDS / LIVES_UNTIL.length;
    expect(acknowledged.versions.size).toBeGreaterThanOrEqual(lives);
    expect(acknowledged.deleted.size).toBeGreaterThanOrEqual(lives);
    expect(compactions).toBeGreaterThanOrEqual(lives);
    expect(acknowledged.put.size).toBeGreaterThanOrEqual(lives);
  });
}
