import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { storesOn } from "../contract/test-contract-stores.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { GIVE_UP_MS } from "./connections.ts";
import { DatabaseLink } from "./test-database-link.ts";
import { isSkipped, PostgresServer } from "./test-postgres-server.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_123);
const limits = { minCompactionBytes: 1e9 };

/** A number, in bytes that no Yjs document could be compacted from. */
const update = (number: number): Uint8Array => {
  const bytes = Buffer.alloc(8, 0xff);
  bytes.writeUInt32BE(number, 4);
  return bytes;
};

async function numbersIn(store: Store): Promise<number[]> {
  const stored = await store.updates.load("a");
  expect(stored?.damage ?? null).toBeNull();
  expect(stored?.lastSequence ?? 0).toBe(stored?.updates.length ?? 0);
  return (stored?.updates ?? []).map((bytes) => Buffer.from(bytes).readUInt32BE(4));
}

describe.skipIf(isSkipped)("a PostgreSQL server that fails", () => {
  const file = PostgresServer.forFile();
  let databaseUrl = "";
  const stores = storesOn(async () => {
    databaseUrl = await file.server.createDatabase();
    return (options) => openStore({ dataDir: "nowhere", databaseUrl, ...options });
  });

  /** Appends the numbers from `first` in pairs, with a record that says the last, until told. */
  function writeOn(store: Store, first: number, isOver: () => boolean) {
    const acknowledged: number[] = [];
    const refused: unknown[] = [];
    const done = (async () => {
      let next = first;
      const pending: Promise<void>[] = [];
      for (; !isOver(); next += 2) {
        const numbers = [next, next + 1];
        pending.push(
          store
            .commit([
              ...numbers.map((number) => ({
                type: "append" as const,
                name: "a",
                update: update(number),
              })),
              { type: "put", key: "last", value: update(next + 1) },
            ])
            .then(
              () => void acknowledged.push(...numbers),
              (error: unknown) => void refused.push(error),
            ),
        );
        await delay(1);
      }
      await Promise.all(pending);
      return next;
    })();
    return { acknowledged, refused, done };
  }

  it(`loses and doubles nothing when it is killed and restarted (SEED=${SEED})`, async () => {
    const store = await stores.open(limits);
    const acknowledged = new Set<number>();
    let refused = 0;
    let next = 0;
    for (let round = 0; round < 5; round++) {
      let isOver = false;
      const writing = writeOn(store, next, () => isOver);
      await expect.poll(() => writing.acknowledged.length).toBeGreaterThan(20);
      await delay((SEED * (round + 1)) % 37);
      const downSinceMs = performance.now();
      await file.server.kill();
      await file.server.start();
      const outageMs = performance.now() - downSinceMs;
      const before = writing.acknowledged.length;
      await expect.poll(() => writing.acknowledged.length).not.toBe(before);
      isOver = true;
      next = await writing.done;
      for (const number of writing.acknowledged) acknowledged.add(number);
      refused += writing.refused.length;
      if (outageMs < GIVE_UP_MS / 2) expect(writing.refused).toEqual([]);
      const found = await numbersIn(store);
      expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
      // What was refused may be there: whether it is was not known.
      expect(found.length - acknowledged.size).toBeLessThanOrEqual(refused * 2);
      expect([...acknowledged].filter((number) => !found.includes(number))).toEqual([]);
      expect(await store.records.get("last")).toEqual(update(next - 1));
    }
  });

  it("refuses in the end while it stays away, and is taken up again by itself", async () => {
    const store = await stores.open(limits);
    await store.updates.append("a", update(1));
    await file.server.kill();
    const unavailable = { code: "STORE_UNAVAILABLE" };
    await Promise.all([
      expect(store.updates.append("a", update(2))).rejects.toMatchObject(unavailable),
      expect(store.updates.load("a")).rejects.toMatchObject(unavailable),
      expect(store.records.get("a")).rejects.toMatchObject(unavailable),
    ]);
    await expect(store.probe()).rejects.toMatchObject(unavailable);
    expect(store.stats()).toMatchObject({ queuedOperations: 0, queuedBytes: 0 });
    await file.server.start();
    await expect.poll(() => store.probe().then(() => "saved", String)).toBe("saved");
    await store.updates.append("a", update(3));
    expect(await numbersIn(store)).toEqual([1, 3]);
    expect(stores.errors).toContain("a commit failed");
  });

  it("does not keep the store from closing while it is away", async () => {
    const store = await stores.open(limits);
    await store.updates.append("a", update(1));
    await file.server.kill();
    const late = store.updates.append("a", update(2));
    const closed = store.close();
    await expect(late).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await closed;
    await file.server.start();
    expect(await numbersIn(await stores.open(limits))).toEqual([1]);
  });

  it("loses and doubles nothing when its connections are cut again and again", async () => {
    const store = await stores.open(limits);
    let isOver = false;
    const writing = writeOn(store, 0, () => isOver);
    for (let cut = 0; cut < 40; cut++) {
      await file.server.query(
        databaseUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'boardwalk'`,
      );
      await delay(cut % 7);
    }
    isOver = true;
    const next = await writing.done;
    expect(writing.refused).toEqual([]);
    expect(await numbersIn(store)).toEqual(Array.from({ length: next }, (_, number) => number));
  });

  it("keeps once what was cut off in the middle of its transaction", async () => {
    const store = await stores.open(limits);
    await store.updates.append("a", update(1));
    // Someone else holds the document, so that the statement waits in the middle.
    const holding = file.server.query(
      databaseUrl,
      `DO $$ DECLARE is_cut boolean; BEGIN
         PERFORM 1 FROM boardwalk_documents FOR UPDATE;
         FOR attempt IN 1..2000 LOOP
           PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
           SELECT pg_terminate_backend(pid) INTO is_cut FROM pg_stat_activity
             WHERE application_name = 'boardwalk' AND wait_event_type = 'Lock';
           IF is_cut THEN RETURN; END IF;
         END LOOP;
         RAISE 'nobody waited for the document';
       END $$`,
    );
    const holders = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    await expect.poll(() => file.server.query(databaseUrl, holders)).not.toEqual([]);
    await store.commit([
      { type: "append", name: "a", update: update(2) },
      { type: "put", key: "k", value: update(2) },
    ]);
    await holding;
    expect(await numbersIn(store)).toEqual([1, 2]);
    expect(await store.records.get("k")).toEqual(update(2));
  });

  describe("across a network that fails", () => {
    async function openAcross(): Promise<{ link: DatabaseLink; store: Store }> {
      const link = await DatabaseLink.to(file.server.socketPath);
      onTestFinished(() => link.close());
      const name = new URL(databaseUrl).pathname.slice(1);
      const logger = { info: () => {}, warn: () => {}, error: () => {} };
      const options = { dataDir: "nowhere", databaseUrl: link.url(name), logger, limits };
      const store = await openStore(options);
      onTestFinished(() => store.close());
      await store.updates.append("a", update(1));
      return { link, store };
    }

    it("keeps once what was committed, and whose answer was lost", async () => {
      const { link, store } = await openAcross();
      const lost = link.loseAnswers();
      const appended = store.updates.append("a", update(2));
      await lost;
      link.cut();
      await appended;
      await store.updates.append("a", update(3));
      expect(await numbersIn(store)).toEqual([1, 2, 3]);
    });

    it("keeps once what did not arrive", async () => {
      const { link, store } = await openAcross();
      const held = link.holdRequests();
      const appended = store.updates.append("a", update(2));
      await held;
      link.cut();
      await appended;
      expect(await numbersIn(store)).toEqual([1, 2]);
    });

    it("keeps once what arrives only after it was sent again", async () => {
      const { link, store } = await openAcross();
      const held = link.holdRequests();
      const appended = store.commit([
        { type: "append", name: "a", update: update(2) },
        { type: "put", key: "k", value: update(2) },
      ]);
      await held;
      link.cut();
      await appended;
      await store.commit([{ type: "put", key: "k", value: update(3) }]);
      await link.deliverHeld();
      expect(await numbersIn(store)).toEqual([1, 2]);
      expect(await store.records.get("k")).toEqual(update(3));
    });

    it("deletes once, and not what was appended after", async () => {
      const { link, store } = await openAcross();
      const held = link.holdRequests();
      const deleted = store.updates.delete("a");
      await held;
      link.cut();
      await deleted;
      await store.updates.append("a", update(2));
      await link.deliverHeld();
      expect(await numbersIn(store)).toEqual([2]);
    });
  });
});
