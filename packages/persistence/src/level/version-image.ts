import { crc32 } from "node:zlib";
import { readChunks } from "./chunks.ts";
import { type Level, readRange } from "./database.ts";
import { readDeletion } from "./deletion.ts";
import { decodeVersionHead, type VersionHead } from "./version-head.ts";
import { VersionKeys } from "./version-keys.ts";

/** A version that counts; its head is null where it is damaged. */
export type VersionImage = { readonly number: number; readonly head: VersionHead | null };

/**
 * The versions of a document, the oldest first. `onUnreadable` is told of part of the database that
 * cannot be read, and may have held others.
 */
export async function readVersions(
  level: Level,
  name: string,
  onUnreadable: (error: unknown) => void,
): Promise<VersionImage[]> {
  const keys = new VersionKeys(name);
  const lastDeleted = (await readDeletion(level, name)) ?? 0;
  const images: VersionImage[] = [];
  for await (const [key, value] of readRange(level, keys.heads(), onUnreadable)) {
    const number = keys.parse(key);
    if (number === null || number <= lastDeleted) continue;
    images.push({ number, head: decodeVersionHead(key, value) });
  }
  return images;
}

/** One version; null where there is none. */
export async function readVersion(
  level: Level,
  name: string,
  number: number,
): Promise<VersionImage | null> {
  const lastDeleted = (await readDeletion(level, name)) ?? 0;
  if (number <= lastDeleted) return null;
  const key = new VersionKeys(name).head(number);
  const value = await level.get(key);
  return value === undefined ? null : { number, head: decodeVersionHead(key, value) };
}

/** What the version holds, or null unless every byte of it is there. */
export async function readContent(
  level: Level,
  name: string,
  { number, head }: VersionImage,
): Promise<Uint8Array | null> {
  if (head === null) return null;
  const content = new Uint8Array(head.bytes);
  let at = 0;
  let chunkCount = 0;
  let crc = 0;
  for await (const payload of readChunks(level, new VersionKeys(name).chunks(number))) {
    if (payload === null || at + payload.length > content.length) return null;
    content.set(payload, at);
    crc = crc32(payload, crc);
    at += payload.length;
    chunkCount += 1;
  }
  return at === head.bytes && chunkCount === head.chunkCount && crc === head.crc ? content : null;
}
