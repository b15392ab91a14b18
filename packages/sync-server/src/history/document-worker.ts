import { isNewerBoard, restoreBoard } from "@boardwalk/board-model";
import * as Y from "yjs";

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

function documentOf(update: Uint8Array): Y.Doc {
  const document = new Y.Doc();
  Y.applyUpdate(document, update);
  return document;
}
