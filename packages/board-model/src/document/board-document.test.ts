import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { BoardInfo } from "./board-info.ts";
import { documentRecord, firstPage, seedUpdate } from "./seed.ts";
import { applyChange, changedPaths } from "./record-change.ts";
import type { BoardRecord } from "./record.ts";
import {
  arrow,
  exchange,
  note,
  pair,
  Replica,
  richText,
  setProps,
  stroke,
  textOf,
} from "./test-replica.ts";
import { textDifference } from "./text-difference.ts";

describe("a board document", () => {
  it("starts with a name, a schema, a page and a document record", () => {
    const replica = new Replica();
    expect(replica.all()).toEqual({ "document:document": documentRecord, "page:page": firstPage });
    const info = new BoardInfo(replica.doc);
    expect(info.name).toBe("A board");
    expect(info.format).toBe(1);
    expect(info.schema).toMatchObject({ schemaVersion: 2 });
  });

  it("gives back every kind of record that is put in", () => {
    const filled = {
      ...note,
      id: "shape:filled",
      props: { ...(note.props as object), richText: richText("hello") },
    };
    const labelled = { ...arrow, props: { text: "label", end: { x: 1, y: 2 } } };
    const [a, b] = pair(note, filled, stroke, labelled);
    for (const record of [note, filled, stroke, labelled]) {
      expect(a.read(record.id)).toEqual(record);
      expect(b.read(record.id)).toEqual(record);
    }
  });

  it("keeps concurrent changes to different properties of one shape", () => {
    const changes: [string, (record: BoardRecord) => BoardRecord, Partial<BoardRecord>][] = [
      ["move", (record) => ({ ...record, x: 50, y: 60 }), { x: 50, y: 60 }],
      ["recolour", setProps({ color: "red" }), {}],
      ["type", setProps({ richText: richText("hi") }), {}],
      ["grow", setProps({ growY: 12 }), {}],
      [
        "reparent",
        (record) => ({ ...record, parentId: "shape:frame" }),
        { parentId: "shape:frame" },
      ],
      ["reorder", (record) => ({ ...record, index: "a5" }), { index: "a5" }],
      ["lock", (record) => ({ ...record, isLocked: true }), { isLocked: true }],
      ["fade", (record) => ({ ...record, opacity: 0.5 }), { opacity: 0.5 }],
      ["mark", (record) => ({ ...record, meta: { by: "me" } }), { meta: { by: "me" } }],
    ];
    for (const [left, changeLeft] of changes) {
      for (const [right, changeRight] of changes) {
        if (left === right) continue;
        const [a, b] = pair(note);
        a.change(note.id, changeLeft);
        b.change(note.id, changeRight);
        exchange(a, b);
        expect(a.all(), `${left} beside ${right}`).toEqual(b.all());
        expect(a.read(note.id), `${left} beside ${right}`).toEqual(changeRight(changeLeft(note)));
      }
    }
  });

  it("merges text that two people type at once", () => {
    const [a, b] = pair({
      ...note,
      props: { ...(note.props as object), richText: richText("one two") },
    });
    a.change(note.id, setProps({ richText: richText("zero one two") }));
    b.change(note.id, setProps({ richText: richText("one two three") }));
    exchange(a, b);
    expect(a.read(note.id)).toEqual(b.read(note.id));
    expect(textOf(a.read(note.id).props)).toBe("zero one two three");
  });

  it("keeps what a peer typed after the text on which a change was made", () => {
    const start = { ...note, props: { ...(note.props as object), richText: richText("one two") } };
    const [a, b] = pair(start, { ...arrow, props: { text: "one two", end: { x: 1, y: 1 } } });
    const [noteBefore, arrowBefore] = [a.read(note.id), a.read(arrow.id)];
    b.change(note.id, setProps({ richText: richText("one two three") }));
    b.change(arrow.id, setProps({ text: "one two three" }));
    exchange(a, b);
    // Made on the canvas before the peer's change was shown there.
    const updated = [
      { before: noteBefore, after: setProps({ richText: richText("zero one two") })(noteBefore) },
      { before: arrowBefore, after: setProps({ text: "zero one two" })(arrowBefore) },
    ];
    a.board.write({ added: [], updated, removed: [] }, "test");
    expect(textOf(a.read(note.id).props)).toBe("zero one two three");
    expect(a.read(arrow.id).props).toMatchObject({ text: "zero one two three" });
  });

  it("merges an arrow's label by character", () => {
    const [a, b] = pair({ ...arrow, props: { text: "middle", end: { x: 1, y: 1 } } });
    a.change(arrow.id, setProps({ text: "the middle" }));
    b.change(arrow.id, setProps({ text: "middle part" }));
    exchange(a, b);
    expect(a.read(arrow.id).props).toMatchObject({ text: "the middle part" });
    expect(b.read(arrow.id)).toEqual(a.read(arrow.id));
  });

  it("sends only the new points of a stroke", () => {
    const [a] = pair(stroke);
    const points = [{ x: 0, y: 0, z: 0.5 }];
    const sizes: number[] = [];
    a.doc.on("update", (update) => sizes.push(update.length));
    for (let index = 1; index <= 200; index++) {
      points.push({ x: index * 3, y: Math.round(Math.sin(index) * 1000) / 100, z: 0.5 });
      a.change(stroke.id, setProps({ segments: [{ type: "free", points: [...points] }] }));
    }
    expect(sizes).toHaveLength(200);
    expect(Math.max(...sizes)).toBeLessThan(64);
    expect(a.read(stroke.id).props).toMatchObject({ segments: [{ type: "free", points }] });
  });

  it("keeps a finished stroke in one piece: 500 points in 4 KB, a thousand such in 4 MB", () => {
    const [a, b] = pair(stroke);
    const sizeOf = ({ doc }: Replica): number => Y.encodeStateAsUpdate(doc).length;
    const before = sizeOf(a);
    const points = [{ x: 0, y: 0, z: 0.5 }];
    for (let index = 1; index < 500; index++) {
      const [x, y] = [index * 1.7 + Math.sin(index / 9) * 14, Math.sin(index / 31) * 130];
      const z = 0.5 + Math.sin(index / 40) / 3;
      const [onGridX, onGridY, onGridZ] = [x, y, z].map((value) => Math.round(value * 100) / 100);
      points.push({ x: onGridX ?? 0, y: onGridY ?? 0, z: onGridZ ?? 0 });
      if (index % 2 === 1)
        a.change(stroke.id, setProps({ segments: [{ type: "free", points: [...points] }] }));
    }
    const growing = sizeOf(a);
    a.change(stroke.id, setProps({ isComplete: true }));
    exchange(a, b);
    expect(b.read(stroke.id).props).toMatchObject({ segments: [{ type: "free", points }] });
    const kept = sizeOf(a) - before;
    expect(kept).toBeLessThan(growing - before - 500);
    expect(kept).toBeLessThanOrEqual(4 * 1024);
    const drawn = a.read(stroke.id);
    a.create(
      ...Array.from({ length: 999 }, (_, index) => ({ ...drawn, id: `shape:stroke${index}` })),
    );
    expect(sizeOf(a)).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it("replaces the strokes of a drawing that was resized, even by two at once", () => {
    const [a, b] = pair(stroke);
    const scaled = (factor: number) => [
      { type: "free", points: [{ x: factor, y: factor, z: 0.5 }] },
    ];
    a.change(stroke.id, setProps({ segments: scaled(2) }));
    b.change(stroke.id, setProps({ segments: scaled(3) }));
    exchange(a, b);
    expect(a.read(stroke.id)).toEqual(b.read(stroke.id));
    expect([2, 3]).toContain(
      (a.read(stroke.id).props as { segments: { points: { x: number }[] }[] }).segments[0]
        ?.points[0]?.x,
    );
  });

  it("stores strokes off the grid whole, and takes them back to the grid", () => {
    const [a, b] = pair(stroke);
    const odd = [{ type: "free", points: [{ x: 1 / 3, y: 0, z: 0.5 }] }];
    a.change(stroke.id, setProps({ segments: odd }));
    exchange(a, b);
    expect(b.read(stroke.id).props).toMatchObject({ segments: odd });
    const even = [{ type: "free", points: [{ x: 3, y: 0, z: 0.5 }] }];
    b.change(stroke.id, setProps({ segments: even }));
    exchange(a, b);
    expect(a.read(stroke.id).props).toMatchObject({ segments: even });
  });

  it("lets a deletion win over a concurrent change, and brings the record back whole", () => {
    const [a, b] = pair(note);
    a.remove(note.id);
    b.change(note.id, (record) => ({ ...record, x: 99 }));
    exchange(a, b);
    expect(a.board.read(note.id)).toBeNull();
    expect(b.board.read(note.id)).toBeNull();
    a.create({ ...note, opacity: 0.5 });
    exchange(a, b);
    expect(a.read(note.id)).toEqual(b.read(note.id));
    expect(a.read(note.id).opacity).toBe(0.5);
  });

  it("writes nothing for a change that changes nothing", () => {
    const [a] = pair(note);
    let updates = 0;
    a.doc.on("update", () => updates++);
    a.change(note.id, (record) => ({ ...record, meta: {} }));
    a.board.write(
      { added: [], updated: [{ before: { ...note, x: 5 }, after: note }], removed: [] },
      "test",
    );
    expect(updates).toBe(0);
  });

  it("tells which records a change is about, also for text and ink that it has not seen before", () => {
    const [a, b] = pair(note, stroke, arrow);
    const seen: string[][] = [];
    b.board.observe((ids) => seen.push([...ids]));
    const listenTo = (change: () => void): string[] => {
      seen.length = 0;
      change();
      exchange(a, b);
      return seen.flat();
    };
    expect(listenTo(() => a.change(note.id, (record) => ({ ...record, x: 1 })))).toEqual([note.id]);
    const typed = setProps({ richText: richText("hi") });
    expect(listenTo(() => a.change(note.id, typed))).toEqual([note.id]);
    expect(listenTo(() => a.change(arrow.id, setProps({ text: "hi" })))).toEqual([arrow.id]);
    const drawn = setProps({
      segments: [
        {
          type: "free",
          points: [
            { x: 0, y: 0, z: 0.5 },
            { x: 1, y: 0, z: 0.5 },
          ],
        },
      ],
    });
    expect(listenTo(() => a.change(stroke.id, drawn))).toEqual([stroke.id]);
    expect(listenTo(() => a.remove(note.id))).toEqual([note.id]);
  });

  it("does not show a base that cannot be read, and goes on with the rest", () => {
    const replica = new Replica();
    replica.doc.getMap("records").set("shape:odd", 5);
    replica.doc.getMap("records").set("shape:broken", "{");
    replica.doc.getMap("records").set("no/such/key/at/all", true);
    replica.create(note);
    expect(replica.board.read("shape:odd")).toBeNull();
    expect(replica.board.read("shape:broken")).toBeNull();
    expect(replica.read(note.id)).toEqual(note);
  });

  it("reaches the same records on every replica, however changes cross", () => {
    const ids = ["shape:1", "shape:2", "shape:3"];
    const who = fc.nat({ max: 2 });
    const command = fc.oneof(
      fc.record({ kind: fc.constant("create" as const), who, id: fc.constantFrom(...ids) }),
      fc.record({ kind: fc.constant("remove" as const), who, id: fc.constantFrom(...ids) }),
      fc.record({
        kind: fc.constant("move" as const),
        who,
        id: fc.constantFrom(...ids),
        to: fc.nat(99),
      }),
      fc.record({
        kind: fc.constant("colour" as const),
        who,
        id: fc.constantFrom(...ids),
        to: fc.nat(9),
      }),
      fc.record({
        kind: fc.constant("type" as const),
        who,
        id: fc.constantFrom(...ids),
        to: fc.stringMatching(/^[a-z ]{0,8}$/),
      }),
      fc.record({ kind: fc.constant("exchange" as const), who, other: who }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const seed = seedUpdate("A board");
        const replicas = [new Replica(seed), new Replica(seed), new Replica(seed)] as const;
        for (const step of commands) {
          const replica = replicas[step.who as 0 | 1 | 2];
          if (step.kind === "exchange") exchange(replica, replicas[step.other as 0 | 1 | 2]);
          else if (step.kind === "create") {
            if (!replica.board.has(step.id)) replica.create({ ...note, id: step.id });
          } else if (!replica.board.has(step.id)) continue;
          else if (step.kind === "remove") replica.remove(step.id);
          else if (step.kind === "move") {
            replica.change(step.id, (record) => ({ ...record, x: step.to }));
            expect(replica.read(step.id).x).toBe(step.to);
          } else if (step.kind === "colour") {
            replica.change(step.id, setProps({ color: `c${step.to}` }));
          } else {
            replica.change(step.id, setProps({ richText: richText(step.to) }));
            expect(textOf(replica.read(step.id).props)).toBe(step.to);
          }
        }
        exchange(...replicas);
        exchange(...replicas);
        const [first, ...others] = replicas.map((replica) => replica.all());
        for (const other of others) expect(other).toEqual(first);
        // A replica that only loads what was stored sees the same.
        const loaded = new Replica(Y.encodeStateAsUpdate(replicas[0].doc));
        expect(loaded.all()).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the difference of two texts", () => {
  it("turns one into the other without splitting a character", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "😀", "😁", "é") });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { start, deleted, inserted } = textDifference(before, after);
        expect(before.slice(0, start) + inserted + before.slice(start + deleted)).toBe(after);
        expect(inserted.isWellFormed()).toBe(true);
        expect(before.slice(start, start + deleted).isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("a change", () => {
  it("is applied to another version of the record without touching the rest", () => {
    const moved = { ...note, x: 7, meta: { mine: true } };
    const theirs = { ...note, y: 9, opacity: 0.5 };
    expect(applyChange(theirs, note, moved)).toEqual({ ...moved, y: 9, opacity: 0.5 });
    expect(applyChange({ ...moved, y: 9 }, moved, note)).toEqual({ ...note, y: 9 });
  });
});

describe("changed paths", () => {
  it("name each property, and each entry of props and meta", () => {
    const after = {
      ...note,
      x: 1,
      meta: { a: 1 },
      props: { ...(note.props as object), color: "red" },
    };
    expect(changedPaths(note, after)).toEqual([["x"], ["meta", "a"], ["props", "color"]]);
  });
});
