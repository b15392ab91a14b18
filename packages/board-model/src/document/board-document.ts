import * as Y from "yjs";
import { decodeBase, encodeBase } from "./base.ts";
import { applyGeometry, geometryOf, isGeometryPath } from "./geometry.ts";
import { appendInk, decodeInk, encodeInk, isInk } from "./ink.ts";
import { baseKey, geometryKey, inkKey, parseRecordKey, propertyKey } from "./record-key.ts";
import type { PropertyPath, RecordKey } from "./record-key.ts";
import { changedPaths, getIn, setIn } from "./record-change.ts";
import { isJsonObject, jsonEqual } from "./record.ts";
import type { BoardRecord, JsonObject } from "./record.ts";
import type { RichTextCodec } from "./rich-text-codec.ts";
import { mergePlainText, mergeRichText, writePlainText } from "./text-merge.ts";

/** Names of the document's top-level types. */
export const recordsName = "records";
export const richTextPrefix = "t:";
export const plainTextPrefix = "s:";

export interface RecordUpdate {
  readonly before: BoardRecord;
  readonly after: BoardRecord;
}

export interface RecordChanges {
  readonly added: readonly BoardRecord[];
  readonly updated: readonly RecordUpdate[];
  readonly removed: readonly string[];
}

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
  readonly #richText: RichTextCodec;
  readonly #records: Y.Map<unknown>;
  /** The keys beside the base that each record has, by record id. */
  readonly #overlays = new Map<string, Map<string, RecordKey>>();
  readonly #textOwners = new Map<unknown, string>();
  readonly #listeners = new Set<RecordsListener>();
  readonly #afterTransaction = (transaction: Y.Transaction): void => this.#notify(transaction);

  constructor(doc: Y.Doc, richText: RichTextCodec) {
    this.doc = doc;
    this.#richText = richText;
    this.#records = doc.getMap(recordsName);
    for (const key of this.#records.keys()) this.#index(key);
    doc.on("afterTransaction", this.#afterTransaction);
  }

  close(): void {
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

  /** null when there is no such record, or its base cannot be read. */
  read(id: string): BoardRecord | null {
    const base = this.#readBase(id);
    if (base === null) return null;
    const record: Record<string, unknown> & { id: string; typeName: string } = { ...base };
    const overlays = this.#overlays.get(id);
    if (overlays !== undefined) this.#applyOverlays(record, overlays);
    this.#applyText(record);
    return record;
  }

  write(changes: RecordChanges, origin: unknown): void {
    this.doc.transact(() => {
      for (const id of changes.removed) this.#remove(id);
      for (const record of changes.added) this.#put(record);
      for (const update of changes.updated) {
        if (this.has(update.after.id)) this.#update(update);
        // Shown by a repair, but not in the document: keep it as it was shown and changed.
        else this.#put(update.after);
      }
    }, origin);
  }

  #applyOverlays(
    record: Record<string, unknown> & { id: string },
    overlays: ReadonlyMap<string, RecordKey>,
  ): void {
    for (const [key, parsed] of overlays) {
      if (parsed.kind !== "property") continue;
      const value = this.#records.get(key);
      if (!(value instanceof Y.AbstractType)) setIn(record, parsed.path, value);
    }
    // After the single properties, so that the order in which keys arrived never counts.
    applyGeometry(record, this.#records.get(geometryKey(record.id)));
    const ink = this.#records.get(inkKey(record.id));
    if (ink instanceof Y.Array) setIn(record, ["props", "segments"], decodeInk(ink));
  }

  #applyText(record: Record<string, unknown> & { id: string }): void {
    if (!isJsonObject(record.props)) return;
    if (isJsonObject(record.props.richText)) {
      const name = richTextPrefix + record.id;
      if (!this.doc.share.has(name)) return;
      const fragment = this.doc.getXmlFragment(name);
      this.#textOwners.set(fragment, record.id);
      if (fragment.length > 0) {
        setIn(record, ["props", "richText"], this.#richText.read(fragment));
      }
    } else if (isPlainTextRecord(record)) {
      const name = plainTextPrefix + record.id;
      if (!this.doc.share.has(name)) return;
      const text = this.doc.getText(name);
      this.#textOwners.set(text, record.id);
      setIn(record, ["props", "text"], text.toJSON());
    }
  }

  #put(record: BoardRecord): void {
    this.#deleteOverlays(record.id);
    const base: Record<string, unknown> = { ...record };
    const props = isJsonObject(record.props) ? { ...record.props } : undefined;
    let inkChunks: string[] | null = null;
    if (props !== undefined) {
      base.props = props;
      if (isJsonObject(props.richText) && !isEmptyRichText(props.richText)) {
        this.#writeRichText(record.id, props.richText);
        props.richText = emptyRichText;
      } else if (isPlainTextRecord(record) && props.text !== "") {
        this.#writePlainText(record.id, props.text);
        props.text = "";
      }
      if (isInk(props.segments) && props.segments.length > 0) {
        inkChunks = encodeInk(props.segments);
        if (inkChunks !== null) props.segments = [];
      }
    }
    this.#set(
      baseKey(record.id),
      encodeBase({ ...base, id: record.id, typeName: record.typeName }),
    );
    if (inkChunks !== null) this.#set(inkKey(record.id), Y.Array.from(inkChunks));
  }

  #remove(id: string): void {
    this.#deleteOverlays(id);
    if (this.has(id)) this.#delete(baseKey(id));
    for (const prefix of [richTextPrefix, plainTextPrefix]) {
      if (!this.doc.share.has(prefix + id)) continue;
      const text =
        prefix === richTextPrefix
          ? this.doc.getXmlFragment(prefix + id)
          : this.doc.getText(prefix + id);
      if (text.length > 0) text.delete(0, text.length);
    }
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
      if (geometry !== null && isGeometryPath(path, geometry.length)) geometryChanged = true;
      else this.#updateProperty(id, path, before, after);
    }
    if (geometry !== null && geometryChanged) {
      const key = geometryKey(id);
      const current = this.#records.get(key) ?? geometryOf(this.#readBase(id) ?? before);
      if (!jsonEqual(current, geometry)) this.#set(key, geometry);
    }
  }

  #updateProperty(id: string, path: PropertyPath, before: BoardRecord, after: BoardRecord): void {
    const value = getIn(after, path);
    if (path[0] === "props" && path[1] === "richText" && isJsonObject(value)) {
      this.#writeRichText(id, value, getIn(before, path));
      return;
    }
    if (path[0] === "props" && path[1] === "text" && isPlainTextRecord(after)) {
      this.#writePlainText(id, value, getIn(before, path));
      return;
    }
    if (path[0] === "props" && path[1] === "segments" && isInk(value)) {
      if (this.#updateInk(id, getIn(before, path), value)) return;
    }
    const key = propertyKey(id, path);
    const current = this.#records.has(key)
      ? this.#records.get(key)
      : getIn(this.#readBase(id) ?? before, path);
    if (!jsonEqual(current, value)) this.#set(key, value);
  }

  #readBase(id: string): BoardRecord | null {
    return decodeBase(id, this.#records.get(baseKey(id)));
  }

  /** false when the strokes have to be stored as a plain property. */
  #updateInk(id: string, before: unknown, after: Parameters<typeof encodeInk>[0]): boolean {
    const key = inkKey(id);
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

  /**
   * @param before the text that the change was made on; what a peer typed meanwhile stays
   */
  #writeRichText(id: string, richText: JsonObject, before?: unknown): void {
    const fragment = this.doc.getXmlFragment(richTextPrefix + id);
    this.#textOwners.set(fragment, id);
    if (fragment.length === 0) {
      this.#richText.write(fragment, richText);
      return;
    }
    const current = this.#richText.read(fragment);
    const isOvertaken = isJsonObject(before) && !jsonEqual(current, before);
    const text = isOvertaken ? mergeRichText(this.#richText, before, richText, current) : richText;
    if (!jsonEqual(current, text)) this.#richText.write(fragment, text);
  }

  #writePlainText(id: string, value: unknown, before?: unknown): void {
    if (typeof value !== "string") return;
    const text = this.doc.getText(plainTextPrefix + id);
    this.#textOwners.set(text, id);
    const current = text.toJSON();
    const isOvertaken = typeof before === "string" && before !== current;
    writePlainText(text, isOvertaken ? mergePlainText(before, value, current) : value);
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
    const known = this.#textOwners.get(type);
    if (known !== undefined) return known;
    // Seldom: text that came before anyone asked for it. Learn every text body there is.
    for (const [name, root] of this.doc.share) {
      if (name.startsWith(richTextPrefix)) this.#textOwners.set(root, name.slice(2));
      else if (name.startsWith(plainTextPrefix)) this.#textOwners.set(root, name.slice(2));
    }
    return this.#textOwners.get(type) ?? null;
  }
}

const emptyRichText = { type: "doc", content: [{ type: "paragraph" }] } as const;

function isEmptyRichText(richText: JsonObject): boolean {
  const content = richText.content;
  if (!Array.isArray(content)) return true;
  const paragraph: unknown = content[0];
  return content.length <= 1 && isJsonObject(paragraph) && paragraph.content === undefined;
}

/** Arrows hold their label as a plain string. */
function isPlainTextRecord(record: JsonObject): boolean {
  return (
    record.type === "arrow" && isJsonObject(record.props) && typeof record.props.text === "string"
  );
}
