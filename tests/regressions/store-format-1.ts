import { openStore, type Store } from "@boardwalk/persistence";
import * as Y from "yjs";

// What the folder store-format-1 holds. It was made, once, by
//
//   node tests/regressions/store-format-1.ts tests/regressions/store-format-1
//
// and is not made again: a later version opens what this one wrote.

/** Changes of the document that has a snapshot, and where its versions were made. */
export const DRAWN_CHANGES = 400;
export const DRAWN_SNAPSHOT_AT = 380;
export const DRAWN_VERSIONS = [100, 200, 300] as const;
export const DELETED_VERSION = 200;
export const SHORT_NAME = "größer 🙂";
export const PUT_CONTENT = Uint8Array.of(0, 0);
export const RECORDS = {
  "board/1": '{"name":"one"}',
  "board/2": '{"name":"two"}',
  empty: "",
} as const;
export const ASSETS = [Buffer.from("a small asset"), Buffer.alloc(70_000, "an asset, ")] as const;

/** The document after so many changes. Its client is always the same, and so are its bytes. */
export function drawnAfter(changes: number): Y.Doc {
  const document = new Y.Doc();
  document.clientID = 1;
  for (let change = 1; change <= changes; change++) drawOn(document, change);
  return document;
}

function drawOn(document: Y.Doc, change: number): void {
  document.transact(() => {
    document.getMap("shapes").set(`shape ${change % 37}`, `place ${change}`);
    if (change % 5 === 0) document.getText("text").insert(0, `${change} `);
  });
}

async function draw(store: Store, document: Y.Doc, first: number, last: number): Promise<void> {
  for (let change = first; change <= last; change++) {
    const before = Y.encodeStateVector(document);
    drawOn(document, change);
    await store.updates.append("drawn", Y.encodeStateAsUpdate(document, before));
  }
}

async function make(dataDir: string): Promise<void> {
  const logger = { info: () => {}, warn: complain, error: complain };
  const open = (minCompactionBytes: number): Promise<Store> =>
    openStore({ dataDir, logger, limits: { minCompactionBytes, snapshotChunkBytes: 1000 } });
  // Twice, so that some of it is in tables and some in the log.
  let store = await open(1e9);
  const document = drawnAfter(0);
  let drawn = 0;
  for (const at of DRAWN_VERSIONS) {
    await draw(store, document, drawn + 1, at);
    drawn = at;
    const version = await store.versions.create("drawn", Buffer.from(`{"at":${at}}`));
    if (at === DELETED_VERSION) await store.versions.delete("drawn", [version?.id ?? ""]);
  }
  await draw(store, document, drawn + 1, DRAWN_SNAPSHOT_AT);
  await store.versions.put("no document", PUT_CONTENT, Buffer.from("from an archive"));
  for (const name of [SHORT_NAME, "deleted"]) {
    await store.updates.append(name, Y.encodeStateAsUpdate(drawnAfter(7)));
    await store.versions.create(name, Buffer.from(name));
  }
  await store.updates.delete("deleted");
  await store.close();
  store = await open(1000);
  await store.updates.load("drawn"); // Which has it compacted.
  await store.settled();
  await store.close();
  store = await open(1e9);
  await draw(store, document, DRAWN_SNAPSHOT_AT + 1, DRAWN_CHANGES);
  await store.commit(
    Object.entries(RECORDS).map(([key, value]) => ({
      type: "put",
      key,
      value: Buffer.from(value),
    })),
  );
  for (const asset of ASSETS) await store.assets.put(oneOf(asset), { maxBytes: asset.length });
  await store.close();
}

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function complain(details: object, message: string): void {
  throw new Error(`${message} ${JSON.stringify(details)}`);
}

const [, , dataDir] = process.argv;
if (import.meta.main && dataDir !== undefined) await make(dataDir);
