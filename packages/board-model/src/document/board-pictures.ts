import type * as Y from "yjs";
import { assetPath, parseAssetPath } from "../ids.ts";
import { BoardDocument } from "./board-document.ts";
import { isJsonObject, type BoardRecord } from "./record.ts";
import type { RichTextCodec } from "./rich-text-codec.ts";

/** An uploaded file that a board shows: the board it was uploaded to, and its hash. */
export type ShownFile = { readonly boardId: string; readonly sha256: string };

/** The records that stand for pictures and videos have no text. */
const noText: RichTextCodec = {
  read: () => ({}),
  repair: (richText) => richText,
  write: () => {
    throw new Error("A picture has no text");
  },
};

/** The uploaded files that a document shows, each once. */
export function shownFiles(doc: Y.Doc): ShownFile[] {
  const document = new BoardDocument(doc, noText);
  try {
    const files = new Map<string, ShownFile>();
    for (const record of assetRecords(document)) {
      const file = parseAssetPath(srcOf(record));
      if (file !== null) files.set(`${file.boardId}/${file.sha256}`, file);
    }
    return [...files.values()];
  } finally {
    document.close();
  }
}

/** Has the document show files as those of a board, of whichever board they were. */
export function moveShownFiles(
  doc: Y.Doc,
  boardId: string,
  isMoved: (file: ShownFile) => boolean,
): void {
  const document = new BoardDocument(doc, noText);
  try {
    const updated = [];
    for (const before of assetRecords(document)) {
      const file = parseAssetPath(srcOf(before));
      if (file === null || !isMoved(file)) continue;
      const props = isJsonObject(before.props) ? before.props : {};
      const src = assetPath(boardId, file.sha256);
      updated.push({ before, after: { ...before, props: { ...props, src } } });
    }
    document.write({ added: [], updated, removed: [] }, null);
  } finally {
    document.close();
  }
}

function assetRecords(document: BoardDocument): BoardRecord[] {
  return [...document.ids()]
    .filter((id) => id.startsWith("asset:"))
    .flatMap((id) => document.read(id) ?? []);
}

function srcOf({ props }: BoardRecord): unknown {
  return isJsonObject(props) ? props.src : null;
}
