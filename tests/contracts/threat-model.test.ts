import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const documentUrl = new URL("../../docs/threat-model.md", import.meta.url);

/** `[name](../path): beginning of the test's name` */
const reference = /\]\((\.\.\/[^)]+\.test\.ts)\): ([^;|]+)/g;

describe("the threat model", () => {
  it("names tests that are there, one for each claim", async () => {
    const text = await readFile(documentUrl, "utf8");
    const missing: string[] = [];
    let count = 0;
    for (const [, path = "", title = ""] of text.matchAll(reference)) {
      count++;
      const source = await readFile(new URL(path, documentUrl), "utf8");
      if (!source.includes(`"${title.trim()}`)) missing.push(`${path}: ${title.trim()}`);
    }
    expect(missing).toEqual([]);
    expect(count).toBeGreaterThan(30);
    // A row of a table of claims, and not its head.
    const rows = text
      .split(/^\| Claim .*\n.*\n/m)
      .slice(1)
      .flatMap((table) => table.split("\n\n")[0]?.trim().split("\n") ?? []);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => !row.includes(".test.ts): "))).toEqual([]);
  });
});
