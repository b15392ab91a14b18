import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase, encodeBase } from "./base.ts";
import type { BoardRecord } from "./record.ts";

const types = [
  "geo",
  "note",
  "text",
  "arrow",
  "draw",
  "highlight",
  "line",
  "frame",
  "group",
  "image",
  "unheard-of",
];

const shape: fc.Arbitrary<BoardRecord> = fc.record({
  id: fc.string({ minLength: 1 }).map((name) => `shape:${name}`),
  typeName: fc.constant("shape"),
  type: fc.constantFrom(...types),
  x: fc.double({ noNaN: true, noDefaultInfinity: true }),
  y: fc.double({ noNaN: true, noDefaultInfinity: true }),
  parentId: fc.constantFrom("page:page", "page:other", "shape:a"),
  isLocked: fc.boolean(),
  meta: fc.dictionary(fc.string(), fc.jsonValue()),
  props: fc.dictionary(fc.constantFrom("color", "w", "richText", "own"), fc.jsonValue()),
});

describe("the base of a record", () => {
  it("gives back the record it was made of, complete or not", () => {
    fc.assert(
      fc.property(shape, (record) => {
        expect(decodeBase(record.id, encodeBase(record))).toEqual(
          JSON.parse(JSON.stringify(record)),
        );
      }),
    );
  });

  it("leaves out what the template says", () => {
    const geo: BoardRecord = {
      id: "shape:a",
      typeName: "shape",
      type: "geo",
      x: 10,
      y: 20,
      rotation: 0,
      isLocked: false,
      opacity: 1,
      meta: {},
      parentId: "page:page",
      index: "a1",
      props: {
        w: 200,
        h: 100,
        geo: "rectangle",
        dash: "draw",
        growY: 0,
        url: "",
        scale: 1,
        color: "red",
        labelColor: "black",
        fill: "none",
        size: "m",
        font: "draw",
        align: "middle",
        verticalAlign: "middle",
        richText: { type: "doc", content: [{ type: "paragraph" }] },
      },
    };
    expect(JSON.parse(encodeBase(geo))).toEqual({
      type: "geo",
      x: 10,
      y: 20,
      index: "a1",
      props: { w: 200, color: "red" },
    });
    expect(decodeBase(geo.id, encodeBase(geo))).toEqual(geo);
  });

  it("is null for anything that is not a base", () => {
    const stored = [
      undefined,
      null,
      1,
      "",
      "[]",
      "null",
      "{",
      '{"type":"geo2"}',
      new Uint8Array(1),
    ];
    for (const value of stored) expect(decodeBase("shape:a", value)).toBeNull();
    expect(decodeBase("nonsense", "{}")).toBeNull();
  });
});
