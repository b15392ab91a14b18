import {
  applyChange,
  isJsonObject,
  jsonEqual,
  mergePlainText,
  mergeRichText,
  type BoardRecord,
  type JsonObject,
} from "@boardwalk/board-model";
import type { Editor, RecordsDiff, TLRecord, TLStore } from "tldraw";
import { asBoardRecord, asCanvasRecord } from "./canvas-record.ts";
import { richTextCodec } from "./rich-text-codec.ts";
import { historyDiffsOf } from "./store-internals.ts";

/**
 * Makes undo and redo take back, or do again, only what this person changed.
 *
 * tldraw's history keeps whole records: undoing a move would put back the colour that the shape had
 * then, too. Here a step changes the properties it is about, on the records as they are now, and of
 * a text the letters it is about; what a peer has deleted meanwhile stays deleted, and what was bound
 * to it stays off.
 */
export function undoOwnChangesOnly(store: TLStore): void {
  const applyDiff = store.applyDiff.bind(store);
  store.applyDiff = (diff, options) => applyDiff(onCurrentRecords(store, diff), options);
}

/**
 * Takes a peer's change into the steps of the history that are about the same record: typing, so
 * that it is not taken for this person's and taken back with it; and anything at all where a step
 * made the record, so that doing it again brings it back as it was last.
 */
export function rebaseHistory(editor: Editor, before: BoardRecord, after: BoardRecord): void {
  const id = after.id as TLRecord["id"];
  for (const diff of historyDiffsOf(editor)) {
    const updated = diff.updated[id];
    if (updated !== undefined) {
      const rebased = updated.map((record) => withPeersTyping(record, before, after));
      Object.assign(diff.updated, { [id]: rebased });
    }
    const added = diff.added[id];
    if (added !== undefined) {
      Object.assign(diff.added, { [id]: change(added, before, after) });
    }
  }
}

function withPeersTyping(record: TLRecord, before: BoardRecord, after: BoardRecord): TLRecord {
  const own = asBoardRecord(record);
  return asCanvasRecord(withMergedText(own, before, own, after));
}

function onCurrentRecords(store: TLStore, diff: RecordsDiff<TLRecord>): RecordsDiff<TLRecord> {
  const updated: RecordsDiff<TLRecord>["updated"] = {};
  for (const [before, after] of Object.values(diff.updated)) {
    const current = store.get(after.id);
    if (current !== undefined) {
      const changed = change(current, asBoardRecord(before), asBoardRecord(after));
      Object.assign(updated, { [after.id]: [current, changed] });
    }
  }
  const added = Object.values(diff.added).filter(
    (record) =>
      record.typeName !== "binding" ||
      [record.fromId, record.toId].every((id) => store.has(id) || diff.added[id] !== undefined),
  );
  return {
    added: Object.fromEntries(added.map((record) => [record.id, record])),
    updated,
    removed: diff.removed,
  };
}

/** The record as it is, with a change that was made to another version of it. */
function change(current: TLRecord, before: BoardRecord, after: BoardRecord): TLRecord {
  const now = asBoardRecord(current);
  return asCanvasRecord(withMergedText(applyChange(now, before, after), before, after, now));
}

type Text =
  | { readonly name: "richText"; readonly value: JsonObject }
  | { readonly name: "text"; readonly value: string };

function textOf(record: BoardRecord): Text | null {
  if (!isJsonObject(record.props)) return null;
  const { richText, text } = record.props;
  if (isJsonObject(richText)) return { name: "richText", value: richText };
  return typeof text === "string" ? { name: "text", value: text } : null;
}

/** The record with the text that ours and theirs make of the base's. */
function withMergedText(
  record: BoardRecord,
  base: BoardRecord,
  ours: BoardRecord,
  theirs: BoardRecord,
): BoardRecord {
  const merged = mergeText(textOf(base), textOf(ours), textOf(theirs));
  if (merged === null || !isJsonObject(record.props)) return record;
  return { ...record, props: { ...record.props, [merged.name]: merged.value } };
}

/** null when the texts are not of one kind. */
function mergeText(base: Text | null, ours: Text | null, theirs: Text | null): Text | null {
  if (jsonEqual(base, ours)) return theirs;
  if (jsonEqual(base, theirs)) return ours;
  if (base?.name === "richText" && ours?.name === "richText" && theirs?.name === "richText") {
    const value = mergeRichText(richTextCodec, base.value, ours.value, theirs.value);
    return { name: "richText", value };
  }
  if (base?.name === "text" && ours?.name === "text" && theirs?.name === "text") {
    return { name: "text", value: mergePlainText(base.value, ours.value, theirs.value) };
  }
  return null;
}
