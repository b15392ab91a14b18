// @vitest-environment jsdom
import { createTLSchema, defaultBindingSchemas, defaultShapeSchemas } from "tldraw";
import { describe, expect, it } from "vitest";
import { decodeTldrFile } from "./tldr-file.ts";

const schema = createTLSchema({ shapes: defaultShapeSchemas, bindings: defaultBindingSchemas });

const document = {
  id: "document:document",
  typeName: "document",
  gridSize: 10,
  name: "",
  meta: {},
};
const page = { id: "page:one", typeName: "page", name: "One", index: "a1", meta: {} };
const base = { typeName: "shape", x: 0, y: 0, rotation: 0, isLocked: false, opacity: 1, meta: {} };
const group = (id: string, parentId: string, index = "a1") => ({
  ...base,
  id,
  parentId,
  index,
  type: "group",
  props: {},
});

function file(records: readonly object[], change: object = {}): string {
  return JSON.stringify({
    tldrawFileFormatVersion: 1,
    schema: schema.serialize(),
    records: [document, ...records],
    ...change,
  });
}

describe("a .tldr file", () => {
  it("gives its pages that hold something, in their order", () => {
    const second = { ...page, id: "page:two", index: "a2" };
    const empty = { ...page, id: "page:empty", index: "a3" };
    const shapes = [group("shape:b", "page:two"), group("shape:a", "page:one")];
    const content = decodeTldrFile(file([empty, second, page, ...shapes]), schema);
    expect(content.pages.map(({ id }) => id)).toEqual(["page:one", "page:two"]);
    expect(content.shapes).toHaveLength(2);
  });

  it("never yields a shape that hangs on itself or on nothing", () => {
    const shapes = [
      group("shape:a", "shape:b"),
      group("shape:b", "shape:a"),
      group("shape:orphan", "shape:gone"),
    ];
    const content = decodeTldrFile(file([page, ...shapes]), schema);
    const parents = new Map(content.shapes.map(({ id, parentId }) => [id as string, parentId]));
    for (const { id } of content.shapes) {
      const seen = new Set<string>();
      let at: string = id;
      while (at !== "page:one") {
        expect(seen.has(at)).toBe(false);
        seen.add(at);
        at = parents.get(at) ?? "nowhere";
      }
    }
  });

  it("gives siblings different indices", () => {
    const shapes = [group("shape:a", "page:one"), group("shape:b", "page:one")];
    const content = decodeTldrFile(file([page, ...shapes]), schema);
    expect(new Set(content.shapes.map(({ index }) => index)).size).toBe(2);
  });

  it("shows an embedded page as a bookmark", () => {
    const embed = {
      ...group("shape:e", "page:one"),
      type: "embed",
      props: { w: 300, h: 300, url: "https://example.com/" },
    };
    const [shape] = decodeTldrFile(file([page, embed]), schema).shapes;
    expect(shape).toMatchObject({ type: "bookmark", props: { url: "https://example.com/" } });
  });

  const { sequences } = schema.serialize();
  it.each([
    ["FILE_NOT_TLDR", "not json"],
    ["FILE_NOT_TLDR", "[]"],
    ["FILE_NOT_TLDR", file([page]).slice(0, 200)],
    ["FILE_TOO_OLD", JSON.stringify({ document: { version: 15.5 } })],
    ["FILE_TOO_NEW", file([page], { tldrawFileFormatVersion: 2 })],
    [
      "FILE_TOO_NEW",
      file([page], {
        schema: { schemaVersion: 2, sequences: { ...sequences, "com.tldraw.shape.geo": 99 } },
      }),
    ],
    ["FILE_DAMAGED", file([page, { ...group("shape:a", "page:one"), x: "left" }])],
    ["FILE_EMPTY", file([page])],
  ])("is refused with %s", (code, json) => {
    expect(() => decodeTldrFile(json, schema)).toThrow(expect.objectContaining({ code }));
  });
});
