import * as Y from "yjs";
import { BoardDocument } from "./board-document.ts";
import type { BoardRecord } from "./record.ts";
import type { RichTextCodec } from "./rich-text-codec.ts";
import { seedUpdate } from "./seed.ts";
import { textDifference } from "./text-difference.ts";

/** One paragraph of plain text: enough to see that text has a body of its own. */
const plainCodec: RichTextCodec = {
  read(fragment) {
    const texts = fragment
      .toArray()
      .map((node) => (node instanceof Y.XmlText ? node.toJSON() : ""));
    return richText(texts.join(""));
  },
  repair: (value) => value,
  write(fragment, value) {
    let text = fragment.toArray().find((node) => node instanceof Y.XmlText);
    if (text === undefined) {
      text = new Y.XmlText();
      fragment.insert(0, [text]);
    }
    const { start, deleted, inserted } = textDifference(text.toJSON(), textOf(value));
    text.delete(start, deleted);
    text.insert(start, inserted);
  },
};

export function richText(text: string) {
  const content = text === "" ? {} : { content: [{ type: "text", text }] };
  return { type: "doc", content: [{ type: "paragraph", ...content }] };
}

export function textOf(value: unknown): string {
  return /"text":"([^"]*)"/.exec(JSON.stringify(value))?.[1] ?? "";
}

export class Replica {
  readonly doc = new Y.Doc();
  readonly board: BoardDocument;

  constructor(seed: Uint8Array = seedUpdate("A board")) {
    Y.applyUpdate(this.doc, seed);
    this.board = new BoardDocument(this.doc, plainCodec);
  }

  create(...added: BoardRecord[]): void {
    this.board.write({ added, updated: [], removed: [] }, "test");
  }

  change(id: string, change: (record: BoardRecord) => BoardRecord): void {
    const before = this.read(id);
    this.board.write(
      { added: [], updated: [{ before, after: change(before) }], removed: [] },
      "test",
    );
  }

  remove(...removed: string[]): void {
    this.board.write({ added: [], updated: [], removed }, "test");
  }

  read(id: string): BoardRecord {
    const record = this.board.read(id);
    if (record === null) throw new Error(`There is no ${id}`);
    return record;
  }

  all(): Record<string, BoardRecord | null> {
    return Object.fromEntries(
      [...this.board.ids()].toSorted().map((id) => [id, this.board.read(id)]),
    );
  }
}

export function exchange(...replicas: Replica[]): void {
  for (const from of replicas) {
    for (const to of replicas) {
      if (from === to) continue;
      Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)));
    }
  }
}

export function setProps(props: Record<string, unknown>): (record: BoardRecord) => BoardRecord {
  return (record) => ({ ...record, props: { ...(record.props as object), ...props } });
}

export const note: BoardRecord = {
  id: "shape:note",
  typeName: "shape",
  type: "geo",
  x: 0,
  y: 0,
  rotation: 0,
  isLocked: false,
  opacity: 1,
  meta: {},
  parentId: "page:page",
  index: "a1",
  props: {
    w: 100,
    h: 100,
    geo: "rectangle",
    dash: "draw",
    growY: 0,
    url: "",
    scale: 1,
    color: "black",
    labelColor: "black",
    fill: "none",
    size: "m",
    font: "draw",
    align: "middle",
    verticalAlign: "middle",
    richText: richText(""),
  },
};

export const stroke: BoardRecord = {
  ...note,
  id: "shape:stroke",
  type: "draw",
  props: { segments: [{ type: "free", points: [{ x: 0, y: 0, z: 0.5 }] }], isComplete: false },
};

export const arrow: BoardRecord = {
  ...note,
  id: "shape:arrow",
  type: "arrow",
  props: { text: "", end: { x: 10, y: 10 } },
};

export function pair(...records: BoardRecord[]): [Replica, Replica] {
  const seed = seedUpdate("A board");
  const a = new Replica(seed);
  const b = new Replica(seed);
  a.create(...records);
  exchange(a, b);
  return [a, b];
}
