import { assetPath, isJsonObject, limits, type BoardRecord } from "@boardwalk/board-model";
import type { Store } from "@boardwalk/persistence";
import { BoardAssets } from "../boards/board-assets.ts";
import { sniffAssetType, sniffedBytes } from "../http/asset-type.ts";

const dataUrlPattern = /^data:[^,]*;base64,/;

/**
 * Stores the pictures that records hold in themselves, as tldraw writes them where there is no place
 * for files, as files of the board.
 *
 * @returns the records with the addresses of the files; and how many pictures nobody will see: the
 * board cannot show such files, or their address is on another server
 */
export async function storeInlinePictures(
  records: readonly BoardRecord[],
  boardId: string,
  store: Store,
): Promise<{ records: BoardRecord[]; missing: number }> {
  const assets = new BoardAssets({ store });
  let missing = 0;
  const stored: BoardRecord[] = [];
  for (const record of records) {
    const props = isJsonObject(record.props) ? record.props : {};
    const src = record.typeName === "asset" ? props.src : null;
    if (typeof src !== "string" || record.type === "bookmark") {
      stored.push(record);
      continue;
    }
    const file = dataUrlPattern.test(src)
      ? Buffer.from(src.slice(src.indexOf(",") + 1), "base64")
      : null;
    const mimeType = file === null ? null : await sniffAssetType(file.subarray(0, sniffedBytes));
    if (file === null || mimeType === null || file.length > limits.assetBytes) {
      missing += 1;
      stored.push(record);
      continue;
    }
    const { sha256, bytes } = await store.assets.put(oneChunk(file), {
      maxBytes: limits.assetBytes,
    });
    await assets.add(boardId, sha256, { mimeType, bytes });
    stored.push({ ...record, props: { ...props, src: assetPath(boardId, sha256) } });
  }
  return { records: stored, missing };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
