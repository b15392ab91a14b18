import * as Y from "yjs";
import { boardFormat } from "./board-info.ts";
import { encodeBase } from "./base.ts";
import { baseKey } from "./record-key.ts";
import type { BoardRecord } from "./record.ts";
import { canvasSchema } from "./canvas-schema.ts";

/** The page that every board starts with; its id is tldraw's own default. */
export const firstPage: BoardRecord = {
  id: "page:page",
  typeName: "page",
  name: "Page 1",
  index: "a1",
  meta: {},
};

export const documentRecord: BoardRecord = {
  id: "document:document",
  typeName: "document",
  gridSize: 10,
  name: "",
  meta: {},
};

/** Makes a board of a document, with these records, each as a whole. */
export function seedBoard(
  doc: Y.Doc,
  { name, records }: { name: string; records: Iterable<BoardRecord> },
): void {
  doc.transact(() => {
    const board = doc.getMap("board");
    board.set("format", boardFormat);
    board.set("schema", JSON.stringify(canvasSchema));
    board.set("name", name);
    const stored = doc.getMap("records");
    for (const record of records) stored.set(baseKey(record.id), encodeBase(record));
  });
}

/**
 * The first Yjs update of a new board. Made once, by the server, together with the board itself:
 * were each page to seed an empty board, two of them opening it at once would both do so.
 */
export function seedUpdate(name: string): Uint8Array {
  const doc = new Y.Doc();
  seedBoard(doc, { name, records: [documentRecord, firstPage] });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}
