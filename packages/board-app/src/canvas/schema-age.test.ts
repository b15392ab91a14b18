// @vitest-environment jsdom
import { canvasSchema, isNewerThanCanvas } from "@boardwalk/board-model";
import { createTLSchema } from "tldraw";
import { describe, expect, it } from "vitest";
import { RecordMigration } from "./record-migration.ts";

const canvas = new RecordMigration(createTLSchema()).schema;

describe("the age of a board", () => {
  it("is that of this canvas when the server has made it", () => {
    expect(canvasSchema).toEqual(canvas);
    expect(isNewerThanCanvas(canvasSchema, canvas)).toBe(false);
  });

  it("is newer when a record has a later version, or is of a kind unknown here", () => {
    const withSequence = (name: string, version: number) => ({
      ...canvasSchema,
      sequences: { ...canvasSchema.sequences, [name]: version },
    });
    expect(isNewerThanCanvas(withSequence("com.tldraw.shape.geo", 11), canvas)).toBe(true);
    expect(isNewerThanCanvas(withSequence("com.tldraw.shape.hologram", 0), canvas)).toBe(true);
    expect(isNewerThanCanvas(withSequence("com.tldraw.shape.geo", 9), canvas)).toBe(false);
  });
});
