import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { Inspected } from "../inspection.ts";
import { inspectDatabase } from "./inspect-database.ts";
import { isSkipped } from "./test-postgres-server.ts";
import { PostgresStores } from "./test-postgres-stores.ts";

/** Flips one bit in the middle. */
const flipped = (column: string): string =>
  `${column} = set_byte(${column}, length(${column}) / 2, get_byte(${column}, length(${column}) / 2) # 1)`;

describe.skipIf(isSkipped)("inspecting a database", () => {
  const home = new PostgresStores();
  const { stores } = home;
  const query = (text: string) => home.query(text);

  async function fill(): Promise<void> {
    const store = await stores.open();
    const doc = new Y.Doc();
    for (const name of ["a", "b"]) {
      doc.getText("t").insert(0, `text of ${name}, `);
      await store.updates.append(name, Y.encodeStateAsUpdate(doc));
      await store.updates.append(name, Y.encodeStateAsUpdate(doc));
    }
    await store.versions.create("a", Buffer.from("details"));
    await store.commit(
      Array.from({ length: 450 }, (_, index) => ({
        type: "put",
        key: `record/${index}`,
        value: Buffer.from("value"),
      })),
    );
    const bytes = (async function* () {
      yield Buffer.alloc(1_200_000, 1);
    })();
    await store.assets.put(bytes, { maxBytes: 2_000_000 });
  }

  async function inspect(): Promise<Inspected[]> {
    const inspected: Inspected[] = [];
    for await (const piece of inspectDatabase(home.databaseUrl)) inspected.push(piece);
    return inspected;
  }

  async function faults(): Promise<string[]> {
    return (await inspect()).flatMap((piece) =>
      piece.kind === "fault" ? [`${piece.subject}: ${piece.message}`] : [],
    );
  }

  it("tells all that is there, while a store has it open, and finds no fault", async () => {
    await fill();
    const kinds = new Map<string, number>();
    for (const { kind } of await inspect()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(kinds)).toEqual({ document: 2, version: 1, record: 450, asset: 1 });
  });

  it.each([
    ["an update", "UPDATE boardwalk_updates SET %bytes WHERE sequence = 2", 2, /^document a: dam/],
    [
      "a lost update",
      "DELETE FROM boardwalk_updates WHERE sequence = 1",
      2,
      /^document a: missing/,
    ],
    ["a version", "UPDATE boardwalk_version_chunks SET %bytes", 1, /^version \d+ of document a: /],
    ["a version's details", "UPDATE boardwalk_versions SET %details", 1, /^version \d+ of doc/],
    [
      "a record",
      "UPDATE boardwalk_records SET %value WHERE key = 'record/7'",
      1,
      /^record record\/7/,
    ],
    [
      "an asset",
      "UPDATE boardwalk_asset_chunks SET %bytes WHERE index = 1",
      1,
      /^asset [0-9a-f]{64}: /,
    ],
  ])("finds %s, and nothing else", async (_what, statement, count, told) => {
    await fill();
    await query(statement.replace(/%(\w+)/, (_match, column: string) => flipped(column)));
    const found = await faults();
    expect(found).toHaveLength(count);
    expect(found[0]).toMatch(told);
  });

  it("refuses a database that is empty, of another version, or not there", async () => {
    await fill();
    await query("INSERT INTO boardwalk_migrations (number) VALUES (99)");
    await expect(inspect()).rejects.toMatchObject({ code: "STORE_FORMAT" });
    home.databaseUrl = await home.server.createDatabase();
    await expect(inspect()).rejects.toMatchObject({ code: "STORE_ABSENT" });
    home.databaseUrl = "postgres://nobody@127.0.0.1:1/nothing";
    await expect(inspect()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
