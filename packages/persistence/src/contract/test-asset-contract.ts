import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { Assets, StoredAsset } from "../store.ts";
import type { ContractStores } from "./test-contract-stores.ts";

const hashOf = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
const content = Buffer.from("0123456789".repeat(1234));
const sha256 = hashOf(content);
/** What the clocks of a file system and of this process may be apart. */
const CLOCK_TOLERANCE_MS = 1000;

async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

async function read(assets: Assets, name: string): Promise<Buffer | null> {
  const opened = await assets.open(name);
  if (opened === null) return null;
  const found = await buffer(opened.stream);
  expect(found).toHaveLength(opened.bytes);
  return found;
}

/** What a store does with assets. */
export function assetContract(stores: ContractStores): void {
  describe("an asset", () => {
    it.each([
      ["nothing", 0, 1000],
      ["one byte", 1, 1000],
      ["small pieces", 1_300_000, 1000],
      ["one large piece", 3_000_000, 3_000_000],
    ])("of %s is stored under its hash and read back, also later", async (_, bytes, piece) => {
      const large = Buffer.alloc(bytes, "abcdefg");
      let store = await stores.open();
      const put = await store.assets.put(inPieces(large, piece), { maxBytes: bytes });
      expect(put).toEqual({ sha256: hashOf(large), bytes });
      await store.close();
      store = await stores.open();
      expect((await read(store.assets, put.sha256))?.equals(large)).toBe(true);
    });

    it("is the same however often and concurrently it is put", async () => {
      const { assets } = await stores.open();
      const puts = Array.from({ length: 5 }, () =>
        assets.put(inPieces(content), { maxBytes: 1e6 }),
      );
      for (const put of await Promise.all(puts)) expect(put.sha256).toBe(sha256);
      await assets.put(inPieces(content), { maxBytes: 1e6 });
      expect((await read(assets, sha256))?.equals(content)).toBe(true);
    });

    it("that is too large is refused while it streams, and leaves nothing", async () => {
      const { assets } = await stores.open();
      let pulled = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          pulled += 1;
          yield content.subarray(0, 1000);
        }
      }
      await expect(assets.put(endless(), { maxBytes: 5000 })).rejects.toMatchObject({
        code: "ASSET_TOO_LARGE",
      });
      expect(pulled).toBe(6);
      expect(await read(assets, hashOf(content.subarray(0, 5000)))).toBeNull();
    });

    it("whose source breaks off is not kept, and the source's error is told", async () => {
      const { assets } = await stores.open();
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield content;
        throw new Error("the client went away");
      }
      await expect(assets.put(broken(), { maxBytes: 1e6 })).rejects.toThrow("the client went away");
      expect(await assets.open(sha256)).toBeNull();
    });

    it("is deleted once and then absent, and can be put again", async () => {
      const { assets } = await stores.open();
      await assets.put(inPieces(content), { maxBytes: 1e6 });
      await assets.delete(sha256);
      await assets.delete(sha256);
      expect(await assets.open(sha256)).toBeNull();
      await assets.put(inPieces(content), { maxBytes: 1e6 });
      expect((await read(assets, sha256))?.equals(content)).toBe(true);
    });

    it("is listed with its size and the time it was last put, until it is deleted", async () => {
      const store = await stores.open();
      const beforeMs = Date.now() - CLOCK_TOLERANCE_MS;
      const put = async (bytes: Uint8Array): Promise<string> =>
        (await store.assets.put(inPieces(bytes), { maxBytes: 1e6 })).sha256;
      const small = await put(Buffer.from("small"));
      await put(content);
      const listed = async (): Promise<Map<string, StoredAsset>> => {
        const assets = new Map<string, StoredAsset>();
        for await (const asset of store.assets.entries()) assets.set(asset.sha256, asset);
        return assets;
      };
      const first = await listed();
      expect(first.size).toBe(2);
      expect(first.get(small)?.bytes).toBe(5);
      expect(first.get(sha256)?.bytes).toBe(content.length);
      const storedAtMs = first.get(sha256)?.storedAtMs ?? 0;
      expect(storedAtMs).toBeGreaterThan(beforeMs);
      expect(storedAtMs).toBeLessThan(Date.now() + CLOCK_TOLERANCE_MS);

      // A later put of the same: whoever collects what is old must not take it.
      await expect
        .poll(async () => {
          await put(content);
          return (await listed()).get(sha256)?.storedAtMs;
        })
        .toBeGreaterThan(storedAtMs);
      await store.assets.delete(small);
      expect(Array.from((await listed()).keys())).toEqual([sha256]);
    });

    it("need not be read to its end", async () => {
      const { assets } = await stores.open();
      const { sha256: name } = await assets.put(inPieces(Buffer.alloc(3_000_000)), {
        maxBytes: 1e7,
      });
      const opened = await assets.open(name);
      for await (const _first of opened?.stream ?? []) break;
      expect(opened?.stream.destroyed).toBe(true);
    });

    it("is never looked for under a name that is not a hash", async () => {
      const { assets } = await stores.open();
      for (const name of [
        "",
        "../../format.json",
        sha256.toUpperCase(),
        `${sha256}0`,
        `${sha256}\n`,
      ]) {
        await expect(assets.open(name)).rejects.toMatchObject({ code: "ASSET_BAD_HASH" });
        await expect(assets.delete(name)).rejects.toMatchObject({ code: "ASSET_BAD_HASH" });
      }
    });
  });
}
