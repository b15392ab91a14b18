import { isNewerBoard, restoreBoard, shownFiles, type ShownFile } from "@boardwalk/board-model";
import * as Y from "yjs";
import { MentionedFiles } from "../boards/mentioned-files.ts";

/** Looked through at once for what is mentioned. */
const pieceBytes = 1024 * 1024;

/**
 * Changes in one update. Few enough that applying one holds nobody up for long, many enough that a
 * large board is not restored in a thousand frames.
 */
const changesPerUpdate = 500;

/** Both documents as one update each. */
export type RestoreTask = { readonly live: Uint8Array; readonly version: Uint8Array };

/** null when one of the documents is of a later Boardwalk. */
export type RestoreResult = Uint8Array[] | null;

/** The updates that make the board of `live` what it is in `version`. */
export function restore({ live, version }: RestoreTask): RestoreResult {
  const [current, wanted] = [documentOf(live), documentOf(version)];
  if (isNewerBoard(current) || isNewerBoard(wanted)) return null;
  const updates: Uint8Array[] = [];
  current.on("update", (update) => updates.push(update));
  restoreBoard(current, wanted, "restore", changesPerUpdate);
  return updates;
}

/** The updates of one document, one after the other, and how many bytes each has. */
export type DocumentTask = { readonly bytes: Uint8Array; readonly lengths: readonly number[] };

/** null when it cannot be told: parts are missing, or the document is of a later Boardwalk. */
export type ShownResult = ShownFile[] | null;

/** The uploaded files that a document shows. */
export function shown({ bytes, lengths }: DocumentTask): ShownResult {
  const document = new Y.Doc();
  document.transact(() => {
    let start = 0;
    for (const length of lengths) {
      Y.applyUpdate(document, bytes.subarray(start, start + length));
      start += length;
    }
  });
  const { pendingStructs, pendingDs } = document.store;
  if (pendingStructs !== null || pendingDs !== null) return null;
  return isNewerBoard(document) ? null : shownFiles(document);
}

/** Uploaded files among which are all that a document shows, also where it cannot be read. */
export function mentioned({ bytes }: DocumentTask): ShownFile[] {
  const files = new MentionedFiles();
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    files.take(bytes.subarray(start, start + pieceBytes));
  }
  return files.list();
}

function documentOf(update: Uint8Array): Y.Doc {
  const document = new Y.Doc();
  Y.applyUpdate(document, update);
  return document;
}
