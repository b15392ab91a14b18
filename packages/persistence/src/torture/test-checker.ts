import { createHash } from "node:crypto";
import * as Y from "yjs";
import { openStore } from "../open-store.ts";
import { StoreError } from "../store-error.ts";
import type { Store } from "../store.ts";
import {
  DOCUMENTS,
  type Found,
  type FoundDocument,
  type FoundVersion,
  TORTURE_LIMITS,
  type TortureHome,
} from "./test-lines.ts";

// Opens a store under torture again, in a process of its own since what is damaged may end it, and
// prints what it holds as a Found. Then it lets the store finish what was begun.

const home = JSON.parse(process.argv[2] ?? "") as TortureHome;
const logged: string[] = [];
const logger = {
  info: () => {},
  warn: () => {},
  error: (_details: object, message: string) => void logged.push(message),
};

/** Null for what is refused as damaged. */
async function unlessDamaged<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: unknown) => {
    if (error instanceof StoreError && error.code === "STORE_DAMAGED") return null;
    throw error;
  });
}

function numbersIn(updates: readonly Uint8Array[]): number[] {
  const document = new Y.Doc();
  for (const update of updates) Y.applyUpdate(document, update);
  return [...document.getMap("m").keys()].map(Number);
}

async function findDocument(store: Store, name: string): Promise<FoundDocument> {
  let isDamaged = false;
  let numbers: number[] | null = null;
  try {
    const stored = await store.updates.load(name);
    isDamaged = (stored?.damage ?? null) !== null;
    if (stored !== null)
      numbers = numbersIn([...(stored.snapshot ? [stored.snapshot] : []), ...stored.updates]);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "STORE_DAMAGED") throw error;
    isDamaged = true;
  }
  const versions: FoundVersion[] = [];
  for (const { id } of (await unlessDamaged(store.versions.list(name))) ?? []) {
    const content = await unlessDamaged(store.versions.load(name, id));
    versions.push({ id, numbers: content === null ? null : numbersIn([content]) });
  }
  const record = await store.records.get(`last/${name}`).then(
    (value) => (value === null ? null : Number(Buffer.from(value).toString())),
    (error: unknown) => {
      if (error instanceof StoreError && error.code === "STORE_DAMAGED") return "damaged" as const;
      throw error;
    },
  );
  return { name, numbers, isDamaged, versions, record };
}

async function hashOf(store: Store, sha256: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of (await store.assets.open(sha256))?.stream ?? []) {
    hash.update(piece as Uint8Array);
  }
  return hash.digest("hex");
}

async function find(): Promise<Found> {
  const nothing = { documents: [], assets: [], damagedAssets: [], wrongAssets: [] };
  let store: Store;
  try {
    store = await openStore({ ...home, logger, limits: TORTURE_LIMITS });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { ...nothing, refusal: error.code, logged };
  }
  const documents: FoundDocument[] = [];
  for (const name of DOCUMENTS) documents.push(await findDocument(store, name));
  const assets: string[] = [];
  const damagedAssets: string[] = [];
  const wrongAssets: string[] = [];
  for await (const { sha256 } of store.assets.entries()) {
    const found = await unlessDamaged(hashOf(store, sha256));
    if (found === null) damagedAssets.push(sha256);
    else (found === sha256 ? assets : wrongAssets).push(sha256);
  }
  await store.settled();
  await store.close();
  return { refusal: null, logged, documents, assets, damagedAssets, wrongAssets };
}

process.stdout.write(JSON.stringify(await find()));
