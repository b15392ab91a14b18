// @vitest-environment jsdom
import { canvasSchema, seedUpdate, type BoardRecord } from "@boardwalk/board-model";
import fc from "fast-check";
import { createShapeId, createTLSchema, toRichText, type TLShapeId } from "tldraw";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { RecordMigration } from "./record-migration.ts";
import { EditorReplica } from "./test-editor-replica.ts";
import { standInForBrowser } from "./test-headless-browser.ts";
import { OlderPage, olderSchemas, plainTextOf } from "./test-older-page.ts";

standInForBrowser();

/** What the first canvas of any board wrote. Boards of that age are there for good. */
const firstSequences = {
  "com.tldraw.store": 4,
  "com.tldraw.asset": 1,
  "com.tldraw.document": 2,
  "com.tldraw.page": 1,
  "com.tldraw.shape": 4,
  "com.tldraw.asset.bookmark": 2,
  "com.tldraw.asset.image": 5,
  "com.tldraw.asset.video": 5,
  "com.tldraw.shape.arrow": 6,
  "com.tldraw.shape.bookmark": 2,
  "com.tldraw.shape.draw": 2,
  "com.tldraw.shape.embed": 4,
  "com.tldraw.shape.frame": 1,
  "com.tldraw.shape.geo": 10,
  "com.tldraw.shape.group": 0,
  "com.tldraw.shape.highlight": 1,
  "com.tldraw.shape.image": 5,
  "com.tldraw.shape.line": 5,
  "com.tldraw.shape.note": 9,
  "com.tldraw.shape.text": 3,
  "com.tldraw.shape.video": 4,
  "com.tldraw.binding.arrow": 1,
};

const open: EditorReplica[] = [];

function page(board: Uint8Array, mayEdit = true): EditorReplica {
  const replica = new EditorReplica(board, () => mayEdit);
  open.push(replica);
  return replica;
}

afterEach(() => {
  for (const replica of open.splice(0)) replica.close();
});

const ids = ["box", "note", "stroke", "arrow", "words"].map((name) => createShapeId(name));
const [box, note, stroke, arrow] = ids as [TLShapeId, TLShapeId, TLShapeId, TLShapeId];

/** Shapes of every kind whose form has changed, as this canvas makes them. */
function drawnNow(): BoardRecord[] {
  const replica = page(seedUpdate("Elsewhere"));
  const richText = toRichText("hello");
  replica.editor.createShapes([
    { id: box, type: "geo", x: 10, props: { color: "red", richText } },
    { id: note, type: "note", x: 20, props: { richText } },
    {
      id: stroke,
      type: "draw",
      props: { segments: [{ type: "free", points: [{ x: 0, y: 0, z: 0.5 }] }] },
    },
    { id: arrow, type: "arrow", x: 40, props: { text: "label" } },
    { id: createShapeId("words"), type: "text", x: 50, props: { richText } },
  ]);
  return ids.map((id) => structuredClone(replica.editor.getShape(id)) as unknown as BoardRecord);
}

function olderBoard(name: "winter" | "spring" = "winter"): {
  older: OlderPage;
  now: BoardRecord[];
} {
  const older = new OlderPage(name, OlderPage.seed(name, seedUpdate("A board")));
  const now = drawnNow();
  older.create(...now);
  return { older, now };
}

function stateOf({ doc }: { doc: Y.Doc }): Uint8Array {
  return Y.encodeStateAsUpdate(doc);
}

function exchange(...pages: readonly (EditorReplica | OlderPage)[]): void {
  for (const each of pages) if (each instanceof EditorReplica) each.binding.write();
  for (let round = 0; round < 2; round++) {
    for (const from of pages) {
      for (const to of pages) {
        if (from === to) continue;
        Y.applyUpdate(
          to.doc,
          Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)),
          "remote",
        );
      }
    }
  }
}

function textOf(replica: EditorReplica, id: TLShapeId): string {
  const props = replica.editor.getShape(id)?.props as { richText?: unknown } | undefined;
  return plainTextOf(props?.richText);
}

describe("a board that is older than the page", () => {
  it("is shown in the page's own form, to who may only look, too, and nothing is written", () => {
    const { older, now } = olderBoard();
    expect(older.document.read(note)?.props).toMatchObject({ text: "hello" });
    expect(older.document.read(note)?.props).not.toHaveProperty("richText");
    expect(older.document.read(stroke)?.props).not.toHaveProperty("scale");
    for (const mayEdit of [true, false]) {
      const replica = page(stateOf(older), mayEdit);
      const before = stateOf(replica);
      for (const record of now) {
        expect(replica.editor.getShape(record.id as TLShapeId)).toEqual(record);
      }
      replica.binding.write();
      expect(stateOf(replica)).toEqual(before);
      expect(replica.binding.setAsideCount).toBe(0);
      expect(older.isReadOnly).toBe(false);
    }
  });

  it("is migrated once: two pages that change it at once change the same board", () => {
    const { older } = olderBoard();
    const [a, b] = [page(stateOf(older)), page(stateOf(older))];
    a.editor.updateShape({ id: note, type: "note", props: { richText: toRichText("A hello") } });
    b.editor.updateShape({ id: note, type: "note", props: { richText: toRichText("hello B") } });
    a.editor.updateShape({ id: box, type: "geo", x: 300 });
    b.editor.updateShape({ id: box, type: "geo", props: { color: "blue", scale: 2 } });
    a.editor.updateShape({ id: arrow, type: "arrow", props: { text: "a label" } });
    b.editor.updateShape({ id: arrow, type: "arrow", props: { text: "label b" } });
    exchange(a, b);
    expect(a.records()).toEqual(b.records());
    expect(textOf(a, note)).toBe("A hello B");
    expect(a.editor.getShape(arrow)?.props).toMatchObject({ text: "a label b" });
    expect(a.editor.getShape(box)).toMatchObject({ x: 300, props: { color: "blue", scale: 2 } });
    let updates = 0;
    for (const replica of [a, b]) replica.doc.on("update", () => updates++);
    exchange(a, b);
    expect(updates).toBe(0);
    // The board says so, once.
    const { info } = new OlderPage("winter", stateOf(a));
    expect([...info.schemas.values()]).toEqual([olderSchemas.winter, canvasSchema]);
    expect(info.schema).toEqual(canvasSchema);
    // Whoever opens it from what is stored sees the same.
    expect(page(stateOf(a)).records()).toEqual(a.records());
  });

  it("is read-only on the older page from the first change on, and shown there as far as it goes", () => {
    const { older } = olderBoard();
    const replica = page(stateOf(older));
    exchange(older, replica);
    expect(older.isReadOnly).toBe(false);
    replica.editor.updateShape({ id: box, type: "geo", x: 300 });
    exchange(older, replica);
    expect(older.isReadOnly).toBe(true);
    expect(older.document.read(box)).toMatchObject({ x: 300, props: { text: "hello" } });
  });

  it("takes in what an older page made without the network, after others had changed it", () => {
    const { older } = olderBoard();
    const away = new OlderPage("winter", stateOf(older));
    const replica = page(stateOf(older));
    replica.editor.updateShape({ id: box, type: "geo", x: 300 });
    replica.editor.deleteShape(arrow);
    replica.binding.write();
    const late = createShapeId("late");
    const [, made] = drawnNow();
    if (made === undefined) throw new Error("A note was expected");
    away.create({ ...made, id: late, index: "a9" });
    away.change(box, {}, { color: "green" });
    away.change(box, { x: 5 });
    away.change(note, {}, { text: "hello, late" });
    away.change(arrow, { x: 1 });
    away.change(stroke, {}, { color: "violet" });
    exchange(replica, away);
    expect(replica.binding.setAsideCount).toBe(0);
    expect(textOf(replica, late)).toBe("hello");
    // The same property: what was changed in the newer form stays. Another one: both stay.
    expect(replica.editor.getShape(box)).toMatchObject({ x: 300, props: { color: "green" } });
    expect(textOf(replica, note)).toBe("hello, late");
    expect(replica.editor.getShape(arrow)).toBeUndefined();
    expect(replica.editor.getShape(stroke)?.props).toMatchObject({ color: "violet", scale: 1 });
    expect(page(stateOf(replica)).records()).toEqual(replica.records());
  });

  it("goes on from form to form: what each page has changed is kept through the next", () => {
    const { older } = olderBoard();
    const spring = new OlderPage("spring", stateOf(older));
    spring.change(note, {}, { text: "spring", scale: 3, labelColor: "red" });
    spring.change(box, { x: 7 });
    expect(spring.info.schema).toEqual(olderSchemas.spring);
    older.change(box, {}, { color: "green" });
    exchange(older, spring);
    const replica = page(stateOf(spring));
    expect(textOf(replica, note)).toBe("spring");
    expect(replica.editor.getShape(note)?.props).toMatchObject({ scale: 3, labelColor: "red" });
    expect(replica.editor.getShape(box)).toMatchObject({ x: 7, props: { color: "green" } });
    replica.editor.updateShape({ id: box, type: "geo", y: 8 });
    replica.binding.write();
    expect(replica.editor.getShape(box)).toMatchObject({ x: 7, y: 8 });
    expect([...new OlderPage("winter", stateOf(replica)).info.schemas.keys()]).toHaveLength(3);
    expect(replica.binding.setAsideCount).toBe(0);
  });

  it("takes all that a canvas does: new shapes, ink, undo, deletion", () => {
    const { older } = olderBoard();
    const [a, b] = [page(stateOf(older)), page(stateOf(older))];
    const made = createShapeId("made");
    a.editor.markHistoryStoppingPoint("make");
    const points = [{ x: 0, y: 0, z: 0.5 }];
    a.editor.createShape({
      id: made,
      type: "draw",
      props: { segments: [{ type: "free", points }] },
    });
    exchange(a, b);
    for (const id of [made, stroke]) {
      const segments = [{ type: "free" as const, points: [...points, { x: 9, y: 9, z: 0.5 }] }];
      b.editor.updateShape({ id, type: "draw", props: { segments } });
    }
    exchange(a, b);
    for (const id of [made, stroke]) {
      expect(a.editor.getShape(id)?.props).toMatchObject({
        segments: [{ points: [points[0], { x: 9, y: 9, z: 0.5 }] }],
      });
    }
    a.editor.undo();
    exchange(a, b);
    expect(b.editor.getShape(made)).toBeUndefined();
    a.editor.redo();
    a.editor.deleteShape(note);
    exchange(a, b);
    expect(b.editor.getShape(made)).toEqual(a.editor.getShape(made));
    expect(b.editor.getShape(note)).toBeUndefined();
    a.editor.undo();
    exchange(a, b);
    expect(textOf(b, note)).toBe("hello");
    expect(a.records()).toEqual(b.records());
  });

  it("comes to the same for pages of all ages, whatever they do and in whatever order it arrives", () => {
    const edit = fc.record({
      who: fc.nat(3),
      what: fc.constantFrom("move", "color", "text", "exchange", "remove", "make"),
      id: fc.constantFrom(box, note, stroke, arrow),
      value: fc.nat(99),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 3, maxLength: 25 }), (edits) => {
        const { older } = olderBoard();
        const start = stateOf(older);
        const pages = [
          new OlderPage("winter", start),
          new OlderPage("spring", start),
          page(start),
          page(start),
        ];
        for (const [step, { who, what, id, value }] of edits.entries()) {
          const each = pages[who];
          const other = pages[value % pages.length];
          if (each === undefined || other === undefined) continue;
          if (what === "exchange") {
            if (each !== other) exchange(each, other);
          } else if (each instanceof OlderPage) {
            if (each.isReadOnly || each.document.read(id) === null) continue;
            if (what === "move") each.change(id, { x: value });
            if (what === "color") each.change(id, {}, { color: value % 2 === 0 ? "red" : "blue" });
            if (what === "text" && id !== stroke) each.change(id, {}, { text: `t${value}` });
            if (what === "remove") {
              each.document.write({ added: [], updated: [], removed: [id] }, each);
            }
          } else {
            const shape = each.editor.getShape(id);
            if (what === "make")
              each.editor.createShape({ id: createShapeId(`s${step}`), type: "geo" });
            if (shape === undefined) continue;
            const { type } = shape;
            if (what === "move") each.editor.updateShape({ id, type, x: value });
            if (what === "color") each.editor.updateShape({ id, type, props: { color: "green" } });
            if (what === "text" && (id === box || id === note)) {
              const richText = toRichText(`r${value}`);
              each.editor.updateShape({ id, type, props: { richText } });
            }
            if (what === "remove") each.editor.deleteShape(id);
            each.binding.write();
          }
        }
        for (let round = 0; round < 3; round++) exchange(...pages);
        const [, , a, b] = pages as [OlderPage, OlderPage, EditorReplica, EditorReplica];
        expect(a.records()).toEqual(b.records());
        expect(a.binding.setAsideCount).toBe(0);
        expect(page(stateOf(a)).records()).toEqual(a.records());
        for (const replica of open.splice(0)) replica.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe("migration", () => {
  it("has a way, record by record, from the first canvas that boards were made with", () => {
    const steps = createTLSchema().getMigrationsSince({
      schemaVersion: 2,
      sequences: firstSequences,
    });
    if (!steps.ok) throw new Error(steps.error);
    expect(steps.value.filter(({ scope }) => scope !== "record")).toEqual([]);
  });

  it("sets aside what it cannot migrate, and shows the rest", () => {
    const migration = new RecordMigration(createTLSchema());
    const unheardOf = {
      ...canvasSchema,
      sequences: { ...canvasSchema.sequences, "com.tldraw.shape.note": -1 },
    };
    const record = { id: "shape:a", typeName: "shape", type: "note" };
    expect(migration.migrate(record, unheardOf, canvasSchema)).toBeNull();
    const { older } = olderBoard();
    older.document.write(
      {
        added: [{ id: "shape:odd", typeName: "shape", type: "note", props: null, meta: {} }],
        updated: [],
        removed: [],
      },
      "test",
    );
    const replica = page(stateOf(older));
    expect(replica.binding.setAsideCount).toBe(1);
    expect(textOf(replica, note)).toBe("hello");
  });
});
