import { isBoardId, isSha256 } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import { z } from "zod";

/** A file that was uploaded to a board. The bytes are in the asset store, under their hash. */
const assetRecordSchema = z.object({
  formatVersion: z.literal(1),
  mimeType: z.string(),
  bytes: z.number().int().nonnegative(),
});
export type BoardAsset = Omit<z.infer<typeof assetRecordSchema>, "formatVersion">;

/**
 * Which assets belong to which board: without this, whoever knows the hash of a file could read it
 * through any board.
 */
export class BoardAssets {
  readonly #store: Store;

  constructor({ store }: { store: Store }) {
    this.#store = store;
  }

  /** Resolves when it is durable. Adding the same file again changes nothing. */
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

/** @throws Error naming the key, when the bytes are not a record that this version can read. */
export function decodeBoardAsset(key: string, bytes: Uint8Array): BoardAsset {
  try {
    const { mimeType, bytes: size } = assetRecordSchema.parse(
      JSON.parse(new TextDecoder().decode(bytes)),
    );
    return { mimeType, bytes: size };
  } catch (cause) {
    throw new Error(`The stored record ${key} cannot be read.`, { cause });
  }
}

function keyOf(boardId: string, sha256: string): string {
  return `asset/${boardId}/${sha256}`;
}
