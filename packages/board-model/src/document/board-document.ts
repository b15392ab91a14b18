import * as Y from "yjs";
import { decodeBase, encodeBase, formOfBase } from "./base.ts";
import { BoardInfo } from "./board-info.ts";
import { applyGeometry, geometryOf, isDerived, isGeometryPath } from "./geometry.ts";
import { appendInk, decodeInk, encodeInk, isInk } from "./ink.ts";
import {
  baseKey,
  geometryKey,
  inkKey,
  parseRecordKey,
  propertyKey,
  recordsName,
} from "./record-key.ts";
import type { KeyForm, PropertyPath, RecordKey } from "./record-key.ts";
import type { RecordForms } from "./record-forms.ts";
import { FormHistory } from "./form-history.ts";
import { TextBodies, isPlainTextRecord } from "./text-bodies.ts";
import { changedPaths, getIn, setIn } from "./record-change.ts";
import { isJsonObject, jsonEqual } from "./record.ts";
import type { BoardRecord } from "./record.ts";
import type { RichTextCodec } from "./rich-text-codec.ts";

export interface RecordUpdate {
  readonly before: BoardRecord;
  readonly after: BoardRecord;
}

export interface RecordChanges {
  readonly added: readonly BoardRecord[];
  readonly updated: readonly RecordUpdate[];
  readonly removed: readonly string[];
}

const isComplete = ["props", "isComplete"] as const;

type MutableRecord = Record<string, unknown> & { id: string; typeName: string };

/** Yjs types its shared types by their events, which do not matter here. */
type AnyType = Parameters<Y.Transaction["changed"]["set"]>[0];

export type RecordsListener = (changedIds: ReadonlySet<string>, transaction: Y.Transaction) => void;

/**
 * A board's records in a Yjs document, property by property, so that concurrent changes to
 * different properties of one record both survive. docs/protocol.md describes the layout.
 *
 * What is read here is what the document says, sound or not; `soundRecords` makes a board of it.
 */
export class BoardDocument {
  readonly doc: Y.Doc;
  readonly #texts: TextBodies;
  readonly #forms: FormHistory;
  readonly #records: Y.Map<unknown>;
  /** The keys beside the base that each record has, by record id. */
  readonly #overlays = new Map<string, Map<string, RecordKey>>();
  readonly #listeners = new Set<RecordsListener>();
  readonly #afterTransaction = (transaction: Y.Transaction): void => this.#notify(transaction);

  /** @param forms without them records are read in the form in which they were written */
  constructor(doc: Y.Doc, richText: RichTextCodec, forms: RecordForms | null = null) {
    this.doc = doc;
    this.#texts = new TextBodies(doc, richText);
    this.#forms = new FormHistory(new BoardInfo(doc), forms);
    this.#records = doc.getMap(recordsName);
    for (const key of this.#records.keys()) this.#index(key);
    doc.on("afterTransaction", this.#afterTransaction);
  }

  close(): void {
    this.#forms.close();
    this.doc.off("afterTransaction", this.#afterTransaction);
    this.#listeners.clear();
  }

  observe(listener: RecordsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ids of all records that have a base, readable or not. */
  *ids(): Generator<string> {
    for (const key of this.#records.keys()) {
      const parsed = parseRecordKey(key);
      if (parsed?.kind === "base") yield parsed.id;
    }
  }

  has(id: string): boolean {
    return this.#records.has(baseKey(id));
  }

  /** null when there is no such record, or it cannot be read. */
  read(id: string): BoardRecord | null {
    const base = this.#readBase(id);
    if (base === null) return null;
    if (!this.#forms.isOne) return this.#readMigrated(base);
    const record: MutableRecord = { ...base };
    this.#applyOverlays(record, null);
    this.#texts.apply(record);
    return record;
  }

  write(changes: RecordChanges, origin: unknown): void {
    for (const { before, after } of changes.updated) {
      if (this.has(after.id)) this.#texts.plant(before, after, origin);
    }
    this.doc.transact(() => {
      this.#forms.noteOwn();
      for (const id of changes.removed) this.#remove(id);
      for (const record of changes.added) this.#put(record);
      for (const update of changes.updated) {
        // What someone has deleted meanwhile stays deleted.
        if (this.has(update.after.id)) this.#update(update);
      }
    }, origin);
  }

  /** Form by form: what was written in one is migrated to the next, and what that one says comes over it. */
  #readMigrated(base: BoardRecord): BoardRecord | null {
    const { id } = base;
    const baseForm = this.#formOfBase(id);
    let record: MutableRecord = { ...base };
    let form = baseForm;
    for (const next of this.#forms.numbers) {
      if (next < form) continue;
      if (next > form) {
        const migrated = this.#forms.migrate(record, form, next);
        if (migrated === null) return null;
        record = { ...migrated };
        form = next;
      }
      this.#applyOverlays(record, this.#forms.keyFormOf(form));
      // A text may have been another property in the base's form.
      if (form === baseForm) this.#texts.apply(record);
    }
    this.#texts.apply(record);
    return record;
  }

  #formOfBase(id: string): number {
    return this.#forms.numberOf(formOfBase(this.#records.get(baseKey(id))));
  }

  #applyOverlays(record: MutableRecord, form: KeyForm): void {
    const overlays = this.#overlays.get(record.id);
    if (overlays === undefined) return;
    for (const [key, parsed] of overlays) {
      if (parsed.kind !== "property" || parsed.form !== form) continue;
      const value = this.#records.get(key);
      if (!(value instanceof Y.AbstractType)) setIn(record, parsed.path, value);
    }
    // After the single properties, so that the order in which keys arrived never counts.
    applyGeometry(record, this.#records.get(geometryKey(record.id, form)));
    const ink = this.#records.get(inkKey(record.id, form));
    if (ink instanceof Y.Array) setIn(record, ["props", "segments"], decodeInk(ink));
  }

  #put(record: BoardRecord): void {
    this.#deleteOverlays(record.id);
    const base: Record<string, unknown> = { ...record };
    const props = isJsonObject(record.props) ? { ...record.props } : undefined;
    let inkChunks: string[] | null = null;
    if (props !== undefined) {
      base.props = props;
      this.#texts.put(record.id, record, props);
      if (isInk(props.segments) && props.segments.length > 0) {
        inkChunks = encodeInk(props.segments);
        if (inkChunks !== null) props.segments = [];
      }
    }
    const { ownKeyForm } = this.#forms;
    this.#set(
      baseKey(record.id),
      encodeBase({ ...base, id: record.id, typeName: record.typeName }, ownKeyForm),
    );
    if (inkChunks !== null) this.#set(inkKey(record.id, ownKeyForm), Y.Array.from(inkChunks));
  }

  #remove(id: string): void {
    this.#deleteOverlays(id);
    if (this.has(id)) this.#delete(baseKey(id));
    this.#texts.remove(id);
  }

  #deleteOverlays(id: string): void {
    for (const key of this.#overlays.get(id)?.keys() ?? []) this.#delete(key);
  }

  #set(key: string, value: unknown): void {
    this.#records.set(key, value);
    this.#index(key);
  }

  #delete(key: string): void {
    this.#records.delete(key);
    this.#index(key);
  }

  #update({ before, after }: RecordUpdate): void {
    const { id } = after;
    const changed = changedPaths(before, after);
    const geometry = geometryOf(after);
    let geometryChanged = false;
    for (const path of changed) {
      if (isDerived(after, path)) continue;
      if (geometry !== null && isGeometryPath(path, geometry.length)) geometryChanged = true;
      else this.#updateProperty(id, path, before, after);
    }
    if (getIn(after, isComplete) === true && getIn(before, isComplete) !== true) this.#joinInk(id);
    if (geometry !== null && geometryChanged) {
      const key = geometryKey(id, this.#forms.ownKeyForm);
      const current = this.#records.get(key) ?? geometryOf(this.#readUnder(id) ?? before);
      if (!jsonEqual(current, geometry)) this.#set(key, geometry);
    }
  }

  #updateProperty(id: string, path: PropertyPath, before: BoardRecord, after: BoardRecord): void {
    const value = getIn(after, path);
    if (path[0] === "props" && path[1] === "richText" && isJsonObject(value)) {
      this.#texts.writeRichText(id, value, getIn(before, path));
      return;
    }
    if (path[0] === "props" && path[1] === "text" && isPlainTextRecord(after)) {
      this.#texts.writePlainText(id, value, getIn(before, path));
      return;
    }
    if (path[0] === "props" && path[1] === "segments" && isInk(value)) {
      if (this.#updateInk(id, getIn(before, path), value)) return;
    }
    const key = propertyKey(id, path, this.#forms.ownKeyForm);
    const current = this.#records.has(key)
      ? this.#records.get(key)
      : getIn(this.#readUnder(id) ?? before, path);
    if (!jsonEqual(current, value)) this.#set(key, value);
  }

  #readBase(id: string): BoardRecord | null {
    return decodeBase(id, this.#records.get(baseKey(id)));
  }

  /** What a property of this canvas's form lies over. */
  #readUnder(id: string): BoardRecord | null {
    const isOwn =
      this.#forms.isOne || this.#formOfBase(id) === this.#forms.numberOf(this.#forms.ownKeyForm);
    return isOwn ? this.#readBase(id) : this.read(id);
  }

  /** false when the strokes have to be stored as a plain property. */
  #updateInk(id: string, before: unknown, after: Parameters<typeof encodeInk>[0]): boolean {
    const key = inkKey(id, this.#forms.ownKeyForm);
    const ink = this.#records.get(key);
    if (ink instanceof Y.Array && isInk(before)) {
      const chunks = appendInk(before, after);
      // Append only to what this change was made on: a peer may have replaced the strokes.
      if (chunks !== null && jsonEqual(decodeInk(ink), before)) {
        if (chunks.length > 0) ink.push(chunks);
        return true;
      }
    }
    const chunks = encodeInk(after);
    if (chunks === null) {
      if (this.#records.has(key)) this.#delete(key);
      return false;
    }
    this.#set(key, Y.Array.from(chunks));
    return true;
  }

  /** A line that is finished is not appended to any more: it takes a fifth less in one piece. */
  #joinInk(id: string): void {
    const key = inkKey(id, this.#forms.ownKeyForm);
    const ink = this.#records.get(key);
    if (!(ink instanceof Y.Array)) return;
    const chunks = encodeInk(decodeInk(ink));
    if (chunks !== null && chunks.length < ink.length) this.#set(key, Y.Array.from(chunks));
  }

  #index(key: string): string | null {
    const parsed = parseRecordKey(key);
    if (parsed === null) return null;
    if (parsed.kind === "base") return parsed.id;
    const overlays = this.#overlays.get(parsed.id);
    if (this.#records.has(key)) {
      if (overlays === undefined) this.#overlays.set(parsed.id, new Map([[key, parsed]]));
      else overlays.set(key, parsed);
    } else if (overlays !== undefined) {
      overlays.delete(key);
      if (overlays.size === 0) this.#overlays.delete(parsed.id);
    }
    return parsed.id;
  }

  #notify(transaction: Y.Transaction): void {
    const ids = new Set<string>();
    for (const [type, keys] of transaction.changed) {
      if (type === (this.#records as unknown)) {
        for (const key of keys) {
          const id = key === null ? null : this.#index(key);
          if (id !== null) ids.add(id);
        }
      } else {
        const id = this.#ownerOf(type);
        if (id !== null) ids.add(id);
      }
    }
    if (ids.size === 0) return;
    for (const listener of this.#listeners) listener(ids, transaction);
  }

  /** The record to which an ink list or any part of a text body belongs. */
  #ownerOf(changed: AnyType): string | null {
    let type = changed;
    while (type._item !== null) {
      const parent: unknown = type._item.parent;
      if (parent === this.#records) {
        const key = type._item.parentSub;
        return key === null ? null : (parseRecordKey(key)?.id ?? null);
      }
      if (!(parent instanceof Y.AbstractType)) return null;
      type = parent as AnyType;
    }
    return this.#texts.ownerOf(type);
  }
}
