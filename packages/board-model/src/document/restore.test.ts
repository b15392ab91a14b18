import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { BoardInfo } from "./board-info.ts";
import { canvasSchema } from "./canvas-schema.ts";
import { isNewerBoard, restoreBoard } from "./restore.ts";
import {
  arrow,
  exchange,
  note,
  pair,
  Replica,
  richText,
  setProps,
  stroke,
} from "./test-replica.ts";

/** A document kept, as a version is. */
function versionOf(replica: Replica): Y.Doc {
  const version = new Y.Doc();
  Y.applyUpdate(version, Y.encodeStateAsUpdate(replica.doc));
  return version;
}

/** All that is on the board: the records as they read, and the texts with their formatting. */
function contentOf({ doc, board }: Pick<Replica, "doc" | "board">) {
  const ids = [...board.ids()].toSorted();
  const texts = [...doc.share.keys()]
    .filter((name) => name.startsWith("t:"))
    .map((name) => [name, doc.getXmlFragment(name).toJSON()] as const)
    .filter(([, text]) => text !== "");
  return {
    records: Object.fromEntries(ids.map((id) => [id, board.read(id)])),
    texts: Object.fromEntries(texts),
  };
}

/** How many updates the work makes. */
function updatesOf(doc: Y.Doc, work: () => void): Uint8Array[] {
  const updates: Uint8Array[] = [];
  const keep = (update: Uint8Array) => updates.push(update);
  doc.on("update", keep);
  work();
  doc.off("update", keep);
  return updates;
}

function paragraph(text: string, marks?: Record<string, unknown>): Y.XmlElement {
  const element = new Y.XmlElement("paragraph");
  const body = new Y.XmlText();
  body.insert(0, text, marks);
  element.insert(0, [body]);
  return element;
}

function bodyOf(replica: Replica, id: string): Y.XmlFragment {
  return replica.doc.getXmlFragment(`t:${id}`);
}

const points = (...xs: number[]) => [
  { type: "free", points: xs.map((x) => ({ x, y: 0, z: 0.5 })) },
];
const ids = ["shape:1", "shape:2", "shape:3", "shape:4"];
const text = fc.stringMatching(/^[a-z ]{0,8}$/);

/** One thing that someone does on a board. */
const deed = fc.oneof(
  fc.record({
    kind: fc.constant("create" as const),
    id: fc.constantFrom(...ids),
    like: fc.constantFrom(note, stroke, arrow),
  }),
  fc.record({ kind: fc.constant("remove" as const), id: fc.constantFrom(...ids) }),
  fc.record({ kind: fc.constant("move" as const), id: fc.constantFrom(...ids), to: fc.nat(99) }),
  fc.record({ kind: fc.constant("colour" as const), id: fc.constantFrom(...ids), to: fc.nat(9) }),
  fc.record({ kind: fc.constant("type" as const), id: fc.constantFrom(...ids), to: text }),
  fc.record({
    kind: fc.constant("draw" as const),
    id: fc.constantFrom(...ids),
    to: fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("paragraph" as const),
    id: fc.constantFrom(...ids),
    at: fc.nat(3),
    text,
    isBold: fc.boolean(),
  }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;
const deeds = fc.array(deed, { maxLength: 25 });

function perform(replica: Replica, steps: readonly Deed[]): void {
  for (const step of steps) {
    const { id } = step;
    if (step.kind === "create") {
      if (!replica.board.has(id)) replica.create({ ...step.like, id });
      continue;
    }
    if (!replica.board.has(id)) continue;
    const { type } = replica.read(id);
    if (step.kind === "remove") replica.remove(id);
    else if (step.kind === "move") replica.change(id, (record) => ({ ...record, x: step.to }));
    else if (step.kind === "colour") replica.change(id, setProps({ color: `c${step.to}` }));
    else if (step.kind === "type") {
      if (type === "arrow") replica.change(id, setProps({ text: step.to }));
      if (type === "geo") replica.change(id, setProps({ richText: richText(step.to) }));
    } else if (step.kind === "draw") {
      if (type === "draw") replica.change(id, setProps({ segments: points(...step.to) }));
    } else if (type === "geo") {
      const body = bodyOf(replica, id);
      const marks = step.isBold ? { bold: {} } : undefined;
      body.insert(Math.min(step.at, body.length), [paragraph(step.text, marks)]);
    }
  }
}

describe("restoring a version", () => {
  it("makes the board what it was, whatever was done since, and can be undone the same way", () => {
    fc.assert(
      fc.property(deeds, deeds, fc.integer({ min: 1, max: 5 }), (first, then, atOnce) => {
        const replica = new Replica();
        perform(replica, first);
        const wanted = contentOf(replica);
        const version = versionOf(replica);
        perform(replica, then);
        const after = contentOf(replica);
        const before = versionOf(replica);

        restoreBoard(replica.doc, version, "restore", atOnce);
        expect(contentOf(replica)).toEqual(wanted);
        restoreBoard(replica.doc, before, "restore");
        expect(contentOf(replica)).toEqual(after);
        // What was loaded from the log reads the same.
        const loaded = new Replica(Y.encodeStateAsUpdate(replica.doc));
        expect(contentOf(loaded)).toEqual(after);
      }),
      { numRuns: 300 },
    );
  });

  it("touches nothing that is as it was", () => {
    fc.assert(
      fc.property(deeds, deeds, fc.constantFrom(...ids), (first, then, touched) => {
        const replica = new Replica();
        perform(replica, first);
        const version = versionOf(replica);
        expect(updatesOf(replica.doc, () => restoreBoard(replica.doc, version, "test"))).toEqual(
          [],
        );

        perform(
          replica,
          then.filter(({ id }) => id === touched),
        );
        const changedIds = new Set<string>();
        replica.board.observe((changed) => changed.forEach((id) => changedIds.add(id)));
        restoreBoard(replica.doc, version, "test");
        expect([...changedIds].filter((id) => id !== touched)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("merges with what others do at the same time, on every replica alike", () => {
    fc.assert(
      fc.property(deeds, deeds, deeds, (first, then, meanwhile) => {
        const [a, b] = pair();
        perform(a, first);
        const version = versionOf(a);
        perform(a, then);
        exchange(a, b);
        perform(b, meanwhile);
        restoreBoard(a.doc, version, "restore");
        exchange(a, b);
        expect(contentOf(b)).toEqual(contentOf(a));
        // Nobody is kept from going on.
        restoreBoard(b.doc, version, "restore");
        exchange(a, b);
        expect(contentOf(a)).toEqual(contentOf(new Replica(Y.encodeStateAsUpdate(version))));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps what others change in what it does not touch, and what they add", () => {
    const [a, b] = pair(note, { ...note, id: "shape:other" });
    const version = versionOf(a);
    a.change(note.id, setProps({ color: "red" }));
    exchange(a, b);
    b.change("shape:other", (record) => ({ ...record, x: 77 }));
    b.change(note.id, (record) => ({ ...record, opacity: 0.5 }));
    b.create({ ...note, id: "shape:new" });
    restoreBoard(a.doc, version, "restore");
    exchange(a, b);
    expect(a.read(note.id)).toEqual({ ...note, opacity: 0.5 });
    expect(a.read("shape:other").x).toBe(77);
    expect(a.read("shape:new").id).toBe("shape:new");
  });

  it("keeps the letters that others type while it changes their text", () => {
    const [a, b] = pair(note, arrow);
    bodyOf(a, note.id).insert(0, [paragraph("one"), paragraph("two", { bold: {} })]);
    a.change(arrow.id, setProps({ text: "label" }));
    exchange(a, b);
    const version = versionOf(a);
    (bodyOf(a, note.id).get(0) as Y.XmlElement).insert(0, [new Y.XmlText("changed ")]);
    bodyOf(a, note.id).insert(2, [paragraph("three")]);
    a.change(arrow.id, setProps({ text: "label two" }));
    exchange(a, b);

    const one = (bodyOf(b, note.id).get(0) as Y.XmlElement).get(1) as Y.XmlText;
    one.insert(3, "!");
    b.doc.getText(`s:${arrow.id}`).insert(5, "?");
    restoreBoard(a.doc, version, "restore");
    exchange(a, b);
    for (const { doc } of [a, b]) {
      expect(doc.getXmlFragment(`t:${note.id}`).toJSON()).toBe(
        "<paragraph>one!</paragraph><paragraph><bold>two</bold></paragraph>",
      );
      expect(doc.getText(`s:${arrow.id}`).toJSON()).toBe("label?");
    }
  });

  it("takes back the end of a stroke that was drawn on", () => {
    const [a] = pair({ ...stroke, props: { ...(stroke.props as object), segments: points(0) } });
    const version = versionOf(a);
    a.change(stroke.id, setProps({ segments: points(0, 1, 2) }));
    const updates = updatesOf(a.doc, () => restoreBoard(a.doc, version, "restore"));
    expect(a.read(stroke.id).props).toMatchObject({ segments: points(0) });
    // A deletion and no new chunk.
    expect(updates.map((update) => Y.decodeUpdate(update).structs.length)).toEqual([0]);
  });

  it("is made of transactions of no more changes than asked for", () => {
    const replica = new Replica();
    const version = versionOf(replica);
    const shapes = Array.from({ length: 25 }, (_, index) => ({ ...note, id: `shape:${index}` }));
    replica.create(...shapes);
    const before = versionOf(replica);
    const undo = updatesOf(replica.doc, () => restoreBoard(replica.doc, version, "restore", 10));
    expect(undo).toHaveLength(3);
    const redo = updatesOf(replica.doc, () => restoreBoard(replica.doc, before, "restore", 10));
    expect(redo.map((update) => Y.decodeUpdate(update).structs.length)).toEqual([10, 10, 5]);
  });

  it("keeps the board's name, takes the version's schema, and leaves alone what is not its own", () => {
    const replica = new Replica();
    const older = { ...canvasSchema, schemaVersion: 1 };
    replica.doc.getMap("board").set("schema", JSON.stringify(older));
    replica.doc.getMap("records").set("no/such/key/at/all", 1);
    const version = versionOf(replica);
    const info = new BoardInfo(replica.doc);
    info.name = "Another name";
    replica.doc.getMap("board").set("schema", JSON.stringify(canvasSchema));
    replica.doc.getMap("records").set("no/such/key/at/all", 2);
    replica.doc.getMap("elsewhere").set("key", "value");
    restoreBoard(replica.doc, version, "restore");
    expect(info.name).toBe("Another name");
    expect(info.schema).toEqual(older);
    expect(replica.doc.getMap("records").get("no/such/key/at/all")).toBe(2);
    expect(replica.doc.getMap("elsewhere").get("key")).toBe("value");
  });

  it("bears what other clients may have put among the records", () => {
    const replica = new Replica();
    const records = replica.doc.getMap("records");
    const odd = () => new Y.Map([["a", new Y.Text("x")]]);
    records.set("shape:map", odd());
    records.set("shape:text", new Y.Text("text"));
    records.set("shape:bytes", Uint8Array.of(1, 2));
    records.set("shape:null", null);
    const wanted = JSON.stringify(records.toJSON());
    const version = versionOf(replica);
    expect(updatesOf(replica.doc, () => restoreBoard(replica.doc, version, "test"))).toEqual([]);
    records.set("shape:map", 1);
    records.set("shape:text", odd());
    records.delete("shape:bytes");
    records.set("shape:null", new Y.Array());
    restoreBoard(replica.doc, version, "restore");
    expect(JSON.stringify(records.toJSON())).toBe(wanted);
  });
});

describe("a board of a later Boardwalk", () => {
  it("is told by its format or its canvas's schema", () => {
    const { doc } = new Replica();
    expect(isNewerBoard(doc)).toBe(false);
    expect(isNewerBoard(new Y.Doc())).toBe(false);
    doc.getMap("board").set("format", 2);
    expect(isNewerBoard(doc)).toBe(true);
    doc.getMap("board").set("format", 1);
    const sequences = { ...canvasSchema.sequences, "com.tldraw.shape.geo": 11 };
    doc.getMap("board").set("schema", JSON.stringify({ ...canvasSchema, sequences }));
    expect(isNewerBoard(doc)).toBe(true);
  });
});
