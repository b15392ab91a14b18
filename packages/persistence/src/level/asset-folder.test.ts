import { createHash } from "node:crypto";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { storesForTests } from "./test-stores.ts";

const stores = storesForTests();

async function* inPieces(content: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += size) {
    yield content.subarray(start, start + size);
  }
}
const files = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
const content = Buffer.from("0123456789".repeat(1234));
const sha256 = createHash("sha256").update(content).digest("hex");

describe("an asset", () => {
  it("is stored under its hash and read back", async () => {
    const { assets } = await stores.open();
    expect(await assets.put(inPieces(content), { maxBytes: content.length })).toEqual({
      sha256,
      bytes: content.length,
    });
    const path = join(stores.folder, "data", "assets", sha256.slice(0, 2), sha256);
    expect((await stat(path)).size).toBe(content.length);
    const opened = await assets.open(sha256);
    expect(opened?.bytes).toBe(content.length);
    expect(opened && (await buffer(opened.stream)).equals(content)).toBe(true);
  });

  it("is stored once, however often and concurrently it is put", async () => {
    const { assets } = await stores.open();
    const puts = Array.from({ length: 5 }, () => assets.put(inPieces(content), { maxBytes: 1e6 }));
    expect(new Set((await Promise.all(puts)).map((put) => put.sha256))).toEqual(new Set([sha256]));
    expect(await files(join(stores.folder, "data", "assets"))).toEqual([sha256]);
  });

  it("is replaced where the file under its name was cut short", async () => {
    const { assets } = await stores.open();
    await assets.put(inPieces(content), { maxBytes: 1e6 });
    await writeFile(join(stores.folder, "data", "assets", sha256.slice(0, 2), sha256), "cut");
    await assets.put(inPieces(content), { maxBytes: 1e6 });
    expect(
      (await assets.open(sha256).then((opened) => opened && buffer(opened.stream)))?.length,
    ).toBe(content.length);
  });

  it("that is too large is refused while it streams, and leaves nothing", async () => {
    const { assets } = await stores.open();
    let pulled = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled += 1;
        yield new Uint8Array(1000);
      }
    }
    await expect(assets.put(endless(), { maxBytes: 5000 })).rejects.toMatchObject({
      code: "ASSET_TOO_LARGE",
    });
    expect(pulled).toBe(6);
    expect(await files(join(stores.folder, "data", "assets"))).toEqual([]);
  });

  it("whose source breaks off leaves nothing, and the source's error", async () => {
    const { assets } = await stores.open();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1000);
      throw new Error("the client went away");
    }
    await expect(assets.put(broken(), { maxBytes: 1e6 })).rejects.toThrow("the client went away");
    expect(await files(join(stores.folder, "data", "assets"))).toEqual([]);
  });

  it("that a killed process left unfinished is removed at the next opening", async () => {
    await (await stores.open()).close();
    await writeFile(join(stores.folder, "data", "assets", "incoming", "half"), "half");
    await stores.open();
    expect(await files(join(stores.folder, "data", "assets"))).toEqual([]);
  });
});
