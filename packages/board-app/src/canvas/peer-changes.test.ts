// @vitest-environment jsdom
import { seedUpdate } from "@boardwalk/board-model";
import { createShapeId, type TLArrowBindingProps, type TLShapeId } from "tldraw";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { pointer } from "./test-deeds.ts";
import { EditorReplica, exchangeAll } from "./test-editor-replica.ts";
import { standInForBrowser } from "./test-headless-browser.ts";

standInForBrowser();

const open: EditorReplica[] = [];

function replicas(count: number): EditorReplica[] {
  const seed = seedUpdate("A board");
  const made = Array.from({ length: count }, () => new EditorReplica(seed));
  open.push(...made);
  return made;
}

/** Someone who opens the board as it is stored now. */
function newcomer(to: EditorReplica): EditorReplica {
  const made = new EditorReplica(Y.encodeStateAsUpdate(to.doc));
  open.push(made);
  return made;
}

afterEach(() => {
  for (const replica of open.splice(0)) replica.close();
});

/** Changes the document past the canvas, as a peer of another make may. */
function removeOnly(peer: EditorReplica, id: string): void {
  peer.document.write({ added: [], updated: [], removed: [id] }, "by hand");
}

/** Everyone shows the same, a newcomer too, and nobody has anything left to say. */
function expectRest(first: EditorReplica, ...others: EditorReplica[]): void {
  const all = [first, ...others];
  for (let round = 0; round < 3; round++) exchangeAll(all);
  const updates: Uint8Array[] = [];
  for (const { doc } of all) doc.on("update", (update: Uint8Array) => updates.push(update));
  exchangeAll(all);
  expect(updates).toEqual([]);
  const late = newcomer(first);
  late.doc.on("update", (update: Uint8Array) => updates.push(update));
  late.binding.write();
  expect(updates).toEqual([]);
  for (const other of [...others, late]) expect(other.records()).toEqual(first.records());
}

const [box, one, two, arrow] = ["box", "one", "two", "arrow"].map((name) =>
  createShapeId(name),
) as [TLShapeId, TLShapeId, TLShapeId, TLShapeId];

const atEnd: TLArrowBindingProps = {
  terminal: "end",
  normalizedAnchor: { x: 0.5, y: 0.5 },
  isExact: false,
  isPrecise: false,
  snap: "none",
};

describe("what a peer's change can do:", () => {
  it("a frame deleted while something is dragged over it: the drag goes on, and ends", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: one, type: "frame", props: { w: 300, h: 300 } });
    // Over the frame, and not in it.
    const parentId = a.editor.getCurrentPageId();
    a.editor.createShape({
      id: box,
      type: "geo",
      x: 50,
      y: 50,
      parentId,
      props: { fill: "solid" },
    });
    exchangeAll([a, b]);
    pointer(a.editor, "pointer_down", { x: 100, y: 100 }, a.editor.getShape(box));
    pointer(a.editor, "pointer_move", { x: 150, y: 150 });
    expect(a.editor.isIn("select.translating")).toBe(true);
    b.editor.deleteShape(one);
    exchangeAll([b, a]);
    expect(a.editor.isIn("select.translating")).toBe(true);
    pointer(a.editor, "pointer_up", { x: 160, y: 150 });
    expect(a.editor.getShape(box)).toMatchObject({ parentId, x: 110, y: 100 });
    expectRest(a, b);
  });

  it("an invalid record: it is set aside, and the rest of its batch is shown", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const records = a.doc.getMap("records");
    const valid = { type: "geo", x: 5, index: "a9", props: {} };
    records.set("shape:unknown", JSON.stringify({ type: "hologram", typeName: "shape", $: 0 }));
    records.set("shape:bad", JSON.stringify({ ...valid, x: "left" }));
    records.set("shape:extra", JSON.stringify({ ...valid, props: { glow: 1 } }));
    records.set("shape:not-json", "{");
    a.editor.createShape({ id: box, type: "geo" });
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toBeDefined();
    expect(b.binding.setAsideCount).toBe(4);
    expect(newcomer(b).binding.setAsideCount).toBe(4);
    expect(records.get("shape:not-json")).toBe("{");
    // Mended by a peer, it is shown.
    records.set("shape:bad", JSON.stringify(valid));
    exchangeAll([a, b]);
    expect(b.editor.getShape(createShapeId("bad"))?.x).toBe(5);
    expect(b.binding.setAsideCount).toBe(3);
    expectRest(b, a);
  });

  it("a parent removed only: its child is shown on the page", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: one, type: "frame", x: 100, y: 100 });
    a.editor.createShape({ id: box, type: "geo", parentId: one, x: 10, y: 20 });
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)?.parentId).toBe(one);
    removeOnly(a, one);
    exchangeAll([a, b]);
    expect(b.editor.getShape(one)).toBeUndefined();
    expect(b.editor.getShape(box)?.parentId).toBe("page:page");
    expect(b.editor.getCurrentPageShapesSorted().map(({ id }) => id)).toEqual([box]);
    expectRest(a, b);
  });

  it("a binding before its shapes: it is held back until both are here", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const binding = {
      id: "binding:early",
      typeName: "binding",
      type: "arrow",
      fromId: arrow,
      toId: box,
      meta: {},
      props: atEnd,
    };
    a.document.write({ added: [binding], updated: [], removed: [] }, "by hand");
    exchangeAll([a, b]);
    expect(b.editor.store.allRecords().some(({ id }) => id === binding.id)).toBe(false);
    expect(b.document.has(binding.id)).toBe(true);
    a.editor.createShapes([
      { id: box, type: "geo", x: 300, y: 300 },
      { id: arrow, type: "arrow", x: 0, y: 0 },
    ]);
    exchangeAll([a, b]);
    expect(b.editor.getBindingsFromShape(arrow, "arrow")).toHaveLength(1);
    expectRest(a, b);
  });

  it("a bound shape removed only: its bindings go with it, and the arrow stays where it was", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "geo", x: 300, y: 300 });
    exchangeAll([a, b]);
    b.editor.createShape({ id: arrow, type: "arrow", x: 0, y: 0 });
    b.editor.createBinding({ type: "arrow", fromId: arrow, toId: box, props: atEnd });
    exchangeAll([a, b]);
    const bounds = a.editor.getShapePageBounds(arrow);
    expect(a.editor.getBindingsFromShape(arrow, "arrow")).toHaveLength(1);
    removeOnly(a, box);
    exchangeAll([a, b]);
    expect(b.editor.getBindingsFromShape(arrow, "arrow")).toHaveLength(0);
    expectRest(a, b);
    expect(b.editor.getShapePageBounds(arrow)).toEqual(bounds);
  });

  it("a bound shape removed only, while another binds to it: the same", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "geo", x: 300, y: 300 });
    exchangeAll([a, b]);
    b.editor.createShape({ id: arrow, type: "arrow", x: 0, y: 0 });
    b.editor.createBinding({ type: "arrow", fromId: arrow, toId: box, props: atEnd });
    a.editor.deleteShape(box);
    exchangeAll([a, b]);
    expect(a.editor.getBindingsFromShape(arrow, "arrow")).toHaveLength(0);
    expectRest(a, b);
    expect(a.editor.getShape(arrow)?.props).not.toMatchObject({ end: { x: 2, y: 0 } });
  });

  it("two bindings on one arrow end: one of them is kept, the same for all", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShapes([
      { id: one, type: "geo", x: 0, y: 0 },
      { id: two, type: "geo", x: 500, y: 0 },
      { id: arrow, type: "arrow", x: 200, y: 200 },
    ]);
    exchangeAll([a, b]);
    a.editor.createBinding({ type: "arrow", fromId: arrow, toId: one, props: atEnd });
    b.editor.createBinding({ type: "arrow", fromId: arrow, toId: two, props: atEnd });
    exchangeAll([a, b]);
    expect(a.editor.getBindingsFromShape(arrow, "arrow")).toHaveLength(1);
    expectRest(a, b);
  });

  it("a group that drops to one child: it is dissolved once, without a loop", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const group = createShapeId("group");
    const ids = [box, one, two] as const;
    a.editor.createShapes(ids.map((id, index) => ({ id, type: "geo" as const, x: index * 200 })));
    a.editor.groupShapes([...ids], { groupId: group });
    exchangeAll([a, b]);
    a.editor.deleteShape(box);
    b.editor.deleteShape(one);
    exchangeAll([a, b]);
    expectRest(a, b);
    expect(a.editor.getShape(group)).toBeUndefined();
    expect(a.editor.getShape(two)?.parentId).toBe("page:page");
  });

  it("a duplicate sibling index: the siblings get different places, and can be duplicated", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: one, type: "geo" });
    b.editor.createShape({ id: two, type: "geo" });
    expect(a.editor.getShape(one)?.index).toBe(b.editor.getShape(two)?.index);
    exchangeAll([a, b]);
    const indices = a.editor.getCurrentPageShapes().map((shape) => shape.index);
    expect(new Set(indices).size).toBe(2);
    expectRest(a, b);
    a.editor.duplicateShapes([one, two]);
    expect(a.editor.getCurrentPageShapes()).toHaveLength(4);
    expectRest(a, b);
  });

  /** Two people nest two frames into each other. */
  function withParentCycle(): [EditorReplica, EditorReplica] {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShapes([
      { id: one, type: "frame", x: 0, y: 0 },
      { id: two, type: "frame", x: 500, y: 0 },
    ]);
    exchangeAll([a, b]);
    a.editor.reparentShapes([one], two);
    b.editor.reparentShapes([two], one);
    exchangeAll([a, b]);
    return [a, b];
  }

  it("a parent cycle, editor mounted: it is broken, the same way for all", () => {
    const [a, b] = withParentCycle();
    for (const { editor } of [a, b]) {
      for (const id of [one, two]) expect(editor.getShapePageBounds(id)).toBeDefined();
    }
    expectRest(a, b);
  });

  it("a parent cycle already stored: the board opens, with the cycle broken", () => {
    const [a] = withParentCycle();
    expect(a.document.read(one)?.parentId).toBe(two);
    expect(a.document.read(two)?.parentId).toBe(one);
    const late = newcomer(a);
    for (const id of [one, two]) expect(late.editor.getShapePageBounds(id)).toBeDefined();
    expect(late.records()).toEqual(a.records());
  });

  it("the last page removed: all show the same page, which is kept once something is on it", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    removeOnly(a, "page:page");
    expectRest(a, b);
    expect(b.editor.getPages().map(({ id }) => id)).toEqual(["page:page"]);
    expect(b.document.has("page:page")).toBe(false);
    b.editor.createShape({ id: box, type: "geo" });
    exchangeAll([a, b]);
    expect(a.document.has("page:page")).toBe(true);
    expect(a.editor.getShape(box)?.parentId).toBe("page:page");
    expectRest(a, b);
  });

  it("undo after a peer recoloured the same shape: only one's own is taken back and done again", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "geo", x: 10, y: 20 });
    exchangeAll([a, b]);
    a.editor.markHistoryStoppingPoint("move");
    a.editor.updateShape({ id: box, type: "geo", x: 300 });
    exchangeAll([a, b]);
    b.editor.updateShape({ id: box, type: "geo", y: 77, props: { color: "red" } });
    exchangeAll([a, b]);
    a.editor.undo();
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toMatchObject({ x: 10, y: 77, props: { color: "red" } });
    b.editor.updateShape({ id: box, type: "geo", props: { color: "blue" } });
    exchangeAll([a, b]);
    a.editor.redo();
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toMatchObject({ x: 300, y: 77, props: { color: "blue" } });
    expectRest(a, b);
  });

  it("two people who open a blank board at once: neither seeds it", () => {
    const seed = seedUpdate("A board");
    const [a, b] = [new EditorReplica(seed), new EditorReplica(seed)];
    open.push(a, b);
    expectRest(a, b);
    expect(Y.encodeStateAsUpdate(b.doc)).toEqual(seed);
    expect(b.editor.getPages()).toHaveLength(1);
  });
});
