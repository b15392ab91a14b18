import { BoardInfo, boardFormat, isBoardRecord, isJsonObject } from "@boardwalk/board-model";
import type { BoardRecord } from "@boardwalk/board-model";
import { createTLSchema } from "@tldraw/tlschema";
import * as Y from "yjs";

/**
 * What a document that another server kept turns out to be.
 *
 * - `board`: it is laid out as boards are here.
 * - `tldraw`: it holds tldraw's records as wholes, which are given as the canvas reads them.
 * - `laterTldraw`: the same, by a canvas that this one does not understand.
 * - `other`: anything else; `roots` names its top-level types.
 */
export type Recognised =
  | { readonly kind: "board" }
  | { readonly kind: "tldraw"; readonly records: BoardRecord[]; readonly unreadable: number }
  | { readonly kind: "laterTldraw" }
  | { readonly kind: "other"; readonly roots: string[] };

/** What a board consists of; cameras, selections and the like are each person's own. */
const boardTypes: ReadonlySet<string> = new Set(["document", "page", "shape", "binding", "asset"]);

const canvas = createTLSchema();
type Snapshot = Parameters<typeof canvas.migrateStoreSnapshot>[0];

/** Looks at a copy: to ask for a top-level type by the wrong kind would settle what it is. */
export function recognise(original: Y.Doc): Recognised {
  const doc = new Y.Doc();
  try {
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(original));
    return recogniseCopy(doc);
  } finally {
    doc.destroy();
  }
}

function recogniseCopy(doc: Y.Doc): Recognised {
  const roots = [...doc.share.keys()].filter((name) => !isEmpty(doc, name));
  if (roots.includes("board") && roots.includes("records")) {
    const { format } = new BoardInfo(doc);
    if (format !== null && format <= boardFormat) return { kind: "board" };
  }
  const entries = new Map<string, unknown>();
  for (const name of roots)
    for (const [key, value] of entriesOf(doc, name)) entries.set(key, value);
  const records = [...entries].flatMap(([key, value]) =>
    isBoardRecord(value) && value.id === key && boardTypes.has(value.typeName) ? [value] : [],
  );
  if (!records.some(({ typeName }) => typeName === "page" || typeName === "shape")) {
    return { kind: "other", roots };
  }
  return readRecords(records, entries.get("schema"));
}

/** Brings records up to the canvas's schema; `writtenIn` is the one beside them, where there is one. */
function readRecords(records: readonly BoardRecord[], writtenIn: unknown): Recognised {
  const isKnown = isJsonObject(writtenIn) && typeof writtenIn.schemaVersion === "number";
  const schema = isKnown ? writtenIn : canvas.serialize();
  const store = Object.fromEntries(records.map((record) => [record.id, record]));
  // Not as typed until it has been validated below.
  const migrated = canvas.migrateStoreSnapshot({ schema, store } as unknown as Snapshot);
  if (migrated.type === "error") return { kind: "laterTldraw" };
  const readable: BoardRecord[] = [];
  let unreadable = 0;
  for (const record of Object.values(migrated.value) as unknown[]) {
    if (isBoardRecord(record) && isValid(record)) readable.push(record);
    else unreadable += 1;
  }
  return { kind: "tldraw", records: readable, unreadable };
}

function isValid(record: BoardRecord): boolean {
  const types: Readonly<Record<string, { validate(record: unknown): unknown }>> = canvas.types;
  try {
    types[record.typeName]?.validate(record);
    return boardTypes.has(record.typeName);
  } catch {
    return false;
  }
}

/**
 * The keys and values of a top-level type: of a map; or of a list of `{ key, val }`, of which the
 * last one counts, as YKeyValue keeps them.
 */
function* entriesOf(doc: Y.Doc, name: string): Generator<[string, unknown]> {
  if (doc.share.get(name)?._start === null) {
    for (const [key, value] of doc.getMap(name).entries()) yield [key, plain(value)];
    return;
  }
  for (const item of doc.getArray(name).toArray()) {
    const entry = plain(item);
    if (isJsonObject(entry) && typeof entry.key === "string") yield [entry.key, entry.val];
  }
}

function plain(value: unknown): unknown {
  return value instanceof Y.Map ? value.toJSON() : value;
}

function isEmpty(doc: Y.Doc, name: string): boolean {
  const type = doc.share.get(name);
  return type === undefined || (type._start === null && type._map.size === 0);
}
