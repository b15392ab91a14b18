import { type Level, readRange } from "./database.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import type { KeyRange } from "./keys.ts";

/** Where the pieces of one large value are kept, numbered from 0. */
export type ChunkPlace = { readonly range: KeyRange; key(index: number): Uint8Array };

/** A stored piece, ready to be written. */
export type Chunk = { readonly key: Uint8Array; readonly value: Uint8Array };

/** The pieces of `bytes`; one that is empty where there are none. */
export function* chunksOf(
  place: ChunkPlace,
  bytes: Uint8Array,
  chunkBytes: number,
): Generator<Chunk, void, undefined> {
  for (let index = 0; index === 0 || index * chunkBytes < bytes.length; index++) {
    const key = place.key(index);
    const payload = bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    yield { key, value: encodeFrame(key, "chunk", payload) };
  }
}

/**
 * The payloads of the pieces, in order, each of them whole. Ends with null where one is missing or
 * damaged. A piece at a time, so that a large value does not hold up the event loop.
 */
export async function* readChunks(
  level: Level,
  place: ChunkPlace,
): AsyncGenerator<Uint8Array | null, void, undefined> {
  let isUnreadable = false;
  let index = 0;
  const entries = readRange(level, place.range, () => {
    isUnreadable = true;
  });
  for await (const [key, value] of entries) {
    const isNext = Buffer.compare(key, place.key(index)) === 0;
    const payload = isNext ? decodeFrame(key, "chunk", value) : null;
    yield payload;
    if (payload === null) return;
    index += 1;
  }
  if (isUnreadable) yield null;
}

/** Whether the pieces on disk are, end to end, `bytes`. */
export async function holds(level: Level, place: ChunkPlace, bytes: Uint8Array): Promise<boolean> {
  let at = 0;
  for await (const payload of readChunks(level, place)) {
    if (payload === null) return false;
    if (Buffer.compare(payload, bytes.subarray(at, at + payload.length)) !== 0) return false;
    at += payload.length;
  }
  return at === bytes.length;
}
