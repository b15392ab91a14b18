import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseKey, geometryKey, inkKey, parseRecordKey, propertyKey } from "./record-key.ts";

const id = fc.string({ minLength: 1 });
const name = fc.string({ minLength: 1 });
const topLevel = name.filter((key) => !["g", "i", "id", "typeName", "props", "meta"].includes(key));

describe("record keys", () => {
  it("say again what they were made of, whatever characters ids and names have", () => {
    fc.assert(
      fc.property(id, name, topLevel, (recordId, inner, outer) => {
        expect(parseRecordKey(baseKey(recordId))).toEqual({ kind: "base", id: recordId });
        expect(parseRecordKey(geometryKey(recordId))).toEqual({ kind: "geometry", id: recordId });
        expect(parseRecordKey(inkKey(recordId))).toEqual({ kind: "ink", id: recordId });
        for (const path of [[outer], ["props", inner], ["meta", inner]] as const) {
          expect(parseRecordKey(propertyKey(recordId, path))).toEqual({
            kind: "property",
            id: recordId,
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
    ]) {
      expect(parseRecordKey(key)).toBeNull();
    }
  });
});
