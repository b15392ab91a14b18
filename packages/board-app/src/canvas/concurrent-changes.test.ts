// @vitest-environment jsdom
import { seedUpdate } from "@boardwalk/board-model";
import {
  AssetRecordType,
  createShapeId,
  defaultShapeUtils,
  toRichText,
  type TLAsset,
  type TLPageId,
  type TLShape,
  type TLShapeId,
  type TLShapePartial,
} from "tldraw";
import { afterEach, describe, expect, it } from "vitest";
import { EditorReplica, exchangeAll } from "./test-editor-replica.ts";
import { standInForBrowser } from "./test-headless-browser.ts";

standInForBrowser();

const open: EditorReplica[] = [];

function pair(): [EditorReplica, EditorReplica] {
  const seed = seedUpdate("A board");
  const made: [EditorReplica, EditorReplica] = [new EditorReplica(seed), new EditorReplica(seed)];
  open.push(...made);
  return made;
}

afterEach(() => {
  for (const replica of open.splice(0)) replica.close();
});

const id: TLShapeId = createShapeId("one");
const frame: TLShapeId = createShapeId("frame");
const points = [{ x: 0, y: 0, z: 0.5 }];
const linePoint = (name: string, index: string, x: number) => ({
  [name]: { id: name, index, x, y: 0 },
});

/** One of each type that tldraw has, with a style of its own and a property that stands for its size. */
const kinds: Record<string, { make?: object; size: object; style: object; text?: object }> = {
  arrow: { size: { end: { x: 70, y: 80 } }, style: { color: "red" }, text: { text: "label" } },
  bookmark: { size: { w: 310, h: 330 }, style: { url: "https://example.org/" } },
  draw: {
    make: { segments: [{ type: "free", points }] },
    size: { segments: [{ type: "free", points: [...points, { x: 9, y: 9, z: 0.5 }] }] },
    style: { color: "red" },
  },
  embed: { size: { w: 310, h: 330 }, style: { url: "https://example.org/" } },
  frame: { size: { w: 310, h: 330 }, style: { color: "red" }, text: { name: "a name" } },
  geo: {
    size: { w: 310, h: 330 },
    style: { color: "red" },
    text: { richText: toRichText("hello") },
  },
  group: { size: {}, style: {} },
  highlight: {
    make: { segments: [{ type: "free", points }] },
    size: { segments: [{ type: "free", points: [...points, { x: 9, y: 9, z: 0.5 }] }] },
    style: { color: "red" },
  },
  image: { size: { w: 310, h: 330 }, style: { flipX: true }, text: { altText: "a picture" } },
  line: {
    make: { points: { ...linePoint("a1", "a1", 0), ...linePoint("a2", "a2", 50) } },
    size: { points: { ...linePoint("a1", "a1", 0), ...linePoint("a2", "a2", 90) } },
    style: { color: "red" },
  },
  note: {
    size: { scale: 2 },
    style: { color: "red" },
    text: { richText: toRichText("hello") },
  },
  text: {
    make: { richText: toRichText("t") },
    size: { w: 310, autoSize: false },
    style: { color: "red" },
    text: { richText: toRichText("hello") },
  },
  video: { size: { w: 310, h: 330 }, style: { playing: true }, text: { altText: "a film" } },
};

type Change = { readonly name: string; readonly partial: Partial<TLShapePartial> };

/** What people do to one shape; each pair of them is made by two people at once. */
function changesOf(kind: (typeof kinds)[string]): Change[] {
  return [
    { name: "move", partial: { x: 300, y: 400 } },
    { name: "resize", partial: { props: kind.size } },
    { name: "restyle", partial: { props: kind.style } },
    { name: "retext", partial: { props: kind.text ?? {} } },
    { name: "reparent", partial: { parentId: frame } },
    { name: "reorder", partial: { index: "a9V" as TLShape["index"] } },
    { name: "lock", partial: { isLocked: true } },
    { name: "fade", partial: { opacity: 0.5 } },
    { name: "mark", partial: { meta: { mine: "yes" } } },
  ];
}

/** Position and size are one value: of two changes of it one is there, whole. */
function isOneValue(type: string, left: Change, right: Change): boolean {
  const isBoth = ["move", "resize"].includes(left.name) && ["move", "resize"].includes(right.name);
  const hasBox = Object.keys(kinds[type]?.size ?? {}).join() === "w,h";
  return isBoth && hasBox;
}

describe("two people who change one shape at once both keep what they did:", () => {
  it("every type that tldraw has is here", () => {
    expect(Object.keys(kinds).toSorted()).toEqual(
      ["group", ...defaultShapeUtils.map((util): string => util.type)].toSorted(),
    );
  });

  it.each(Object.entries(kinds))("%s", (type, kind) => {
    for (const left of changesOf(kind)) {
      for (const right of changesOf(kind)) {
        if (left.name === right.name || isOneValue(type, left, right)) continue;
        const [a, b] = pair();
        a.editor.createShape({ id: frame, type: "frame", x: 900 });
        if (type === "group") {
          const members = ["1", "2"].map((name) => createShapeId(name));
          for (const member of members) a.editor.createShape({ id: member, type: "geo" });
          a.editor.groupShapes(members, { groupId: id });
        } else a.editor.createShape({ id, type, props: { ...kind.make } });
        exchangeAll([a, b]);
        for (const [who, { partial }] of [
          [a, left],
          [b, right],
        ] as const) {
          who.editor.run(() => who.editor.updateShape({ ...partial, id, type }), {
            ignoreShapeLock: true,
          });
        }
        exchangeAll([a, b]);
        const both = `${left.name} beside ${right.name}`;
        const seen = { both, shape: b.editor.getShape(id) };
        expect(seen).toMatchObject({ both, shape: withoutTextAttributes(left.partial) });
        expect(seen).toMatchObject({ both, shape: withoutTextAttributes(right.partial) });
        expect({ both, records: a.records() }).toEqual({ both, records: b.records() });
        for (const replica of open.splice(0)) replica.close();
      }
    }
  });
});

/** toMatchObject compares what is named; the document names defaults of a text as well. */
function withoutTextAttributes(partial: object): object {
  return JSON.parse(JSON.stringify(partial)) as object;
}

describe("two people who change one thing at once both keep what they did:", () => {
  it("a page", () => {
    const [a, b] = pair();
    const page = a.editor.getCurrentPageId();
    a.editor.updatePage({ id: page, name: "Plan" });
    b.editor.updatePage({ id: page, meta: { mine: "yes" } });
    exchangeAll([a, b]);
    expect(b.editor.getPage(page)).toMatchObject({ name: "Plan", meta: { mine: "yes" } });
    expect(a.records()).toEqual(b.records());
  });

  it("the order of the pages, and a name", () => {
    const [a, b] = pair();
    const second = "page:second" as TLPageId;
    a.editor.createPage({ id: second, name: "Second" });
    exchangeAll([a, b]);
    a.editor.updatePage({ id: second, index: "a0" as TLShape["index"] });
    b.editor.renamePage(second, "Renamed");
    exchangeAll([a, b]);
    expect(b.editor.getPages().map(({ name }) => name)).toEqual(["Renamed", "Page 1"]);
    expect(a.records()).toEqual(b.records());
  });

  it("a binding", () => {
    const [a, b] = pair();
    a.editor.createShapes([
      { id, type: "arrow", x: 0, y: 0 },
      { id: frame, type: "geo", x: 300, y: 300 },
    ]);
    const props = { isPrecise: false, isExact: false, snap: "none" as const };
    a.editor.createBinding({
      type: "arrow",
      fromId: id,
      toId: frame,
      props: { ...props, terminal: "end", normalizedAnchor: { x: 0.5, y: 0.5 } },
    });
    exchangeAll([a, b]);
    const [binding] = a.editor.getBindingsFromShape(id, "arrow");
    if (binding === undefined) throw new Error("A binding was expected");
    a.editor.updateBinding({ ...binding, props: { normalizedAnchor: { x: 0.1, y: 0.2 } } });
    b.editor.updateBinding({ ...binding, props: { isPrecise: true }, meta: { mine: "yes" } });
    exchangeAll([a, b]);
    expect(b.editor.getBinding(binding.id)).toMatchObject({
      meta: { mine: "yes" },
      props: { normalizedAnchor: { x: 0.1, y: 0.2 }, isPrecise: true, terminal: "end" },
    });
    expect(a.records()).toEqual(b.records());
  });

  it("an asset", () => {
    const [a, b] = pair();
    const assetId = AssetRecordType.createId("picture");
    const asset: TLAsset = {
      id: assetId,
      typeName: "asset",
      type: "image",
      meta: {},
      props: { w: 4, h: 3, src: null, name: "a", mimeType: "image/png", isAnimated: false },
    };
    a.editor.createAssets([asset]);
    exchangeAll([a, b]);
    a.editor.updateAssets([{ ...asset, props: { ...asset.props, name: "renamed" } }]);
    b.editor.updateAssets([{ ...asset, meta: { mine: "yes" } }]);
    exchangeAll([a, b]);
    expect(b.editor.getAsset(assetId)).toMatchObject({
      meta: { mine: "yes" },
      props: { name: "renamed" },
    });
    expect(a.records()).toEqual(b.records());
  });

  it("entries of one meta", () => {
    const [a, b] = pair();
    a.editor.createShape({ id, type: "geo", meta: { kept: 1, dropped: 1 } });
    exchangeAll([a, b]);
    a.editor.updateShape({ id, type: "geo", meta: { first: "a" } });
    b.editor.updateShape({ id, type: "geo", meta: { second: "b" } });
    exchangeAll([a, b]);
    expect(b.editor.getShape(id)?.meta).toEqual({ kept: 1, dropped: 1, first: "a", second: "b" });
    expect(a.records()).toEqual(b.records());
  });
});
