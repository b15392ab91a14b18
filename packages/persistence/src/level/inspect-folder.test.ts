import { chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { Inspected } from "../inspection.ts";
import { encodeFrame } from "./frame.ts";
import { inspectFolder } from "./inspect-folder.ts";
import { COMMIT_KEY, DocumentKeys, recordKey } from "./keys.ts";
import { storesForTests, withLevel } from "./test-stores.ts";

const stores = storesForTests();
const keys = new DocumentKeys("a");
/** A user without any rights. */
const NOBODY = 65534;

/** A folder with two documents, one of them compacted, two records and an asset. */
async function fill(): Promise<{ sha256: string }> {
  const store = await stores.open({ snapshotChunkBytes: 500, minCompactionBytes: 1000 });
  const document = new Y.Doc();
  const appends: Promise<void>[] = [];
  document.on("update", (update) => appends.push(store.updates.append("a", update)));
  for (let index = 0; index < 500; index++) document.getText("t").insert(index, "x");
  await Promise.all(appends);
  await store.settled();
  for (let index = 0; index < 5; index++) document.getText("t").insert(index, "y");
  await Promise.all(appends);
  await store.updates.append("b", Y.encodeStateAsUpdate(document));
  await store.commit(
    ["one", "two"].map((key) => ({ type: "put", key, value: Buffer.from(`value of ${key}`) })),
  );
  const picture = (async function* () {
    yield Buffer.alloc(100_000, 7);
  })();
  const { sha256 } = await store.assets.put(picture, { maxBytes: 1_000_000 });
  await store.close();
  return { sha256 };
}

async function inspect(dataDir = stores.dataDir): Promise<Inspected[]> {
  const inspected: Inspected[] = [];
  for await (const piece of inspectFolder(dataDir)) inspected.push(piece);
  return inspected;
}

function faultsOf(inspected: readonly Inspected[]): string[] {
  return inspected.flatMap((piece) =>
    piece.kind === "fault" ? [`${piece.subject}: ${piece.message}`] : [],
  );
}

async function damage(key: Uint8Array, work: (value: Uint8Array) => Uint8Array | null) {
  await withLevel(stores.dataDir, async (level) => {
    const value = await level.get(key);
    if (value === undefined) throw new Error("there is nothing to damage");
    const damaged = work(value);
    await (damaged === null ? level.del(key) : level.put(key, damaged));
  });
}

function flipped(value: Uint8Array): Uint8Array {
  const copy = Buffer.from(value);
  const at = copy.length >> 1;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Names, sizes and times of every file below, to see that nothing has been touched. */
async function listing(path: string): Promise<string[]> {
  const files = await readdir(path, { recursive: true });
  return Promise.all(
    files.sort().map(async (file) => {
      const { size, mtimeMs, ino } = await stat(join(path, file));
      return `${file} ${size} ${mtimeMs} ${ino}`;
    }),
  );
}

describe("inspecting a sound folder", () => {
  it("tells all that is there, finds no fault, and changes nothing", async () => {
    const { sha256 } = await fill();
    const before = await listing(stores.dataDir);
    const inspected = await inspect();
    expect(await listing(stores.dataDir)).toEqual(before);
    expect(faultsOf(inspected)).toEqual([]);
    const names = inspected.flatMap((piece) => (piece.kind === "document" ? [piece.name] : []));
    expect(names).toEqual(["a", "b"]);
    expect(inspected).toContainEqual({ kind: "asset", sha256, bytes: 100_000 });
    const records = inspected.flatMap((piece) =>
      piece.kind === "record" ? [`${piece.key}: ${Buffer.from(piece.value).toString()}`] : [],
    );
    expect(records).toEqual(["one: value of one", "two: value of two"]);
    const [first] = inspected.filter((piece) => piece.kind === "document");
    const document = new Y.Doc();
    for (const update of [first?.stored.snapshot, ...(first?.stored.updates ?? [])]) {
      if (update) Y.applyUpdate(document, update);
    }
    expect(document.getText("t").toJSON()).toBe("yyyyy" + "x".repeat(500));
  });

  it("reads what a killed process left in LevelDB's log, and leaves it there", async () => {
    const store = await stores.open();
    await store.updates.append("a", Y.encodeStateAsUpdate(new Y.Doc()));
    const copy = join(stores.folder, "copy");
    await cp(stores.dataDir, copy, { recursive: true });
    const before = await listing(copy);
    const inspected = await inspect(copy);
    expect(inspected.map(({ kind }) => kind)).toEqual(["document"]);
    expect(await listing(copy)).toEqual(before);
  });

  it("can be done on a folder that may only be read", async () => {
    await fill();
    const readOnly = async (mode: (isFolder: boolean) => number): Promise<void> => {
      for (const file of await readdir(stores.dataDir, { recursive: true, withFileTypes: true })) {
        await chmod(join(file.parentPath, file.name), mode(file.isDirectory()));
      }
    };
    await chmod(stores.folder, 0o755);
    await readOnly((isFolder) => (isFolder ? 0o555 : 0o444));
    const isRoot = process.getuid?.() === 0;
    // Nothing is read-only for root.
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      await expect(writeFile(join(stores.dataDir, "log", "LOCK"), "")).rejects.toThrow("EACCES");
      expect(faultsOf(await inspect())).toEqual([]);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await readOnly((isFolder) => (isFolder ? 0o755 : 0o644));
    }
  });
});

describe("inspecting a damaged folder", () => {
  const cases: [string, () => Promise<void>, RegExp][] = [
    ["an update", () => damage(keys.entry(504), flipped), /^document a: damaged: update 504, /],
    [
      "a lost update",
      () => damage(keys.entry(503), () => null),
      /^document a: missing: update 503$/,
    ],
    [
      "a record",
      () => damage(recordKey("two"), flipped),
      /^record two: its \d+ bytes are damaged$/,
    ],
    ["the commit number", () => damage(COMMIT_KEY, flipped), /^the commit number: /],
    [
      "a piece of a snapshot",
      async () => damage(keys.chunk(await generation(), 0), flipped),
      /^document a: its snapshot is lost/,
    ],
    [
      "a head",
      async () => damage(keys.head(await generation()), flipped),
      /^document a: its snapshot is lost/,
    ],
    [
      "a value under another's key",
      async () => {
        const value = encodeFrame(recordKey("one"), "record", Buffer.from("1"));
        await damage(recordKey("two"), () => value);
      },
      /^record two: /,
    ],
    [
      "keys of no version",
      () => withLevel(stores.dataDir, (level) => level.put(Buffer.from("z"), Buffer.from("1"))),
      /^space 122 of the database: holds 1 keys that no version writes$/,
    ],
  ];
  it.each(cases)("finds %s, and nothing else", async (_what, injure, told) => {
    await fill();
    await injure();
    const faults = faultsOf(await inspect());
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(told);
  });

  it("finds a changed asset", async () => {
    const { sha256 } = await fill();
    const path = join(stores.dataDir, "assets", sha256.slice(0, 2), sha256);
    await writeFile(path, flipped(await readFile(path)));
    expect(faultsOf(await inspect())).toEqual([
      `asset ${sha256}: its 100000 bytes are not those it is named by`,
    ]);
  });

  it("tells what was set aside earlier, and that the update is still missed", async () => {
    await fill();
    await damage(keys.entry(502), flipped);
    const store = await stores.open();
    await store.updates.load("a");
    await store.settled();
    await store.close();
    const inspected = await inspect();
    expect(faultsOf(inspected)).toHaveLength(1);
    const notes = inspected.flatMap((piece) =>
      piece.kind === "note" ? [`${piece.subject}: ${piece.message}`] : [],
    );
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain("quarantine: 1 damaged values");
  });

  it("finds a table that was cut", async () => {
    await fill();
    // An opening writes what is in the log to a table.
    await withLevel(stores.dataDir, async () => {});
    const tables = (await readdir(join(stores.dataDir, "log"))).filter((file) =>
      file.endsWith(".ldb"),
    );
    const table = join(stores.dataDir, "log", tables[0] ?? "");
    const bytes = await readFile(table);
    await writeFile(table, bytes.fill(0, 1000, 3000));
    const told = await inspect().then(faultsOf, (error: unknown) => [String(error)]);
    expect(told.length).toBeGreaterThan(0);
  });
});

describe("what cannot be inspected", () => {
  it.each(["nowhere", "empty"])("is refused: %s", async (name) => {
    const path = join(stores.folder, name);
    if (name === "empty") await mkdir(path);
    await expect(inspect(path)).rejects.toMatchObject({ code: "STORE_ABSENT" });
  });

  it("is refused while this process has it open", async () => {
    await stores.open();
    await expect(inspect()).rejects.toMatchObject({ code: "STORE_LOCKED" });
  });

  it("is refused where a later version wrote it", async () => {
    await fill();
    const format = { kind: "boardwalk-store", format: 99 };
    await writeFile(join(stores.dataDir, "format.json"), JSON.stringify(format));
    await expect(inspect()).rejects.toMatchObject({ code: "STORE_FORMAT" });
  });

  it("is called damaged where the database is gone", async () => {
    await fill();
    await rm(join(stores.dataDir, "log"), { recursive: true });
    await expect(inspect()).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });
});

/** The generation of document `a`'s snapshot. */
async function generation(): Promise<number> {
  return withLevel(stores.dataDir, async (level) => {
    const [last] = await level.keys({ ...keys.heads(), reverse: true, limit: 1 }).all();
    const parsed = last === undefined ? null : keys.parse(last);
    if (parsed?.kind !== "head") throw new Error("there is no head");
    return parsed.generation;
  });
}
