import { cp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as Y from "yjs";
import { LevelStore } from "../level/level-store.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Store } from "../store.ts";

/** What a store holds, as text that can be compared: bytes are in hexadecimal. */
export type Contents = {
  /** Null for one that is not there. */
  readonly documents: Readonly<Record<string, DocumentContents | null>>;
  readonly names: readonly string[];
  /** Details and content, by the document's name and the version's id. */
  readonly versions: Readonly<Record<string, string>>;
  readonly records: Readonly<Record<string, string | null>>;
  /** In place of the content of a damaged one, the code of the refusal. */
  readonly assets: Readonly<Record<string, string>>;
};

type DocumentContents = {
  readonly snapshot: string | null;
  readonly updates: readonly string[];
  readonly lastSequence: number;
  readonly isDamaged: boolean;
};

export type SmallHome = {
  /** What the store held when the database's log had come to this size, in order. */
  readonly steps: readonly { readonly logBytes: number; readonly contents: Contents }[];
};

const DOCUMENTS = ["drawn", "plain", "late", "gone"];
const RECORDS = [1, 2, 3, 4].map((index) => `record ${index}`);

const silent: StoreLogger = { info: () => {}, warn: () => {}, error: () => {} };
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Opens the home to be read: nothing of it is compacted. */
export function openSmallHome(dataDir: string, logger: StoreLogger): Promise<LevelStore> {
  return LevelStore.open({ dataDir, logger });
}

/**
 * Makes a data folder of a few thousand bytes in which everything is: documents with and without a
 * snapshot and one that was deleted, versions, records, an asset; part of it in a table of
 * LevelDB's, part in its log, as a killed process leaves it. The same each time.
 */
export async function makeSmallHome(dataDir: string): Promise<SmallHome> {
  const working = `${dataDir}-working`;
  const document = new Y.Doc();
  document.clientID = 1;
  const drawn: Uint8Array[] = [];
  document.on("update", (update) => drawn.push(update));
  const draw = (count: number): Uint8Array[] => {
    const shapes = document.getMap("m");
    for (let index = 0; index < count; index++) {
      shapes.set(`shape ${shapes.size}`, `of the drawing ${shapes.size * 7919}`);
    }
    return drawn.splice(0);
  };
  const note = (name: string, index: number): Uint8Array =>
    Buffer.from(`change ${index} of ${name}, ${(index * 7919 + name.length) % 1009}`);

  // Small, so that a few changes make a snapshot of several pieces.
  const limits = { minCompactionBytes: 150, snapshotChunkBytes: 60 };
  const first = await LevelStore.open({ dataDir: working, logger: silent, limits });
  for (const update of draw(5)) await first.updates.append("drawn", update);
  await first.settled();
  for (let index = 1; index <= 4; index++) {
    await first.commit([
      { type: "append", name: "plain", update: note("plain", index) },
      { type: "append", name: "gone", update: note("gone", index) },
      { type: "put", key: `record ${index}`, value: note("record", index) },
    ]);
  }
  await first.versions.put("drawn", note("version", 1), Buffer.from("the first"));
  await first.updates.delete("gone");
  await first.commit([{ type: "delete", key: "record 4" }]);
  await first.assets.put(Readable.from([note("asset", 1)]), { maxBytes: 1000 });
  await first.settled();
  await first.close();

  // Opening moves what there is to a table; what follows stays in the log.
  const second = await openSmallHome(working, silent);
  const steps: { logBytes: number; contents: Contents }[] = [];
  const step = async (work: () => Promise<unknown>): Promise<void> => {
    await work();
    await second.settled();
    const [log = ""] = (await readdir(join(working, "log"))).filter((file) => isLog(file));
    const { size } = await stat(join(working, "log", log));
    steps.push({ logBytes: size, contents: await contentsOf(second) });
  };
  await step(() => Promise.resolve());
  for (const update of draw(3)) await step(() => second.updates.append("drawn", update));
  for (let index = 5; index <= 7; index++) {
    await step(() =>
      second.commit([
        { type: "append", name: "plain", update: note("plain", index) },
        { type: "append", name: "late", update: note("late", index - 4) },
        { type: "put", key: `record ${index - 4}`, value: note("record", index * 3) },
      ]),
    );
  }
  await step(() => second.versions.put("plain", note("version", 2), Buffer.from("the second")));
  await step(() => second.updates.append("plain", note("plain", 8)));
  await step(() => second.commit([{ type: "delete", key: "record 1" }]));
  await cp(working, dataDir, { recursive: true });
  await second.close();
  await rm(working, { recursive: true });
  return { steps };
}

export const isLog = (file: string): boolean => file.endsWith(".log");

export async function contentsOf(store: Store): Promise<Contents> {
  const documents: Record<string, DocumentContents | null> = {};
  const names: string[] = [];
  const versions: Record<string, string> = {};
  const records: Record<string, string | null> = {};
  const assets: Record<string, string> = {};
  for (const name of DOCUMENTS) {
    const stored = await store.updates.load(name);
    documents[name] = stored && {
      snapshot: stored.snapshot && hexOf(stored.snapshot),
      updates: stored.updates.map(hexOf),
      lastSequence: stored.lastSequence,
      isDamaged: stored.damage !== null,
    };
    for (const { id, details } of await store.versions.list(name)) {
      const content = await store.versions.load(name, id);
      versions[`${name} ${id}`] = `${hexOf(details)} ${content && hexOf(content)}`;
    }
  }
  for await (const name of store.updates.names()) names.push(name);
  for (const key of RECORDS) {
    const value = await store.records.get(key);
    records[key] = value && hexOf(value);
  }
  for await (const { sha256 } of store.assets.entries()) {
    assets[sha256] = await readAsset(store, sha256);
  }
  return { documents, names, versions, records, assets };
}

async function readAsset(store: Store, sha256: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of (await store.assets.open(sha256))?.stream ?? []) {
      pieces.push(piece as Uint8Array);
    }
    return hexOf(Buffer.concat(pieces));
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
}

/** The files below a folder with their bytes, by their paths in it. */
export async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(folder.length + 1), await readFile(path));
  }
  return files;
}
