import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Store } from "../store.ts";
import { isSkipped } from "./test-postgres-server.ts";
import { PostgresStores } from "./test-postgres-stores.ts";

const NAMES = ["a", "b", "c"];
/** Short enough to lie in the table's own blocks, and enough of them that a block has one name's. */
const UPDATE_BYTES = 700;
const UPDATES = 40;

async function filled(store: Store): Promise<Map<string, Buffer[]>> {
  const content = new Map<string, Buffer[]>();
  for (const name of NAMES) {
    // No update of Yjs's begins like this: nothing is replayed, nothing compacted.
    const bytes = Array.from({ length: UPDATES }, () => randomBytes(UPDATE_BYTES));
    content.set(name, bytes);
    for (const update of bytes) await store.updates.append(name, update);
    await store.versions.put(name, bytes[0] ?? Buffer.of(), Buffer.from(name));
  }
  return content;
}

describe.skipIf(isSkipped)("a database that cannot read a block of its file", () => {
  const home = new PostgresStores();
  const { stores } = home;
  const query = (text: string) => home.query(text);

  /** The first block in which all updates are those of `name`. */
  async function blockOf(name: string): Promise<number> {
    const [row] = await query(
      `SELECT min(block) AS block FROM (
         SELECT (entry.ctid::text::point)[0]::int AS block
         FROM boardwalk_updates AS entry JOIN boardwalk_documents ON id = document
         GROUP BY block HAVING bool_and(name = '${name}')
       ) AS blocks`,
    );
    return Number(row?.["block"]);
  }

  it("refuses the document in it with a code, serves the others, and takes nothing for gone", async () => {
    const store = await stores.open({ minCompactionBytes: 1e9 });
    const content = await filled(store);
    const block = await blockOf("b");
    expect(block).toBeGreaterThan(0);
    const before = await query("SELECT count(*)::int AS rows FROM boardwalk_updates");
    // The store is open all the while, and not in use.
    await home.server.damageBlock(home.databaseUrl, "boardwalk_updates", block);

    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(store.updates.load("b")).rejects.toMatchObject({
        code: "STORE_DAMAGED",
        cause: { code: "XX001" },
      });
      await expect(store.versions.create("b", Buffer.of(1))).rejects.toMatchObject({
        code: "STORE_DAMAGED",
      });
      for (const name of ["a", "c"]) {
        const stored = await store.updates.load(name);
        expect(stored).toMatchObject({ damage: null });
        expect(stored?.updates).toEqual(content.get(name));
      }
      await store.settled();
    }
    const [version] = await store.versions.list("b");
    expect(await store.versions.load("b", version?.id ?? "")).toEqual(content.get("b")?.[0]);
    const names: string[] = [];
    for await (const name of store.updates.names()) names.push(name);
    expect(names).toEqual(NAMES);

    // All are written as before, that one too.
    for (const name of NAMES) {
      await store.updates.append(name, Buffer.from("later"));
    }
    expect((await store.updates.load("c"))?.updates.at(-1)).toEqual(Buffer.from("later"));
    const reopened = await stores.open({ minCompactionBytes: 1e9 });
    await expect(reopened.updates.load("b")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect((await reopened.updates.load("a"))?.updates).toHaveLength(UPDATES + 1);

    // Whoever looks after the database finds the rows where they were: nothing was deleted. A server
    // told to read the block all the same gives them, and our own checksum tells the one that is hit.
    await query("ALTER SYSTEM SET ignore_checksum_failure = on");
    await query("SELECT pg_reload_conf()");
    const after = await query("SELECT count(*)::int AS rows FROM boardwalk_updates");
    expect(after[0]?.["rows"]).toBe(Number(before[0]?.["rows"]) + NAMES.length);
    const told = await stores.open({ minCompactionBytes: 1e9 });
    const stored = await told.updates.load("b");
    expect(stored?.damage?.damagedSequences).toHaveLength(1);
    expect(stored?.updates).toHaveLength(UPDATES);
    await query("ALTER SYSTEM RESET ignore_checksum_failure");
    await query("SELECT pg_reload_conf()");
  });
});
