import { describe, expect, it } from "vitest";
import { fileNameOf, uniqueNames } from "./file-name.ts";

const nameOf = (boardName: string, pageName?: string) =>
  fileNameOf({ boardName, pageName, fallbackName: "Untitled board", extension: "png" });

describe("export file names", () => {
  it("are the board's name, and the page's where there are more", () => {
    expect(nameOf("Garden plan")).toBe("Garden plan.png");
    expect(nameOf("Garden plan", "Beds")).toBe("Garden plan – Beds.png");
  });

  it.each([
    ['a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j.png"],
    ["../../etc/passwd", "-..-etc-passwd.png"],
    [".hidden", "hidden.png"],
    ["trailing. . ", "trailing.png"],
    ["tab\tand\nline", "tab and line.png"],
    ["photo\u202egnp.exe", "photo gnp.exe.png"],
    ["con", "con_.png"],
    ["LPT1", "LPT1_.png"],
    ["", "Untitled board.png"],
    [" .. ", "Untitled board.png"],
    ["Пла́н 計画 🌱", "Пла́н 計画 🌱.png"],
  ])("%j becomes %j", (boardName, expected) => {
    expect(nameOf(boardName)).toBe(expected.normalize("NFC"));
  });

  it("fit into a file system without cutting a character in two", () => {
    const name = nameOf("🌱".repeat(100), "畑".repeat(100));
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(154);
    expect(name).toMatch(/^(?:🌱)+ – 畑+\.png$/u);
  });

  it("never take each other's place", () => {
    expect(uniqueNames(["a.png", "A.png", "b.png", "a.png"])).toEqual([
      "a.png",
      "A (2).png",
      "b.png",
      "a (3).png",
    ]);
  });
});
