import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { checkedContent, checkHash, tooLarge } from "../asset-rules.ts";
import { StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Assets, StoredAsset } from "../store.ts";
import { bytesOf, type Connections, integerOf, type Row } from "./connections.ts";
import { isUniqueViolation } from "./postgres-error.ts";

/** Read and written at a time; what one transfer holds in memory. */
const CHUNK_BYTES = 512 * 1024;

const ASSETS_PER_PAGE = 500;

/** No upload takes this long: what has no hash by then was left by a node that died. */
const UPLOAD_EXPIRY = "1 day";

/** Assets in the database, so that all nodes have them: a row each, and its content in pieces. */
export class PostgresAssets implements Assets {
  readonly #connections: Connections;
  readonly #logger: StoreLogger;

  constructor(connections: Connections, logger: StoreLogger) {
    this.#connections = connections;
    this.#logger = logger;
  }

  /** Removes what interrupted uploads have left. */
  async clean(): Promise<void> {
    await this.#connections.read(
      `DELETE FROM boardwalk_assets
       WHERE sha256 IS NULL AND begun_at < now() - interval '${UPLOAD_EXPIRY}'`,
      [],
    );
  }

  async put(
    source: AsyncIterable<Uint8Array>,
    options: { maxBytes: number },
  ): Promise<{ sha256: string; bytes: number }> {
    const [row] = await this.#connections.change(
      "INSERT INTO boardwalk_assets DEFAULT VALUES RETURNING id",
      [],
    );
    const id = integerOf(row ?? {}, "id");
    try {
      const asset = await this.#receive(id, source, options.maxBytes);
      // Another put of the same content has the name, unless it was deleted meanwhile.
      while (!(await this.#keep(id, asset))) {
        if (!(await this.#renew(asset.sha256))) continue;
        await this.#discard(id);
        break;
      }
      return asset;
    } catch (error) {
      await this.#discard(id).catch((err: unknown) => {
        this.#logger.warn({ err }, "an unfinished asset is left for the next start");
      });
      throw error;
    }
  }

  async open(sha256: string): Promise<{ bytes: number; stream: Readable } | null> {
    const [row] = await this.#connections.read(
      "SELECT id, bytes FROM boardwalk_assets WHERE sha256 = $1",
      [hashBytes(sha256)],
    );
    if (row === undefined) return null;
    const bytes = integerOf(row, "bytes");
    const chunks = this.#chunks(integerOf(row, "id"), bytes);
    const source = Readable.from(chunks, { objectMode: false, highWaterMark: 1 });
    return { bytes, stream: checkedContent(sha256, source) };
  }

  async delete(sha256: string): Promise<void> {
    await this.#connections.change("DELETE FROM boardwalk_assets WHERE sha256 = $1", [
      hashBytes(sha256),
    ]);
  }

  async *entries(): AsyncGenerator<StoredAsset, void, undefined> {
    let after = 0;
    for (;;) {
      const page: Row[] = await this.#connections.read(
        `SELECT id, sha256, bytes, round(extract(epoch FROM begun_at) * 1000) AS stored_at_ms
         FROM boardwalk_assets WHERE id > $1 AND sha256 IS NOT NULL ORDER BY id LIMIT $2`,
        [after, ASSETS_PER_PAGE],
      );
      for (const row of page) {
        after = integerOf(row, "id");
        yield {
          sha256: bytesOf(row, "sha256")?.toString("hex") ?? "",
          bytes: integerOf(row, "bytes"),
          storedAtMs: integerOf(row, "stored_at_ms"),
        };
      }
      if (page.length < ASSETS_PER_PAGE) return;
    }
  }

  async #receive(
    id: number,
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; bytes: number }> {
    const hash = createHash("sha256");
    let bytes = 0;
    let index = 0;
    let pieces: Uint8Array[] = [];
    let pendingBytes = 0;
    const flush = async (): Promise<void> => {
      const content = Buffer.concat(pieces);
      pieces = [];
      pendingBytes = 0;
      for (let start = 0; start < content.length; start += CHUNK_BYTES) {
        const chunk = content.subarray(start, start + CHUNK_BYTES);
        await this.#connections.change(
          `INSERT INTO boardwalk_asset_chunks (asset, index, bytes) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING`,
          [id, index, chunk],
          chunk.length,
        );
        index += 1;
      }
    };
    for await (const piece of source) {
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(piece);
      pieces.push(piece);
      pendingBytes += piece.length;
      if (pendingBytes >= CHUNK_BYTES) await flush();
    }
    await flush();
    return { sha256: hash.digest("hex"), bytes };
  }

  /** Gives what was received its name; false when that is taken, by the same content. */
  async #keep(id: number, { sha256, bytes }: { sha256: string; bytes: number }): Promise<boolean> {
    try {
      await this.#connections.change(
        "UPDATE boardwalk_assets SET sha256 = $2, bytes = $3, begun_at = now() WHERE id = $1",
        [id, hashBytes(sha256), bytes],
      );
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** Notes that an asset was put again; false when there is none. */
  async #renew(sha256: string): Promise<boolean> {
    const rows = await this.#connections.change(
      "UPDATE boardwalk_assets SET begun_at = now() WHERE sha256 = $1 RETURNING id",
      [hashBytes(sha256)],
    );
    return rows.length > 0;
  }

  /** Never removes what has its name already, also where the answer to that was lost. */
  async #discard(id: number): Promise<void> {
    await this.#connections.change(
      "DELETE FROM boardwalk_assets WHERE id = $1 AND sha256 IS NULL",
      [id],
    );
  }

  async *#chunks(id: number, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    let read = 0;
    for (let index = 0; read < bytes; index++) {
      const [row] = await this.#connections.read(
        "SELECT bytes FROM boardwalk_asset_chunks WHERE asset = $1 AND index = $2",
        [id, index],
      );
      const chunk = row === undefined ? null : bytesOf(row, "bytes");
      if (chunk === null) {
        throw new StoreError("STORE_READ", "An asset was deleted while it was read");
      }
      read += chunk.length;
      yield chunk;
    }
  }
}

function hashBytes(sha256: string): Uint8Array {
  checkHash(sha256);
  return Buffer.from(sha256, "hex");
}
