import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { replay } from "../contract/test-contract-stores.ts";
import type { Store } from "../store.ts";
import { isSkipped } from "./test-postgres-server.ts";
import { PostgresStores } from "./test-postgres-stores.ts";

/** Flips one bit in the middle. */
const FLIPPED = "set_byte(bytes, length(bytes) / 2, get_byte(bytes, length(bytes) / 2) # 1)";

const numbers = (updates: readonly Uint8Array[] | undefined): number[] =>
  (updates ?? []).map((update) => update[0] ?? -1);

describe.skipIf(isSkipped)("damaged rows", () => {
  const home = new PostgresStores();
  const { stores } = home;
  const query = (text: string) => home.query(text);

  async function writeNumbers(count: number): Promise<Store> {
    const store = await stores.open();
    for (let number = 1; number <= count; number++) {
      await store.updates.append("a", Uint8Array.of(number, number, number));
    }
    await store.updates.append("b", Uint8Array.of(1));
    return store;
  }

  it("of updates are left out, reported and set aside, and the rest opens", async () => {
    const store = await writeNumbers(10);
    await query(`UPDATE boardwalk_updates SET bytes = ${FLIPPED} WHERE sequence IN (4, 10)`);
    const damage = {
      damagedSequences: [4, 10],
      missingSequences: [],
      snapshotLost: false,
      damagedBytes: 6,
    };
    for (let load = 0; load < 2; load++) {
      const stored = await store.updates.load("a");
      expect(numbers(stored?.updates)).toEqual([1, 2, 3, 5, 6, 7, 8, 9]);
      expect(stored).toMatchObject({ lastSequence: 10, damage });
      await store.settled(); // It has been set aside now.
    }
    expect(stores.errors).toContain("a document is damaged");
    expect(store.stats().damagedEntries).toBe(2);
    expect(
      await query("SELECT sequence::int, bytes FROM boardwalk_quarantine ORDER BY sequence"),
    ).toEqual([
      { sequence: 4, bytes: Buffer.of(4, 5, 4) },
      { sequence: 10, bytes: Buffer.of(10, 11, 10) },
    ]);
    await store.updates.append("a", Uint8Array.of(11));
    expect(await store.updates.load("a")).toMatchObject({ lastSequence: 11, damage });
    expect(await store.updates.load("b")).toMatchObject({ damage: null });
  });

  it("of updates are set aside once by two nodes", async () => {
    const one = await writeNumbers(5);
    const other = await stores.open();
    await query(`UPDATE boardwalk_updates SET bytes = ${FLIPPED} WHERE sequence = 3`);
    await Promise.all([one.updates.load("a"), other.updates.load("a")]);
    await Promise.all([one.settled(), other.settled()]);
    expect(await query("SELECT FROM boardwalk_quarantine")).toHaveLength(1);
  });

  it("are told when they are gone, or stand under another document", async () => {
    const store = await writeNumbers(9);
    await query(
      `UPDATE boardwalk_updates AS entry SET bytes = other.bytes, crc = other.crc
       FROM boardwalk_updates AS other WHERE entry.sequence = 3 AND other.document = (
         SELECT id FROM boardwalk_documents WHERE name = 'b')`,
    );
    await query("DELETE FROM boardwalk_updates WHERE sequence IN (1, 5, 6, 9)");
    expect((await store.updates.load("b"))?.damage?.missingSequences).toEqual([
      { first: 1, last: 1 },
    ]);
    expect((await store.updates.load("a"))?.damage).toMatchObject({
      damagedSequences: [3],
      missingSequences: [
        { first: 1, last: 1 },
        { first: 5, last: 6 },
        { first: 9, last: 9 },
      ],
    });
  });

  it("of a snapshot are set aside whole, and the log after it still opens", async () => {
    for (const harm of [
      `UPDATE boardwalk_snapshot_chunks SET bytes = ${FLIPPED} WHERE index = 1`,
      "DELETE FROM boardwalk_snapshot_chunks WHERE index = 1",
    ]) {
      const store = await stores.open({ minCompactionBytes: 500, snapshotChunkBytes: 200 });
      const document = new Y.Doc();
      const appends: Promise<void>[] = [];
      document.on("update", (update) => appends.push(store.updates.append("s", update)));
      for (let index = 0; index < 200; index++) document.getText("t").insert(0, "abc");
      await Promise.all(appends);
      await store.settled();
      const before = await store.updates.load("s");
      expect(before?.snapshotBytes).toBeGreaterThan(400);
      await query(harm);
      const stored = await store.updates.load("s");
      expect(stored?.snapshot).toBeNull();
      expect(stored?.updates).toHaveLength(before?.updates.length ?? -1);
      expect(stored?.damage).toMatchObject({ snapshotLost: true, missingSequences: [] });
      await store.settled();
      expect((await store.updates.load("s"))?.damage).toMatchObject({ snapshotLost: true });
      const [kept] = await query(
        "SELECT coalesce(sum(length(bytes)), 0)::int AS bytes FROM boardwalk_quarantine",
      );
      expect(kept).toEqual({ bytes: stored?.damage?.damagedBytes });
      await store.updates.append("s", Y.encodeStateAsUpdate(document));
      const healed = replay(await store.updates.load("s"))
        .getText("t")
        .toJSON();
      expect(healed).toBe(document.getText("t").toJSON());
      await store.updates.delete("s");
      await query("DELETE FROM boardwalk_quarantine");
      await store.close();
    }
  });

  it("of records are refused, and the others are listed", async () => {
    const store = await stores.open();
    await store.commit(
      ["one", "two"].map((key) => ({ type: "put", key, value: Uint8Array.of(1, 2, 3) })),
    );
    await query("UPDATE boardwalk_records SET value = '\\x010203ff' WHERE key = 'one'");
    await expect(store.records.get("one")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    const listed: string[] = [];
    for await (const [key] of store.records.entries("")) listed.push(key);
    expect(listed).toEqual(["two"]);
    expect(stores.errors).toEqual(["a record is damaged"]);
  });

  it("of versions are refused, and neither their document nor the others are touched", async () => {
    const store = await stores.open({ snapshotChunkBytes: 10 });
    await store.updates.append("a", Uint8Array.of(1));
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) {
      const content = Buffer.alloc(35, `content ${index}`);
      ids.push((await store.versions.put("a", content, Uint8Array.of(index))).id);
    }
    const [head, chunk, short] = ids.map(Number);
    const flipped = FLIPPED.replaceAll("bytes", "details");
    await query(`UPDATE boardwalk_versions SET details = ${flipped} WHERE id = ${head}`);
    await query(
      `UPDATE boardwalk_version_chunks SET bytes = ${FLIPPED} WHERE version = ${chunk} AND index = 1`,
    );
    await query(`DELETE FROM boardwalk_version_chunks WHERE version = ${short} AND index = 3`);
    expect((await store.versions.list("a")).map(({ id }) => id)).toEqual(ids.slice(1));
    for (const id of ids.slice(0, -1)) {
      await expect(store.versions.load("a", id)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    }
    const intact = await store.versions.load("a", ids.at(-1) ?? "");
    expect(Buffer.from(intact ?? []).toString()).toContain("content 3");
    expect((await store.updates.load("a"))?.damage).toBeNull();
    expect(store.stats().damagedEntries).toBe(4);
  });
});
