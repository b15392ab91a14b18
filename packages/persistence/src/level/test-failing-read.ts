import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import type { Level } from "./database.ts";
import { LevelStore } from "./level-store.ts";

// Run by disk-faults.test.ts in a process that cannot read tables while `trigger` exists.
const [dataDir, trigger] = process.argv.slice(2);
if (dataDir === undefined || trigger === undefined) throw new Error("usage: dataDir trigger");

/** What is printed; in place of what could not be read, the code of the error. */
export type FailingRead = {
  /** What came of an opening. */
  readonly openedFailing: unknown;
  readonly failing: Outcomes;
  readonly after: Outcomes;
  readonly damagedEntries: number;
};
type Outcomes = {
  readonly documents: unknown[];
  readonly records: unknown[];
  readonly versions: unknown;
  readonly names: unknown;
};

const logger = { info: () => {}, warn: () => {}, error: () => {} };
const limits = { minCompactionBytes: 1e9 };
/** Of a megabyte each: enough for tables that an opening has no need to look into. */
const names = Array.from({ length: 12 }, (_, index) => `name ${10 + index}`);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : String(error);

async function withStore<T>(work: (store: LevelStore) => Promise<T>): Promise<T> {
  const store = await LevelStore.open({ dataDir: dataDir ?? "", logger, limits });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function countNames(store: LevelStore): Promise<number> {
  let count = 0;
  for await (const _ of store.updates.names()) count += 1;
  return count;
}

await withStore(async (store) => {
  for (const name of names) {
    const value = randomBytes(1024 * 1024);
    await store.commit([
      { type: "append", name, update: value },
      { type: "put", key: name, value },
    ]);
    await store.versions.put(name, value, Uint8Array.of(1));
  }
});
// Moves all of it to tables, and leaves nothing to be moved by an opening: what it has written is open.
const level: Level = new ClassicLevel(join(dataDir, "log"), {
  keyEncoding: "view",
  valueEncoding: "view",
});
await level.open();
await level.compactRange(Uint8Array.of(0), Uint8Array.of(255));
await level.close();
// An opening needs some of them, too.
await writeFile(trigger, "");
const openedFailing = await withStore(async () => "opened").catch(codeOf);
await rm(trigger);
await withStore(async (store) => {
  const read = async (): Promise<Outcomes> => {
    const [documents, records, versions] = await Promise.all([
      Promise.all(
        names.map((name) =>
          store.updates.load(name).then((stored) => stored?.damage === null, codeOf),
        ),
      ),
      Promise.all(
        names.map((key) => store.records.get(key).then((value) => value !== null, codeOf)),
      ),
      Promise.all(
        names.map(async (name) => {
          const [version] = await store.versions.list(name);
          const content = await store.versions.load(name, version?.id ?? "");
          return content !== null;
        }),
      ).catch(codeOf),
    ]);
    return { documents, records, versions, names: await countNames(store).catch(codeOf) };
  };
  await writeFile(trigger, "");
  const failing = await read();
  await rm(trigger);
  const after = await read();
  const { damagedEntries } = store.stats();
  const found: FailingRead = { openedFailing, failing, after, damagedEntries };
  process.stdout.write(JSON.stringify(found));
});
