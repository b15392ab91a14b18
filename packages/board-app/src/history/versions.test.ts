import type { Version } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import { byDay, versionTitle } from "./versions.ts";

function version(id: string, keptAt: Date): Version {
  return {
    id,
    createdAt: keptAt.toISOString(),
    kind: "auto",
    name: "",
    authors: [],
    shapes: 0,
    pages: 1,
    bytes: 10,
  };
}

describe("the list of versions", () => {
  it("is parted at midnight where the person is, in the order given", () => {
    const versions = [
      version("5", new Date(2026, 10, 25, 0, 0, 1)),
      version("4", new Date(2026, 10, 24, 23, 59, 59)),
      version("3", new Date(2026, 10, 24, 0, 0, 0)),
      version("2", new Date(2026, 9, 24, 12, 0, 0)),
      version("1", new Date(2025, 10, 24, 12, 0, 0)),
    ];
    const days = byDay(versions).map((day) => day.versions.map(({ id }) => id));
    expect(days).toEqual([["5"], ["4", "3"], ["2"], ["1"]]);
    expect(byDay([])).toEqual([]);
  });

  it("calls a version by its name, or by why it was kept", () => {
    expect(versionTitle({ name: "Draft", kind: "beforeRestore" })).toBe("Draft");
    expect(versionTitle({ name: "", kind: "beforeRestore" })).toBe("Before a version was restored");
  });
});
