import { applyChange } from "@boardwalk/board-model";
import type { RecordsDiff, TLRecord, TLStore } from "tldraw";
import { asBoardRecord, asCanvasRecord } from "./canvas-record.ts";

/**
 * Makes undo and redo take back, or do again, only what this person changed.
 *
 * tldraw's history keeps whole records: undoing a move would put back the colour that the shape had
 * then, too. Here a step changes the properties it is about, on the records as they are now; what
 * a peer has deleted meanwhile stays deleted.
 */
export function undoOwnChangesOnly(store: TLStore): void {
  const applyDiff = store.applyDiff.bind(store);
  store.applyDiff = (diff, options) => applyDiff(onCurrentRecords(store, diff), options);
}

function onCurrentRecords(store: TLStore, diff: RecordsDiff<TLRecord>): RecordsDiff<TLRecord> {
  const updated: RecordsDiff<TLRecord>["updated"] = {};
  for (const [before, after] of Object.values(diff.updated)) {
    const current = store.get(after.id);
    if (current !== undefined) {
      Object.assign(updated, { [after.id]: [current, change(current, before, after)] });
    }
  }
  return { added: diff.added, updated, removed: diff.removed };
}

function change(current: TLRecord, before: TLRecord, after: TLRecord): TLRecord {
  const changed = applyChange(asBoardRecord(current), asBoardRecord(before), asBoardRecord(after));
  return asCanvasRecord(changed);
}
