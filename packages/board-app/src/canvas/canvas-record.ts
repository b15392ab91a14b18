import type { BoardRecord } from "@boardwalk/board-model";
import type { TLRecord } from "tldraw";

/** The document's view of a record of tldraw's store: the same object, typed by what the layout needs. */
export function asBoardRecord(record: TLRecord): BoardRecord {
  return record as unknown as BoardRecord;
}

/** Whether it really is one is for tldraw's validators to say, when it is put into the store. */
export function asCanvasRecord(record: BoardRecord): TLRecord {
  return record as unknown as TLRecord;
}
