import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { parseByteRange, readRange } from "./byte-range.ts";

describe("parseByteRange", () => {
  it.each([
    ["bytes=0-0", { first: 0, last: 0 }],
    ["bytes=2-5", { first: 2, last: 5 }],
    ["bytes=7-", { first: 7, last: 9 }],
    ["bytes=0-99", { first: 0, last: 9 }],
    ["bytes=-3", { first: 7, last: 9 }],
    ["bytes=-99", { first: 0, last: 9 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=5-2", null],
    ["bytes=-", null],
    ["bytes=0-1,4-5", null],
    ["lines=0-1", null],
    [undefined, null],
  ])("reads %s of ten bytes", (header, expected) => {
    expect(parseByteRange(header, 10)).toEqual(expected);
  });

  it("finds nothing in an empty file", () => {
    expect(parseByteRange("bytes=0-", 0)).toBe("unsatisfiable");
  });
});

describe("readRange", () => {
  const chunks = ["abc", "def", "ghi"];
  it.each([
    [0, 8, "abcdefghi"],
    [0, 0, "a"],
    [2, 3, "cd"],
    [3, 5, "def"],
    [8, 8, "i"],
  ])("takes bytes %i to %i across chunks", async (first, last, expected) => {
    const source = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    const parts: Uint8Array[] = [];
    for await (const part of readRange(source, { first, last }, null)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe(expected);
    expect(source.destroyed).toBe(true);
  });

  it("keeps the last bytes back until a source that is to be read to its end has ended", async () => {
    let isEnded = false;
    async function* failing(): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) yield Buffer.from(chunk);
      throw new Error("it is damaged");
    }
    const given: string[] = [];
    const reading = async (): Promise<void> => {
      const range = { first: 1, last: 4 };
      for await (const part of readRange(failing(), range, () => (isEnded = true))) {
        given.push(Buffer.from(part).toString());
      }
    };
    await expect(reading()).rejects.toThrow("it is damaged");
    expect([given, isEnded]).toEqual([["bc"], false]);
  });
});
