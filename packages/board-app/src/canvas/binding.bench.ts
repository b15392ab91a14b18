// @vitest-environment jsdom
import { BoardDocument, seedUpdate } from "@boardwalk/board-model";
import {
  createShapeId,
  createTLStore,
  defaultBindingUtils,
  defaultShapeUtils,
  toRichText,
  type TLDrawShape,
  type TLRecord,
  type TLShapeId,
  type TLShapePartial,
} from "tldraw";
import { expect, it } from "vitest";
import * as Y from "yjs";
import { CanvasBinding } from "./canvas-binding.ts";
import { richTextCodec } from "./rich-text-codec.ts";
import { EditorReplica } from "./test-editor-replica.ts";
import { standInForBrowser } from "./test-headless-browser.ts";
import { WholeRecordBinding } from "./test-whole-record-binding.ts";

standInForBrowser();

/** A canvas draws 60 frames a second, and the binding writes with every other. */
const framesPerWrite = 2;
const repeats = 5;

type Load = {
  name: string;
  shape: TLShapePartial;
  frames: number;
  change: (frame: number) => TLShapePartial;
};

const id = createShapeId("one");
const inkPoint = (frame: number) => ({
  x: Math.round(frame * 90 + Math.sin(frame / 3) * 2_000) / 100,
  y: Math.round(Math.sin(frame / 17) * 15_000) / 100,
  z: Math.round((0.5 + Math.sin(frame / 40) / 3) * 100) / 100,
});
const strokeOf = (points: number) => [
  { type: "free" as const, points: Array.from({ length: points }, (_, frame) => inkPoint(frame)) },
];

const loads: Load[] = [
  {
    name: "a drag of 200 frames",
    shape: { id, type: "geo", x: 0, y: 0 },
    frames: 200,
    change: (frame) => ({ id, type: "geo", x: frame * 3.7, y: frame * 1.3 }),
  },
  {
    name: "a stroke of 500 points with pressure",
    shape: { id, type: "draw", props: { segments: strokeOf(1) } },
    frames: 499,
    change: (frame) => ({ id, type: "draw", props: { segments: strokeOf(frame + 2) } }),
  },
  {
    name: "200 keystrokes in a note",
    shape: { id, type: "note", props: { richText: toRichText("") } },
    frames: 200,
    change: (frame) => ({
      id,
      type: "note",
      props: { richText: toRichText("x".repeat(frame + 1)) },
    }),
  },
];

function countBytes(doc: Y.Doc): () => number {
  let bytes = 0;
  doc.on("update", (update: Uint8Array) => (bytes += update.length));
  return () => bytes;
}

/** Bytes of all updates, and by how much the document has grown. */
function measureBytes(
  load: Load,
  write: (replica: EditorReplica) => void,
  doc: (replica: EditorReplica) => Y.Doc,
) {
  const replica = new EditorReplica();
  replica.editor.createShape(load.shape);
  write(replica);
  const measured = doc(replica);
  const sent = countBytes(measured);
  const before = Y.encodeStateAsUpdate(measured).length;
  for (let frame = 0; frame < load.frames; frame++) {
    replica.editor.updateShape(load.change(frame));
    if (frame % framesPerWrite === 0) write(replica);
  }
  write(replica);
  const result = { sent: sent(), kept: Y.encodeStateAsUpdate(measured).length - before };
  replica.close();
  return result;
}

function measureWholeRecords(load: Load) {
  const doc = new Y.Doc();
  let binding: WholeRecordBinding | null = null;
  return measureBytes(
    load,
    (replica) => {
      binding ??= new WholeRecordBinding(replica.editor.store, doc);
      binding.write([id]);
    },
    () => doc,
  );
}

function boardOf(shapes: number): { ours: Uint8Array; whole: Uint8Array } {
  const replica = new EditorReplica();
  const records = Array.from({ length: shapes }, (_, index) => ({
    id: createShapeId(`s${index}`),
    type: "geo" as const,
    x: (index % 100) * 120,
    y: Math.floor(index / 100) * 120,
    props: { w: 100, h: 80, color: "blue" as const },
  }));
  replica.editor.createShapes(records.slice(0, 4_000));
  // tldraw takes 4,000 shapes on a page; the rest goes in as from a peer.
  const first = replica.editor.getShape(records[0]?.id ?? id);
  if (first !== undefined && shapes > 4_000) {
    const added = records.slice(4_000).map((record, index) => ({
      ...first,
      ...record,
      index: `b${index.toString(36).padStart(5, "0")}V`,
      props: { ...first.props, ...record.props },
    }));
    replica.binding.write();
    replica.document.write({ added, updated: [], removed: [] }, "peer");
  }
  replica.binding.write();
  const whole = new Y.Doc();
  const map = whole.getMap<TLRecord>("records");
  whole.transact(() => {
    for (const record of replica.editor.store.allRecords()) {
      if (replica.editor.store.scopedTypes.document.has(record.typeName))
        map.set(record.id, record);
    }
  });
  const result = {
    ours: Y.encodeStateAsUpdate(replica.doc),
    whole: Y.encodeStateAsUpdate(whole),
  };
  replica.close();
  return result;
}

function storeWithoutEditor() {
  return createTLStore({ shapeUtils: defaultShapeUtils, bindingUtils: defaultBindingUtils });
}

/** Milliseconds from an encoded document to a filled store, and of a peer's move of one shape. */
function measureOpen(
  encoded: Uint8Array,
  bind: (doc: Y.Doc) => () => void,
  move: (doc: Y.Doc) => void,
) {
  const started = performance.now();
  const doc = new Y.Doc();
  Y.applyUpdate(doc, encoded);
  const close = bind(doc);
  const openMs = performance.now() - started;
  const moved = performance.now();
  for (let step = 0; step < 100; step++) move(doc);
  const moveMs = (performance.now() - moved) / 100;
  close();
  return { openMs, moveMs };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

it("bytes on the wire and in the document, beside a binding of whole records", () => {
  const rows = loads.map((load) => {
    const ours = measureBytes(
      load,
      (replica) => replica.binding.write(),
      (replica) => replica.doc,
    );
    const whole = measureWholeRecords(load);
    return {
      load: load.name,
      "ours sent": ours.sent,
      "whole sent": whole.sent,
      "sent ratio": (whole.sent / ours.sent).toFixed(1),
      "ours kept": ours.kept,
      "whole kept": whole.kept,
    };
  });
  console.table(rows);
  for (const row of rows) expect(row["ours sent"]).toBeLessThan(row["whole sent"]);
  // The bound for a finished stroke of 500 points.
  expect(rows[1]?.["ours kept"]).toBeLessThan(4 * 1024);
});

it("a thousand strokes", () => {
  const replica = new EditorReplica();
  const segments = strokeOf(500);
  const shapes = Array.from({ length: 1_000 }, (_, index): TLShapePartial<TLDrawShape> => ({
    id: createShapeId(`stroke${index}`),
    type: "draw",
    props: { segments, isComplete: true },
  }));
  replica.editor.createShapes(shapes);
  replica.binding.write();
  const bytes = Y.encodeStateAsUpdate(replica.doc).length;
  console.log(`1,000 strokes of 500 points: ${bytes} bytes encoded`);
  expect(bytes).toBeLessThan(4 * 1024 * 1024);
  replica.close();
});

it.each([1_000, 10_000])("opening a board of %i shapes, and following one move on it", (shapes) => {
  const encoded = boardOf(shapes);
  const target: TLShapeId = createShapeId("s0");
  let step = 0;
  const results = Array.from({ length: repeats }, () => ({
    ours: measureOpen(
      encoded.ours,
      (doc) => {
        const store = storeWithoutEditor();
        const document = new BoardDocument(doc, richTextCodec);
        const binding = new CanvasBinding({ store, document, mayEdit: () => true, onAhead() {} });
        return () => binding.close();
      },
      (doc) => doc.getMap("records").set(`${target}/g`, [step++, 0, 0, 100, 80]),
    ),
    whole: measureOpen(
      encoded.whole,
      (doc) => {
        const binding = new WholeRecordBinding(storeWithoutEditor(), doc);
        return () => void binding;
      },
      (doc) => {
        const records = doc.getMap<TLRecord>("records");
        const record = records.get(target);
        if (record !== undefined) records.set(target, { ...record, x: step++ } as TLRecord);
      },
    ),
  }));
  console.table(
    (["ours", "whole"] as const).map((binding) => ({
      binding,
      "encoded KB": Math.round(encoded[binding].length / 1024),
      "open ms (median)": Math.round(median(results.map((result) => result[binding].openMs))),
      "move ms (median)": median(results.map((result) => result[binding].moveMs)).toFixed(3),
    })),
  );
  expect(encoded.ours.length).toBeLessThan(encoded.whole.length);
});

it("seeds are small", () => {
  expect(seedUpdate("A board").length).toBeLessThan(2_048);
});
