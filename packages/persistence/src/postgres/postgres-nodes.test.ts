import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { replay, storesOn } from "../contract/test-contract-stores.ts";
import { openStore } from "../open-store.ts";
import { newCounters } from "../store-counters.ts";
import type { Store } from "../store.ts";
import { Connections } from "./connections.ts";
import { migrate, MIGRATIONS } from "./migrations.ts";
import { checksum } from "./statement.ts";
import { isSkipped, PostgresServer } from "./test-postgres-server.ts";

const logger = { info: () => {}, warn: () => {}, error: () => {} };

describe.skipIf(isSkipped)("a database of several nodes", () => {
  const file = PostgresServer.forFile();
  let databaseUrl = "";
  const stores = storesOn(async () => {
    databaseUrl = await file.server.createDatabase();
    return (options) => openStore({ dataDir: "nowhere", databaseUrl, ...options });
  });
  const openNodes = (count: number, limits = {}): Promise<Store[]> =>
    Promise.all(Array.from({ length: count }, () => stores.open(limits)));
  const query = (text: string, values: unknown[] = []) =>
    file.server.query(databaseUrl, text, values);
  const migrationsRun = async (): Promise<unknown[]> =>
    (await query("SELECT number FROM boardwalk_migrations ORDER BY number")).map(
      ({ number }) => number,
    );

  it("is made ready once by nodes that start at once on an empty one", async () => {
    const nodes = await openNodes(6);
    for (const [index, node] of nodes.entries()) {
      await node.updates.append("a", Uint8Array.of(index));
    }
    for (const node of nodes) {
      expect(await node.updates.load("a")).toMatchObject({ lastSequence: 6, damage: null });
    }
    expect(await migrationsRun()).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it("is migrated once by nodes that start at once, from whatever schema there is", async () => {
    await (await stores.open()).close();
    const next = [...MIGRATIONS, "CREATE TABLE boardwalk_next (); SELECT pg_sleep(0.2)"];
    const node = async (): Promise<void> => {
      const connections = new Connections(databaseUrl, newCounters(), logger);
      await connections.alone((client) => migrate(client, next));
      await connections.close();
    };
    await Promise.all([node(), node(), node()]);
    expect(await migrationsRun()).toEqual(next.map((_, index) => index + 1));
    await expect(stores.open()).rejects.toMatchObject({ code: "STORE_FORMAT" });
    await expect(stores.open()).rejects.toThrow(
      `schema ${next.length}; this version knows up to ${MIGRATIONS.length}`,
    );
  });

  it("keeps what schema 1 held", async () => {
    const connections = new Connections(databaseUrl, newCounters(), logger);
    await connections.alone((client) => migrate(client, MIGRATIONS.slice(0, 1)));
    await connections.close();
    const [name, update] = [Buffer.from("a"), Buffer.of(0, 0)];
    await query(
      `WITH document AS (
         INSERT INTO boardwalk_documents (name, last_sequence, log_bytes) VALUES ($1, 1, 2)
         RETURNING id
       ) INSERT INTO boardwalk_updates (document, sequence, crc, bytes)
         SELECT id, 1, $2, $3 FROM document`,
      [name, checksum(name, update), update],
    );
    const store = await stores.open();
    expect(await store.updates.load("a")).toMatchObject({ lastSequence: 1, damage: null });
    expect(await store.versions.create("a", new Uint8Array())).toMatchObject({ bytes: 2 });
  });

  it("is left as it was when a migration fails", async () => {
    const connections = new Connections(databaseUrl, newCounters(), logger);
    const broken = [...MIGRATIONS, "CREATE TABLE boardwalk_next (); SELECT 1 / 0"];
    const migration = connections.alone((client) => migrate(client, broken));
    await expect(migration).rejects.toThrow("division by zero");
    await connections.close();
    expect(await query("SELECT FROM pg_tables WHERE tablename LIKE 'boardwalk%'")).toEqual([]);
    await stores.open();
  });

  it("numbers what they append to one document at once without gaps, each in its order", async () => {
    const nodes = await openNodes(3, { minCompactionBytes: 1e9 });
    const rounds = 40;
    await Promise.all(
      nodes.map(async (node, writer) => {
        for (let round = 0; round < rounds; round++) {
          await Promise.all(
            [0, 1, 2].map((step) =>
              node.commit([
                { type: "append", name: "a", update: Uint8Array.of(writer, round * 3 + step) },
                { type: "append", name: `own ${writer}`, update: Uint8Array.of(round) },
                { type: "put", key: `${(writer + step) % 3}`, value: Uint8Array.of(round) },
              ]),
            ),
          );
        }
      }),
    );
    const count = nodes.length * rounds * 3;
    for (const node of nodes) {
      const stored = await node.updates.load("a");
      expect(stored).toMatchObject({ lastSequence: count, damage: null });
      expect(stored?.updates).toHaveLength(count);
      for (const writer of nodes.keys()) {
        const own = stored?.updates.filter((update) => update[0] === writer);
        expect(own?.map((update) => update[1])).toEqual([...Array(rounds * 3).keys()]);
      }
      expect(node.stats().failedCommits).toBe(0);
    }
  });

  it("is not brought to a halt by documents written in opposite orders", async () => {
    const nodes = await openNodes(2, { minCompactionBytes: 1e9 });
    const names = Array.from({ length: 50 }, (_, index) => `board ${index}`);
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        nodes.map((node, index) => {
          const order = index === 0 ? names : names.toReversed();
          return node.commit(
            order.flatMap((name) => [
              { type: "append", name, update: Uint8Array.of(round) },
              { type: "put", key: name, value: Uint8Array.of(round) },
            ]),
          );
        }),
      );
    }
    for (const name of names) {
      expect(await nodes[0]?.updates.load(name)).toMatchObject({ lastSequence: 40, damage: null });
    }
    for (const node of nodes) await node.close(); // A session that ends reports its numbers.
    const deadlocks =
      "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()";
    expect(await query(deadlocks)).toEqual([{ deadlocks: 0 }]);
  });

  it("keeps all that they write while they compact one document at once", async () => {
    const nodes = await openNodes(3, { minCompactionBytes: 400, snapshotChunkBytes: 150 });
    const people = nodes.map(() => new Y.Doc());
    await Promise.all(
      nodes.map(async (node, index) => {
        const person = people[index];
        const appends: Promise<void>[] = [];
        person?.on("update", (update) => appends.push(node.updates.append("a", update)));
        for (let round = 0; round < 60; round++) {
          person?.getArray("l").push([`${index}.${round}`]);
          person?.getMap("m").set(`k${round % 5}`, round);
          await Promise.all(appends.splice(0));
          if (round % 10 === 0) expect((await node.updates.load("a"))?.damage).toBeNull();
        }
      }),
    );
    await Promise.all(nodes.map((node) => node.settled()));
    const merged = new Y.Doc();
    for (const person of people) Y.applyUpdate(merged, Y.encodeStateAsUpdate(person));
    for (const node of nodes) {
      const stored = await node.updates.load("a");
      expect(stored).toMatchObject({ lastSequence: nodes.length * 120, damage: null });
      expect(replay(stored).getArray("l").toJSON()).toEqual(merged.getArray("l").toJSON());
      expect(replay(stored).getMap("m").toJSON()).toEqual(merged.getMap("m").toJSON());
      expect(node.stats()).toMatchObject({ failedCompactions: 0, failedCommits: 0 });
    }
    const compactions = nodes.reduce((sum, node) => sum + node.stats().compactions, 0);
    expect(compactions).toBeGreaterThan(2);
    await Promise.all(nodes.map((node) => node.settled()));
    // Whatever compactions were overtaken, only the snapshot in use is left once one more is done.
    const [left] = await query(
      `SELECT count(DISTINCT generation)::int AS generations FROM boardwalk_snapshot_chunks`,
    );
    expect(left).toEqual({ generations: 1 });
  });

  it("gives way to a deletion by another node", async () => {
    const [one, other] = await openNodes(2, { minCompactionBytes: 200, snapshotChunkBytes: 20 });
    const document = new Y.Doc();
    const appends: Promise<void>[] = [];
    document.on("update", (update) => appends.push((one as Store).updates.append("a", update)));
    for (let index = 0; index < 2000; index++) document.getArray("l").push([index]);
    await Promise.all(appends);
    await other?.updates.delete("a"); // With the compaction just begun.
    await one?.settled();
    expect(await one?.updates.load("a")).toBeNull();
    expect(one?.stats().failedCompactions).toBe(0);
    for (const table of ["documents", "updates", "snapshot_chunks"]) {
      expect(await query(`SELECT FROM boardwalk_${table}`)).toEqual([]);
    }
  });

  it("leaves a document to the node that has claimed it, until that has died over it", async () => {
    const node = await stores.open({ minCompactionBytes: 1e9 });
    const document = new Y.Doc();
    const appends: Promise<void>[] = [];
    document.on("update", (update) => appends.push(node.updates.append("a", update)));
    for (let index = 0; index < 1100; index++) document.getMap("m").set("k", index);
    await Promise.all(appends);
    // As a node that was killed in the middle of a compaction leaves it.
    await query(
      `UPDATE boardwalk_documents SET claimed_generation = nextval('boardwalk_generations'),
         claimed_until = now() + interval '1 minute'`,
    );
    await query(
      `INSERT INTO boardwalk_snapshot_chunks (document, generation, index, bytes)
       SELECT id, claimed_generation, 0, 'half' FROM boardwalk_documents`,
    );
    expect((await node.updates.load("a"))?.updates).toHaveLength(1100);
    await node.settled();
    expect(node.stats()).toMatchObject({ compactions: 0, failedCompactions: 0 });

    await query("UPDATE boardwalk_documents SET claimed_until = now()");
    expect((await node.updates.load("a"))?.updates).toHaveLength(1100);
    await node.settled();
    expect(node.stats()).toMatchObject({ compactions: 1, failedCompactions: 0 });
    const stored = await node.updates.load("a");
    expect(stored).toMatchObject({ updates: [], lastSequence: 1100, damage: null });
    expect(replay(stored).getMap("m").toJSON()).toEqual({ k: 1099 });
    expect(await query("SELECT FROM boardwalk_snapshot_chunks WHERE bytes = 'half'")).toEqual([]);
  });

  it("shows assets of one to the others", async () => {
    const [one, other] = await openNodes(2);
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a picture");
    }
    const put = await one?.assets.put(source(), { maxBytes: 100 });
    expect(await other?.assets.open(put?.sha256 ?? "")).toMatchObject({ bytes: 9 });
  });

  it("is freed of what died with its node, and of nothing else", async () => {
    const node = await stores.open();
    await query(
      "INSERT INTO boardwalk_assets (begun_at) VALUES (now() - interval '2 days'), (now())",
    );
    await query(
      `INSERT INTO boardwalk_writers (id, epoch, committed, seen_at)
       VALUES (gen_random_uuid(), 1, 1, now() - interval '2 days')`,
    );
    await stores.open();
    expect(await query("SELECT FROM boardwalk_assets")).toHaveLength(1);
    expect(await query("SELECT FROM boardwalk_writers")).toHaveLength(2);
    // Also a node that lives, but has not written for long, goes on.
    await query("DELETE FROM boardwalk_writers");
    await node.updates.append("a", Uint8Array.of(1));
    await node.updates.append("a", Uint8Array.of(2));
    expect(await node.updates.load("a")).toMatchObject({ lastSequence: 2, damage: null });
  });

  it("syncs commits to disk where its default is not to", async () => {
    const [{ name } = { name: "" }] = await query("SELECT current_database() AS name");
    await query(`ALTER DATABASE ${String(name)} SET synchronous_commit = off`);
    const connections = new Connections(databaseUrl, newCounters(), logger);
    const setting = "SELECT current_setting('synchronous_commit') AS setting";
    expect(await connections.write(setting, [])).toEqual([{ setting: "on" }]);
    expect(await connections.read(setting, [])).toEqual([{ setting: "on" }]);
    await connections.close();
  });
});

describe.skipIf(isSkipped)("opening a database", () => {
  const file = PostgresServer.forFile();
  const open = (databaseUrl: string): Promise<Store> =>
    openStore({ dataDir: "nowhere", databaseUrl, logger });

  it("is refused where nobody answers", async () => {
    const opening = open("postgres://me:secret@127.0.0.1:1/boards");
    await expect(opening).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(opening).rejects.toThrow("the database boards on 127.0.0.1:1 cannot be opened");
    await expect(opening).rejects.not.toThrow("secret");
  });

  it("is refused where there is no such database or user, or no right", async () => {
    const url = await file.server.createDatabase();
    const name = new URL(url).pathname.slice(1);
    await file.server.query(url, "CREATE ROLE nobody LOGIN");
    for (const wrong of [
      file.server.url("no_such_database"),
      file.server.url(name, "no_such_user"),
      file.server.url(name, "nobody"),
    ]) {
      await expect(open(wrong)).rejects.toMatchObject({ code: "STORE_UNWRITABLE" });
    }
  });
});
