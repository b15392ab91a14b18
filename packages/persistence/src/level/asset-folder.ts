import { createHash, randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { checkedContent, checkHash, isHash, tooLarge } from "../asset-rules.ts";
import type { StoreCounters } from "../store-counters.ts";
import { errnoOf, readError, writeError } from "../store-error.ts";
import type { Assets, StoredAsset } from "../store.ts";
import { syncFolder } from "./data-folder.ts";

/** Where assets lie while they are being received. */
export const INCOMING = "incoming";

/** Files named by the SHA-256 of their content: `assets/ab/abcd…`. */
export class AssetFolder implements Assets {
  readonly #path: string;
  readonly #counters: StoreCounters;

  constructor(path: string, counters: StoreCounters) {
    this.#path = path;
    this.#counters = counters;
  }

  /** Removes what an interrupted `put` left. For the owner of the folder, before its first use. */
  async clean(): Promise<void> {
    const incoming = join(this.#path, INCOMING);
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming);
  }

  async put(
    source: AsyncIterable<Uint8Array>,
    options: { maxBytes: number },
  ): Promise<{ sha256: string; bytes: number }> {
    const temporary = join(this.#path, INCOMING, randomUUID());
    try {
      const asset = await this.#receive(temporary, source, options.maxBytes);
      await this.#keep(temporary, asset);
      return asset;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async open(sha256: string): Promise<{ bytes: number; stream: Readable } | null> {
    const path = this.#pathOf(sha256);
    try {
      const file = await open(path, "r");
      try {
        const { size } = await file.stat();
        return { bytes: size, stream: checkedContent(sha256, file.createReadStream()) };
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw readError(error);
    }
  }

  async delete(sha256: string): Promise<void> {
    const path = this.#pathOf(sha256);
    try {
      await rm(path);
      await this.#sync(this.#folderOf(sha256));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw writeError(error);
    }
  }

  async *entries(): AsyncGenerator<StoredAsset, void, undefined> {
    for (const folder of await namesIn(this.#path)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const sha256 of await namesIn(join(this.#path, folder))) {
        if (!isHash(sha256) || !sha256.startsWith(folder)) continue;
        const found = await statOf(join(this.#path, folder, sha256));
        if (found !== null) yield { sha256, bytes: found.size, storedAtMs: found.mtimeMs };
      }
    }
  }

  async #receive(
    path: string,
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; bytes: number }> {
    const hash = createHash("sha256");
    let bytes = 0;
    const file = await open(path, "wx").catch((error: unknown) => {
      throw writeError(error);
    });
    try {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        hash.update(chunk);
        await translated(file.writeFile(chunk));
      }
      await translated(file.sync());
      this.#counters.fsyncs += 1;
    } finally {
      await file.close();
    }
    return { sha256: hash.digest("hex"), bytes };
  }

  async #keep(temporary: string, asset: { sha256: string; bytes: number }): Promise<void> {
    const path = this.#pathOf(asset.sha256);
    const folder = this.#folderOf(asset.sha256);
    try {
      const created = await mkdir(folder, { recursive: true });
      if (created !== undefined) await this.#sync(this.#path);
      // Also over one that was there: it may be damaged, and is newly stored in any case.
      await rename(temporary, path);
      await this.#sync(folder);
    } catch (error) {
      throw writeError(error);
    }
  }

  async #sync(folder: string): Promise<void> {
    await syncFolder(folder);
    this.#counters.fsyncs += 1;
  }

  #folderOf(sha256: string): string {
    return join(this.#path, sha256.slice(0, 2));
  }

  #pathOf(sha256: string): string {
    checkHash(sha256);
    return join(this.#folderOf(sha256), sha256);
  }
}

async function translated<T>(writing: Promise<T>): Promise<T> {
  return writing.catch((error: unknown) => {
    throw writeError(error);
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    throw readError(error);
  });
}

/** Null for a file that was deleted meanwhile. */
async function statOf(path: string): Promise<Stats | null> {
  return stat(path).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return null;
    throw readError(error);
  });
}
