import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BoardRecord } from "./record.ts";
import { documentRecord, firstPage } from "./seed.ts";
import { findRepairs } from "./soundness.ts";

const shapeIds = ["a", "b", "c", "d", "e"].map((name) => `shape:${name}`);
const pageIds = ["page:page", "page:second"];
const indices = ["a1", "a2", "a3", "a1V"];

const page = fc.record({
  id: fc.constantFrom(...pageIds),
  typeName: fc.constant("page"),
  index: fc.constantFrom(...indices),
});
const shape = fc.record({
  id: fc.constantFrom(...shapeIds),
  typeName: fc.constant("shape"),
  parentId: fc.constantFrom(...shapeIds, ...pageIds, "shape:gone"),
  index: fc.constantFrom(...indices),
});
const binding = fc.record({
  id: fc.constantFrom("binding:1", "binding:2", "binding:3"),
  typeName: fc.constant("binding"),
  fromId: fc.constantFrom(...shapeIds, "shape:gone"),
  toId: fc.constantFrom(...shapeIds, "shape:gone"),
  props: fc.record({ terminal: fc.constantFrom("start", "end") }),
});
const boards = fc.array(fc.oneof(page, shape, shape, shape, binding), { maxLength: 30 });

function toMap(records: readonly BoardRecord[]): Map<string, BoardRecord> {
  return new Map(records.map((record) => [record.id, record]));
}

function shown(records: ReadonlyMap<string, BoardRecord>): Map<string, BoardRecord> {
  const result = new Map(records);
  for (const [id, record] of findRepairs(records)) {
    if (record === null) result.delete(id);
    else result.set(id, record);
  }
  return result;
}

function expectSound(records: ReadonlyMap<string, BoardRecord>): void {
  const all = [...records.values()];
  expect(all.some((record) => record.typeName === "page")).toBe(true);
  const siblings = new Set<string>();
  for (const record of all) {
    if (record.typeName === "page") {
      const place = `pages ${String(record.index)}`;
      expect(siblings).not.toContain(place);
      siblings.add(place);
    }
    if (record.typeName === "shape") {
      const place = `${String(record.parentId)} ${String(record.index)}`;
      expect(siblings).not.toContain(place);
      siblings.add(place);
      let ancestor: BoardRecord | undefined = record;
      for (let depth = 0; ancestor?.typeName === "shape"; depth++) {
        expect(depth).toBeLessThanOrEqual(all.length);
        ancestor = records.get(String(ancestor.parentId));
      }
      expect(ancestor?.typeName).toBe("page");
    }
  }
  const ends = new Set<string>();
  for (const record of all) {
    if (record.typeName !== "binding") continue;
    expect(records.get(String(record.fromId))?.typeName).toBe("shape");
    expect(records.get(String(record.toId))?.typeName).toBe("shape");
    const end = JSON.stringify([record.fromId, record.props]);
    expect(ends).not.toContain(end);
    ends.add(end);
  }
}

describe("repairs", () => {
  it("make a board of any records", () => {
    fc.assert(
      fc.property(boards, (records) => expectSound(shown(toMap(records)))),
      {
        numRuns: 500,
      },
    );
  });

  it("do not depend on the order of the records", () => {
    fc.assert(
      fc.property(boards, fc.infiniteStream(fc.nat()), (records, random) => {
        const map = toMap(records);
        const keyed = [...map.values()].map((record) => ({
          record,
          key: Number(random.next().value),
        }));
        const shuffled = keyed.toSorted((a, b) => a.key - b.key).map(({ record }) => record);
        expect(shown(toMap(shuffled))).toEqual(shown(map));
      }),
    );
  });

  it("find nothing to do on a board that they have made", () => {
    fc.assert(
      fc.property(boards, (records) => {
        expect(findRepairs(shown(toMap(records))).size).toBe(0);
      }),
    );
  });

  it("leave a sound board alone", () => {
    const sound = [
      documentRecord,
      firstPage,
      { id: "shape:a", typeName: "shape", parentId: "page:page", index: "a1" },
      { id: "shape:b", typeName: "shape", parentId: "shape:a", index: "a1" },
    ];
    expect(findRepairs(toMap(sound)).size).toBe(0);
  });
});
