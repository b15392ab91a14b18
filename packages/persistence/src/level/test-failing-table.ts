import { randomBytes } from "node:crypto";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { errnoOf } from "../store-error.ts";
import type { Level } from "./database.ts";
import { LevelStore } from "./level-store.ts";

// Run by disk-faults.test.ts in a process that cannot read the table that `trigger` names: each in
// turn, of a store that the others did not touch.
const [folder, trigger] = process.argv.slice(2);
if (folder === undefined || trigger === undefined) throw new Error("usage: folder trigger");
const dataDir = join(folder, "data");
const logPath = join(dataDir, "log");

/** What is printed of each table; in place of what could not be read, the code of the error. */
export type FailingTable = {
  readonly table: string;
  /** How many of each document's updates, and of the records, are in it. */
  readonly updatesInTable: readonly number[];
  readonly recordsInTable: number;
  /** What came of an opening, and what was done then; null where it was refused. */
  readonly opened: unknown;
  readonly failing: Outcomes | null;
  readonly after: Outcomes;
  /** What the store has set aside as damaged. */
  readonly setAside: readonly string[];
};
type Outcomes = {
  /** Of each document, how many changes it has beyond its updates, all of which are as they were. */
  readonly loaded: readonly unknown[];
  /** Whether each document could be changed, after that. */
  readonly appended: readonly unknown[];
  readonly names: unknown;
  readonly records: unknown;
  readonly damagedEntries: number;
};

const logger = { info: () => {}, warn: () => {}, error: () => {} };
const limits = { minCompactionBytes: 1e9 };
/** Three of them fill a table. */
const VALUE_BYTES = 700_000;
/** Of several pages and several tables. */
const RECORDS = 600;
const RECORD_BYTES = 10_000;
const valuesOf = (length: number, bytes = VALUE_BYTES): Buffer[] =>
  Array.from({ length }, () => randomBytes(bytes));
/** Documents that are in one table beside others, that begin or end in one, that take several. */
const documents = [1, 3, 1, 7, 1, 1, 4, 1].map((length) => valuesOf(length));
const records = valuesOf(RECORDS, RECORD_BYTES);
const change = Uint8Array.of(0, 0);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : String(error);

async function withStore<T>(work: (store: LevelStore) => Promise<T>): Promise<T> {
  const store = await LevelStore.open({ dataDir, logger, limits });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function load(store: LevelStore, name: string, values: readonly Buffer[]): Promise<number> {
  const stored = await store.updates.load(name);
  const updates = stored?.updates ?? [];
  const isWhole = values.every((value, index) => value.equals(updates[index] ?? change));
  if (!isWhole || stored?.damage !== null) throw new Error(`${name} is not as it was`);
  return updates.length - values.length;
}

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const _ of items) found += 1;
  return found;
}

async function use(store: LevelStore): Promise<Outcomes> {
  const names = await countOf(store.updates.names()).catch(codeOf);
  const found = await countOf(store.records.entries("")).catch(codeOf);
  const loaded: unknown[] = [];
  const appended: unknown[] = [];
  for (const [index, values] of documents.entries()) {
    // Before it is read: what it has to be numbered is looked for by itself.
    appended.push(await store.updates.append(`name ${index}`, change).then(() => true, codeOf));
    loaded.push(await load(store, `name ${index}`, values).catch(codeOf));
  }
  const { damagedEntries } = store.stats();
  return { loaded, appended, names, records: found, damagedEntries };
}

async function setAside(): Promise<string[]> {
  return readdir(join(dataDir, "set-aside")).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  });
}

await withStore(async (store) => {
  for (const [index, values] of documents.entries()) {
    for (const value of values) await store.updates.append(`name ${index}`, value);
  }
  await store.commit(
    records.map((value, index) => ({ type: "put", key: `key ${index}`, value }) as const),
  );
});
const level: Level = new ClassicLevel(logPath, { keyEncoding: "view", valueEncoding: "view" });
await level.open();
await level.compactRange(Uint8Array.of(0), Uint8Array.of(255));
await level.close();
const pristine = join(folder, "pristine");
await cp(dataDir, pristine, { recursive: true });

const found: FailingTable[] = [];
for (const table of (await readdir(logPath)).filter((file) => file.endsWith(".ldb")).sort()) {
  await rm(dataDir, { recursive: true });
  await cp(pristine, dataDir, { recursive: true });
  const bytes = await readFile(join(logPath, table));
  const inTable = (values: readonly Buffer[]): number =>
    values.filter((value) => bytes.includes(value.subarray(0, 100))).length;
  await writeFile(trigger, table);
  let failing: Outcomes | null = null;
  const opened = await withStore(async (store) => {
    failing = await use(store);
    return "opened";
  }).catch(codeOf);
  await rm(trigger);
  found.push({
    table,
    updatesInTable: documents.map(inTable),
    recordsInTable: inTable(records),
    opened,
    failing,
    after: await withStore(use),
    setAside: await setAside(),
  });
}
process.stdout.write(JSON.stringify(found));
