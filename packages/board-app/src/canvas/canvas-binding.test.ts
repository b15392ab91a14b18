// @vitest-environment jsdom
import { limits, seedUpdate } from "@boardwalk/board-model";
import { createShapeId, toRichText, type TLShapeId } from "tldraw";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deeds } from "./test-deeds.ts";
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

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const replica of open.splice(0)) replica.close();
});

const box: TLShapeId = createShapeId("box");

describe("the canvas binding", () => {
  it("shows on one canvas what is drawn on another", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "geo", x: 10, y: 20, props: { w: 50, h: 60 } });
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toEqual(a.editor.getShape(box));
    b.editor.updateShape({ id: box, type: "geo", x: 99 });
    exchangeAll([a, b]);
    expect(a.editor.getShape(box)?.x).toBe(99);
    a.editor.deleteShape(box);
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toBeUndefined();
    expect(a.records()).toEqual(b.records());
  });

  it("writes what is done in a tab that is not looked at, which has no frames", async () => {
    // tldraw does not wait for frames in tests, unless it is told to.
    vi.stubGlobal("__FORCE_RAF_IN_TESTS__", true);
    vi.stubGlobal("requestAnimationFrame", () => 0);
    const [a] = replicas(1) as [EditorReplica];
    a.editor.createShape({ id: box, type: "geo" });
    expect(a.document.has(box)).toBe(false);
    await expect.poll(() => a.document.has(box)).toBe(true);
  });

  it("writes at once what comes after a while, and with it what came too soon before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const [a] = replicas(1) as [EditorReplica];
    const move = async (x: number): Promise<void> => {
      a.editor.updateShape({ id: box, type: "geo", x });
      await Promise.resolve();
    };
    const written = (): unknown => a.document.read(box)?.x;
    a.editor.createShape({ id: box, type: "geo", x: 0 });
    await Promise.resolve();
    expect(written()).toBe(0);
    vi.advanceTimersByTime(limits.updateIntervalMs - 1);
    await move(1);
    expect(written()).toBe(0);
    vi.advanceTimersByTime(1);
    await move(2);
    expect(written()).toBe(2);
    // The last of them, after which nothing comes.
    await move(3);
    vi.advanceTimersByTime(limits.updateDelayMs - 1);
    expect(written()).toBe(2);
    vi.advanceTimersByTime(1);
    expect(written()).toBe(3);
  });

  it("keeps a move and a new colour made at the same time", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "geo", x: 10, y: 20 });
    exchangeAll([a, b]);
    a.editor.updateShape({ id: box, type: "geo", x: 300, y: 400 });
    b.editor.updateShape({ id: box, type: "geo", props: { color: "red" } });
    exchangeAll([a, b]);
    expect(a.editor.getShape(box)).toMatchObject({ x: 300, y: 400, props: { color: "red" } });
    expect(a.records()).toEqual(b.records());
  });

  it("merges what two people type into one note", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "note", props: { richText: toRichText("one two") } });
    exchangeAll([a, b]);
    a.editor.updateShape({
      id: box,
      type: "note",
      props: { richText: toRichText("zero one two") },
    });
    b.editor.updateShape({
      id: box,
      type: "note",
      props: { richText: toRichText("one two three") },
    });
    exchangeAll([a, b]);
    expect(JSON.stringify(a.editor.getShape(box)?.props)).toContain("zero one two three");
    expect(a.records()).toEqual(b.records());
  });

  it("has no echo: what came from others is not sent again", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "note", props: { richText: toRichText("hello") } });
    exchangeAll([a, b]);
    exchangeAll([a, b]);
    let updates = 0;
    for (const replica of [a, b]) replica.doc.on("update", () => updates++);
    exchangeAll([a, b]);
    exchangeAll([a, b]);
    expect(updates).toBe(0);
  });

  it("does not lose a child that was moved into a frame while the frame was deleted", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const frame = createShapeId("frame");
    a.editor.createShapes([
      { id: frame, type: "frame", x: 0, y: 0 },
      { id: box, type: "geo", x: 500, y: 500 },
    ]);
    exchangeAll([a, b]);
    a.editor.deleteShape(frame);
    b.editor.reparentShapes([box], frame);
    exchangeAll([a, b]);
    expect(a.editor.getShape(box)?.parentId).toBe("page:page");
    expect(a.records()).toEqual(b.records());
  });

  it("keeps a page when two people each delete one of two", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createPage({ name: "Second" });
    exchangeAll([a, b]);
    const [first, second] = a.editor.getPages();
    if (first === undefined || second === undefined) throw new Error("Two pages were expected");
    a.editor.deletePage(first.id);
    b.editor.deletePage(second.id);
    exchangeAll([a, b]);
    expect(a.editor.getPages()).toHaveLength(1);
    expect(a.records()).toEqual(b.records());
    a.editor.createShape({ id: box, type: "geo" });
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toEqual(a.editor.getShape(box));
  });

  it("deletes a page with what is on it, but for what a peer put there meanwhile", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const [frame, mine, theirs] = ["frame", "mine", "theirs"].map((name) =>
      createShapeId(name),
    ) as [TLShapeId, TLShapeId, TLShapeId];
    a.editor.createPage({ name: "Second" });
    const [first, second] = a.editor.getPages();
    if (first === undefined || second === undefined) throw new Error("Two pages were expected");
    a.editor.setCurrentPage(second.id);
    a.editor.createShape({ id: frame, type: "frame" });
    a.editor.createShape({ id: mine, type: "geo", parentId: frame });
    exchangeAll([a, b]);
    b.editor.createShape({ id: theirs, type: "geo", parentId: second.id });
    a.editor.markHistoryStoppingPoint("delete page");
    a.editor.deletePage(second.id);
    exchangeAll([a, b]);
    expect(b.editor.getShape(frame)).toBeUndefined();
    expect(b.editor.getShape(mine)).toBeUndefined();
    expect(b.editor.getShape(theirs)?.parentId).toBe(first.id);
    expect(a.records()).toEqual(b.records());
    a.editor.undo();
    exchangeAll([a, b]);
    expect(b.editor.getShape(mine)?.parentId).toBe(frame);
    expect(b.editor.getShapePageBounds(mine)).toBeDefined();
    expect(a.records()).toEqual(b.records());
  });

  it("writes nothing for someone who may only look", () => {
    const seed = seedUpdate("A board");
    const editor = new EditorReplica(seed);
    const viewer = new EditorReplica(seed, () => false);
    open.push(editor, viewer);
    editor.editor.createShape({ id: box, type: "geo", x: 1 });
    exchangeAll([editor, viewer]);
    let updates = 0;
    viewer.doc.on("update", () => updates++);
    viewer.editor.updateShape({ id: box, type: "geo", x: 50 });
    viewer.editor.createShape({ id: createShapeId("mine"), type: "geo" });
    viewer.binding.write();
    expect(updates).toBe(0);
    expect(viewer.records()).toEqual(editor.records());
  });

  it("ends the drag of an arrow that a peer deletes, and goes on", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const pick = (): number => 0;
    const arrow = createShapeId("arrow");
    a.editor.createShape({ id: arrow, type: "arrow", props: { end: { x: 200, y: 90 } } });
    exchangeAll([a, b]);
    deeds.grab?.(a.editor, pick, 2);
    deeds.carry?.(a.editor, () => 90, 3);
    expect(a.editor.getPath()).toBe("select.translating");
    b.editor.deleteShapes([...b.editor.getCurrentPageShapeIds()]);
    exchangeAll([a, b]);
    expect(a.editor.isIn("select.idle")).toBe(true);
    deeds.carry?.(a.editor, () => 50, 4);
    deeds.drop?.(a.editor, () => 50, 5);
    a.editor.createShape({ id: box, type: "geo" });
    exchangeAll([a, b]);
    expect(b.editor.getCurrentPageShapes().map(({ id }) => id)).toEqual([box]);
    expect(a.records()).toEqual(b.records());
  });

  it("does a shape again as it was last, also what a peer did to it", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.markHistoryStoppingPoint("draw");
    a.editor.createShape({ id: box, type: "geo", x: 10 });
    exchangeAll([a, b]);
    b.editor.updateShape({ id: box, type: "geo", y: 5, props: { color: "red" } });
    exchangeAll([a, b]);
    a.editor.undo();
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toBeUndefined();
    a.editor.redo();
    exchangeAll([a, b]);
    expect(b.editor.getShape(box)).toMatchObject({ x: 10, y: 5, props: { color: "red" } });
  });

  it("does not bring back by undo or redo what a peer has deleted", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    a.editor.createShape({ id: box, type: "geo", x: 10 });
    a.editor.markHistoryStoppingPoint("move");
    a.editor.updateShape({ id: box, type: "geo", x: 300 });
    exchangeAll([a, b]);
    b.editor.deleteShape(box);
    exchangeAll([a, b]);
    a.editor.undo();
    a.editor.redo();
    exchangeAll([a, b]);
    expect(a.editor.getShape(box)).toBeUndefined();
    expect(a.records()).toEqual(b.records());
  });

  it("undoes one's own typing and leaves what a peer typed before, between and after", () => {
    const [a, b] = replicas(2) as [EditorReplica, EditorReplica];
    const type = (who: EditorReplica, change: (text: string) => string): void => {
      const text = textOf(who, box);
      const props = { richText: toRichText(change(text)) };
      who.editor.updateShape({ id: box, type: "note", props });
    };
    a.editor.createShape({ id: box, type: "note", props: { richText: toRichText("start") } });
    exchangeAll([a, b]);
    a.editor.markHistoryStoppingPoint("type");
    type(a, (text) => `A1 ${text}`);
    exchangeAll([a, b]);
    type(b, (text) => `${text} B1`);
    exchangeAll([a, b]);
    type(a, (text) => text.replace("start", "start A2"));
    exchangeAll([a, b]);
    type(b, (text) => `${text} B2`);
    exchangeAll([a, b]);
    expect(textOf(a, box)).toBe("A1 start A2 B1 B2");
    a.editor.undo();
    exchangeAll([a, b]);
    expect(textOf(b, box)).toBe("start B1 B2");
    a.editor.redo();
    exchangeAll([a, b]);
    expect(textOf(b, box)).toBe("A1 start A2 B1 B2");
    expect(a.records()).toEqual(b.records());
  });
});

function textOf(replica: EditorReplica, id: TLShapeId): string {
  return /"text":"([^"]*)"/.exec(JSON.stringify(replica.editor.getShape(id)?.props))?.[1] ?? "";
}
