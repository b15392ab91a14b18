import { describe, expect, it } from "vitest";
import { cleanPersonName, loadIdentity, saveIdentity } from "./identity.ts";
import { palette } from "./palette.ts";

/** Storage as browsers offer it, in memory. */
function memoryStorage(entries: Record<string, string> = {}) {
  const values = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

const refusingStorage = {
  getItem: () => {
    throw new DOMException("blocked", "SecurityError");
  },
  setItem: () => {
    throw new DOMException("full", "QuotaExceededError");
  },
};

describe("identity", () => {
  it("is made once and is the same at the next load", () => {
    const storage = memoryStorage();
    const first = loadIdentity(storage);
    expect(first.name).toMatch(/^\S+ \S+$/);
    expect(first.id).toMatch(/^[0-9a-f]{32}$/);
    expect(palette.map(({ value }) => value)).toContain(first.color);
    expect(loadIdentity(storage)).toEqual(first);
  });

  it("is a different one in each browser", () => {
    const ids = new Set(Array.from({ length: 50 }, () => loadIdentity(memoryStorage()).id));
    expect(ids.size).toBe(50);
  });

  it("remembers a change", () => {
    const storage = memoryStorage();
    const changed = { ...loadIdentity(storage), name: "Ada", color: "#186adb" };
    saveIdentity(storage, changed);
    expect(loadIdentity(storage)).toEqual(changed);
  });

  it.each([
    ["not JSON", "{"],
    ["another shape", "[]"],
    ["a colour that is not in the palette", '{"id":"x","name":"A","color":"red"}'],
    ["an empty name", `{"id":"${"0".repeat(32)}","name":"  ","color":"#186adb"}`],
    [
      "a name that is too long",
      `{"id":"${"0".repeat(32)}","name":"${"x".repeat(41)}","color":"#186adb"}`,
    ],
  ])("starts anew when the storage holds %s", (_what, stored) => {
    const storage = memoryStorage({ "boardwalk:identity": stored });
    const identity = loadIdentity(storage);
    expect(identity.name.length).toBeGreaterThan(2);
    expect(loadIdentity(storage)).toEqual(identity);
  });

  it.each([
    ["no storage", null],
    ["storage that refuses", refusingStorage],
  ])("gives someone even with %s", (_what, storage) => {
    expect(loadIdentity(storage).name).toMatch(/^\S+ \S+$/);
  });
});

describe("a person's name", () => {
  it("is trimmed, put on one line and cut to its limit", () => {
    expect(cleanPersonName("  Ada \n Lovelace ")).toBe("Ada Lovelace");
    expect(cleanPersonName("x".repeat(60))).toBe("x".repeat(40));
    expect(cleanPersonName(" \t ")).toBeNull();
  });
});

describe("the palette", () => {
  const canvases = ["#f9fafb", "#101011"];

  it.each(palette)("$name can be read under white text and seen on both canvases", ({ value }) => {
    expect(contrast(value, "#ffffff")).toBeGreaterThanOrEqual(4.5);
    for (const canvas of canvases) expect(contrast(value, canvas)).toBeGreaterThanOrEqual(3);
  });
});

/** Contrast ratio by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
