import { isBoardId, isSha256 } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import { z } from "zod";

/** A file that was uploaded to a board. The bytes are in the asset store, under their hash. */
const assetRecordSchema = z.object({
  formatVersion: z.literal(1),
  mimeType: z.string(),
  bytes: z.number().int().nonnegative(),
  /** Since when it has been found to be shown nowhere; none for one that is, or is new. */
  unusedSince: z.iso.datetime().optional(),
});
export type BoardAsset = Omit<z.infer<typeof assetRecordSchema>, "formatVersion">;

const assetPrefix = "asset/";

/**
 * Which assets belong to which board: without this, whoever knows the hash of a file could read it
 * through any board.
 */
export class BoardAssets {
  readonly #store: Store;

  constructor({ store }: { store: Store }) {
    this.#store = store;
  }

  /** Resolves when it is durable. A file that the board has already is as good as new by it. */
  async add(boardId: string, sha256: string, asset: BoardAsset): Promise<void> {
    await this.#store.commit([addingOf(boardId, sha256, asset)]);
  }

  /** All of a board's files, with their hashes. */
  async *list(boardId: string): AsyncGenerator<BoardAsset & { sha256: string }> {
    const prefix = keyOf(boardId, "");
    for await (const [key, bytes] of this.#store.records.entries(prefix)) {
      yield { sha256: key.slice(prefix.length), ...decodeBoardAsset(key, bytes) };
    }
  }

  /** The files of all boards, those of one board together. */
  async *listAll(): AsyncGenerator<BoardAsset & { boardId: string; sha256: string }> {
    for await (const [key, bytes] of this.#store.records.entries(assetPrefix)) {
      const [boardId = "", sha256 = ""] = key.slice(assetPrefix.length).split("/");
      yield { boardId, sha256, ...decodeBoardAsset(key, bytes) };
    }
  }

  /** null when the board has no such asset. */
  async find(boardId: string, sha256: string): Promise<BoardAsset | null> {
    if (!isBoardId(boardId) || !isSha256(sha256)) return null;
    const key = keyOf(boardId, sha256);
    const bytes = await this.#store.records.get(key);
    return bytes === null ? null : decodeBoardAsset(key, bytes);
  }
}

/** What makes a file one of the board, to be committed with other things. */
export function addingOf(boardId: string, sha256: string, asset: BoardAsset): Operation {
  const value = new TextEncoder().encode(JSON.stringify({ formatVersion: 1, ...asset }));
  return { type: "put", key: keyOf(boardId, sha256), value };
}

/** What makes a file none of the board's any more. */
export function removalOf(boardId: string, sha256: string): Operation {
  return { type: "delete", key: keyOf(boardId, sha256) };
}

/** @throws Error naming the key, when the bytes are not a record that this version can read. */
export function decodeBoardAsset(key: string, bytes: Uint8Array): BoardAsset {
  try {
    const { formatVersion: _formatVersion, ...asset } = assetRecordSchema.parse(
      JSON.parse(new TextDecoder().decode(bytes)),
    );
    return asset;
  } catch (cause) {
    throw new Error(`The stored record ${key} cannot be read.`, { cause });
  }
}

function keyOf(boardId: string, sha256: string): string {
  return `${assetPrefix}${boardId}/${sha256}`;
}
