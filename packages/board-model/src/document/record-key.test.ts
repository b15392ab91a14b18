import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseKey, geometryKey, inkKey, parseRecordKey, propertyKey } from "./record-key.ts";

const id = fc.string({ minLength: 1 });
const name = fc.string({ minLength: 1 });
const topLevel = name.filter((key) => !["g", "i", "id", "typeName", "props", "meta"].includes(key));

describe("record keys", () => {
  it("say again what they were made of, whatever characters ids and names have", () => {
    const anyForm = fc.option(fc.integer({ min: 1, max: 99_999 }), { nil: null });
    fc.assert(
      fc.property(id, name, topLevel, anyForm, (recordId, inner, outer, form) => {
        const of = (kind: string) => ({ kind, id: recordId, form });
        expect(parseRecordKey(baseKey(recordId))).toEqual({ kind: "base", id: recordId });
        expect(parseRecordKey(geometryKey(recordId, form))).toEqual(of("geometry"));
        expect(parseRecordKey(inkKey(recordId, form))).toEqual(of("ink"));
        for (const path of [[outer], ["props", inner], ["meta", inner]] as const) {
          expect(parseRecordKey(propertyKey(recordId, path, form))).toEqual({
            ...of("property"),
            path,
          });
        }
      }),
    );
  });

  it("are ignored when no version of the layout writes them", () => {
    for (const key of [
      "",
      "/",
      "a/",
      "a/id",
      "a/typeName",
      "a/props",
      "a/meta",
      "a/b/c",
      "a/props/x/y",
      "a/7/props",
      "a/7/b/c",
      "a/07/b",
      "a/7/8/b",
    ]) {
      expect(parseRecordKey(key)).toBeNull();
    }
  });
});
