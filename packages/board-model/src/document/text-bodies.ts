import * as Y from "yjs";
import { getIn, setIn } from "./record-change.ts";
import { isJsonObject, jsonEqual, type BoardRecord, type JsonObject } from "./record.ts";
import type { RichTextCodec } from "./rich-text-codec.ts";
import { mergePlainText, mergeRichText, plantedText, writePlainText } from "./text-merge.ts";

/** Names of the document's top-level types that hold texts. */
export const richTextPrefix = "t:";
export const plainTextPrefix = "s:";

/**
 * The texts of a board's records, each in a type of its own so that it merges by character: rich
 * text in a `Y.XmlFragment`, an arrow's label in a `Y.Text`.
 */
export class TextBodies {
  readonly #doc: Y.Doc;
  readonly #codec: RichTextCodec;
  readonly #owners = new Map<unknown, string>();

  constructor(doc: Y.Doc, codec: RichTextCodec) {
    this.#doc = doc;
    this.#codec = codec;
  }

  /** Puts the record's text into it; where there is none the record's own stays. */
  apply(record: Record<string, unknown> & { id: string }): void {
    if (!isJsonObject(record.props)) return;
    const { richText } = record.props;
    if (isJsonObject(richText)) {
      const text = this.#readBody(record.id) ?? this.#repaired(richText);
      if (text !== richText) setIn(record, ["props", "richText"], text);
    } else if (isPlainTextRecord(record)) {
      if (!this.#doc.share.has(plainTextPrefix + record.id)) return;
      setIn(record, ["props", "text"], this.#labelOf(record.id).toJSON());
    }
  }

  /** null where the text has no body, or an empty one. */
  #readBody(id: string): JsonObject | null {
    if (!this.#doc.share.has(richTextPrefix + id)) return null;
    const fragment = this.#fragmentOf(id);
    return fragment.length > 0 ? this.#codec.read(fragment) : null;
  }

  /** Another client may have written anything; most texts are empty. */
  #repaired(richText: JsonObject): JsonObject {
    return jsonEqual(richText, emptyRichText) ? richText : this.#codec.repair(richText);
  }

  /**
   * @param props of a new record; its text is taken out of it
   */
  put(id: string, record: JsonObject, props: Record<string, unknown>): void {
    if (isJsonObject(props.richText) && !isEmptyRichText(props.richText)) {
      this.writeRichText(id, props.richText);
      props.richText = emptyRichText;
    } else if (isPlainTextRecord(record) && props.text !== "") {
      this.writePlainText(id, props.text);
      props.text = "";
    }
  }

  remove(id: string): void {
    if (this.#doc.share.has(richTextPrefix + id)) empty(this.#fragmentOf(id));
    if (this.#doc.share.has(plainTextPrefix + id)) empty(this.#labelOf(id));
  }

  /**
   * Gives a text that is about to change the body that it does not have yet. Two people may do so
   * at once; it is there once all the same.
   */
  plant(before: BoardRecord, after: BoardRecord, origin: unknown): void {
    const [richText, text] = [
      getIn(before, ["props", "richText"]),
      getIn(before, ["props", "text"]),
    ];
    if (isJsonObject(richText)) {
      const name = richTextPrefix + before.id;
      if (isEmptyRichText(richText) || jsonEqual(richText, getIn(after, ["props", "richText"])))
        return;
      if (this.#doc.share.has(name) && this.#fragmentOf(before.id).length > 0) return;
      const planted = plantedText((doc) => this.#codec.write(doc.getXmlFragment(name), richText));
      Y.applyUpdate(this.#doc, planted, origin);
    } else if (typeof text === "string" && isPlainTextRecord(before)) {
      const name = plainTextPrefix + before.id;
      if (text === "" || text === getIn(after, ["props", "text"])) return;
      if (this.#doc.share.has(name)) return;
      const planted = plantedText((doc) => writePlainText(doc.getText(name), text));
      Y.applyUpdate(this.#doc, planted, origin);
    }
  }

  /** @param before the text that the change was made on; what a peer typed meanwhile stays */
  writeRichText(id: string, richText: JsonObject, before?: unknown): void {
    const fragment = this.#fragmentOf(id);
    if (fragment.length === 0) {
      this.#codec.write(fragment, richText);
      return;
    }
    const current = this.#codec.read(fragment);
    const isOvertaken = isJsonObject(before) && !jsonEqual(current, before);
    const text = isOvertaken ? mergeRichText(this.#codec, before, richText, current) : richText;
    if (!jsonEqual(current, text)) this.#codec.write(fragment, text);
  }

  /** @param before as above */
  writePlainText(id: string, value: unknown, before?: unknown): void {
    if (typeof value !== "string") return;
    const text = this.#labelOf(id);
    const current = text.toJSON();
    const isOvertaken = typeof before === "string" && before !== current;
    writePlainText(text, isOvertaken ? mergePlainText(before, value, current) : value);
  }

  /** The record whose text a top-level type is; null when it is none. */
  ownerOf(type: unknown): string | null {
    const known = this.#owners.get(type);
    if (known !== undefined) return known;
    // Seldom: text that came before anyone asked for it. Learn every text body there is.
    for (const [name, root] of this.#doc.share) {
      if (name.startsWith(richTextPrefix) || name.startsWith(plainTextPrefix)) {
        this.#owners.set(root, name.slice(richTextPrefix.length));
      }
    }
    return this.#owners.get(type) ?? null;
  }

  #fragmentOf(id: string): Y.XmlFragment {
    const fragment = this.#doc.getXmlFragment(richTextPrefix + id);
    this.#owners.set(fragment, id);
    return fragment;
  }

  #labelOf(id: string): Y.Text {
    const text = this.#doc.getText(plainTextPrefix + id);
    this.#owners.set(text, id);
    return text;
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
export function isPlainTextRecord(record: JsonObject): boolean {
  return (
    record.type === "arrow" && isJsonObject(record.props) && typeof record.props.text === "string"
  );
}

function empty(text: Y.XmlFragment | Y.Text): void {
  if (text.length > 0) text.delete(0, text.length);
}
