import {
  BoardInfo,
  documentRecord,
  firstPage,
  isJsonObject,
  limits,
  seedBoard,
  type BoardRecord,
} from "@boardwalk/board-model";
import {
  MAX_VALUE_BYTES,
  type Store,
  type YLeveldbDocument,
  type YLeveldbFolder,
} from "@boardwalk/persistence";
import * as Y from "yjs";
import { draftBoard } from "../boards/board-draft.ts";
import { Boards, defaultBoardName } from "../boards/boards.ts";
import type { Findings } from "./findings.ts";
import { recognise } from "./foreign-document.ts";
import { storeInlinePictures } from "./inline-pictures.ts";
import type { LinksFile } from "./links-file.ts";

/** What became of one document. */
export type Imported = { readonly room: string; readonly boardId: string; readonly what: string };

/**
 * Makes a board of each document of a y-websocket server, one after the other. What the document
 * holds stays in it as it is; drawings that are recognised are laid out beside it as a board's.
 * What is lost or left out goes to `findings`.
 */
export async function* importYLeveldb(
  folder: YLeveldbFolder,
  { store, links, findings }: { store: Store; links: LinksFile; findings: Findings },
): AsyncGenerator<Imported, void, undefined> {
  const boards = new Boards({ store });
  for await (const document of folder.documents()) {
    const room = document.name;
    const doc = replay(document, findings);
    if (doc === null) continue;
    try {
      const draft = draftBoard(Date.now());
      const { id } = draft.keys;
      const what = await makeBoard(doc, { room, boardId: id, store, findings });
      const update = Y.encodeStateAsUpdate(doc);
      if (update.length > MAX_VALUE_BYTES) {
        findings.fault(`document ${room}`, `was left out: ${update.length} bytes are too many`);
        continue;
      }
      await links.add(room, draft.keys);
      await boards.keep(draft, [update]);
      yield { room, boardId: id, what };
    } finally {
      doc.destroy();
    }
  }
  await boards.close();
  const { unreadable, otherKeys } = folder;
  if (unreadable.bytes > 0) {
    findings.fault("the folder", `${unreadable.bytes} bytes of its log cannot be read`);
  }
  if (unreadable.blocks > 0) findings.fault("the folder", "a block of it cannot be read");
  if (otherKeys.count > 0) {
    findings.note("the folder", `${otherKeys.count} values beside the documents were left out`);
  }
}

/** The document with all of its updates that can be read; null when that is none. */
function replay(document: YLeveldbDocument, findings: Findings): Y.Doc | null {
  const subject = `document ${document.name}`;
  if (document.missingUpdates > 0) {
    findings.fault(subject, `${document.missingUpdates} of its updates are missing`);
  }
  const doc = new Y.Doc();
  let unreadable = 0;
  doc.transact(() => {
    for (const update of document.updates) {
      try {
        Y.applyUpdate(doc, update);
      } catch {
        unreadable += 1;
      }
    }
  });
  const total = document.updates.length;
  if (unreadable > 0) findings.fault(subject, `${unreadable} of ${total} updates are damaged`);
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) {
    findings.fault(subject, "has changes that build on others which are missing");
  }
  if (unreadable < total) return doc;
  findings.fault(subject, "was left out: nothing of it can be read");
  doc.destroy();
  return null;
}

/** Has the document be a board's. @returns what it was, for people */
async function makeBoard(
  doc: Y.Doc,
  at: { room: string; boardId: string; store: Store; findings: Findings },
): Promise<string> {
  const { room, boardId, store, findings } = at;
  const name = decoded(room).trim().slice(0, limits.boardNameLength) || defaultBoardName;
  const found = recognise(doc);
  switch (found.kind) {
    case "board": {
      const info = new BoardInfo(doc);
      if (info.name === "") info.name = name;
      return "a board of this kind";
    }
    case "tldraw": {
      const { records, missing } = await storeInlinePictures(found.records, boardId, store);
      seedBoard(doc, { name, records: withFirstPage(records) });
      if (found.unreadable > 0) {
        findings.note(`document ${room}`, `${found.unreadable} records cannot be shown`);
      }
      if (missing > 0) {
        findings.note(`document ${room}`, `${missing} pictures are not in it and cannot be shown`);
      }
      return `a drawing with tldraw: ${describeDrawing(records)}`;
    }
    case "laterTldraw":
      seedBoard(doc, { name, records: [documentRecord, firstPage] });
      findings.note(`document ${room}`, "was drawn with a later tldraw; it is kept but not shown");
      return "a drawing that this version cannot show; kept whole";
    case "other": {
      seedBoard(doc, { name, records: [documentRecord, firstPage] });
      const roots = found.roots.length === 0 ? "nothing" : found.roots.join(", ");
      findings.note(`document ${room}`, `holds no drawing (${roots}); it is kept but not shown`);
      return "no drawing; kept whole";
    }
  }
}

/** y-websocket keeps a room under the name that its address has, escaped as it is there. */
function decoded(room: string): string {
  try {
    return decodeURIComponent(room);
  } catch {
    return room;
  }
}

function withFirstPage(records: readonly BoardRecord[]): BoardRecord[] {
  const has = (typeName: string) => records.some((record) => record.typeName === typeName);
  return [
    ...records,
    ...(has("document") ? [] : [documentRecord]),
    ...(has("page") ? [] : [firstPage]),
  ];
}

function describeDrawing(records: readonly BoardRecord[]): string {
  const count = (typeName: string) =>
    records.filter((record) => record.typeName === typeName).length;
  const files = records.filter(
    ({ typeName, props }) => typeName === "asset" && isJsonObject(props),
  );
  return `${count("shape")} shapes, ${Math.max(1, count("page"))} pages, ${files.length} files`;
}
