import { type Level, readRange } from "./database.ts";
import { openThroughLinks } from "./level-through-links.ts";

/** A document as y-leveldb kept it. */
export type YLeveldbDocument = {
  readonly name: string;
  /** Yjs updates in the order they were written. The first may be what earlier ones were merged to. */
  readonly updates: readonly Uint8Array[];
  /** Updates whose number is missing between those that are there. */
  readonly missingUpdates: number;
};

export type YLeveldbFolder = {
  /** All documents, one in memory at a time. */
  documents(): AsyncGenerator<YLeveldbDocument, void, undefined>;
  /** What LevelDB could not read: which documents it was of is not known. Complete at the end. */
  readonly unreadable: { bytes: number; blocks: number };
  /** Keys that are none of a document's updates: what applications kept beside them. */
  readonly otherKeys: { count: number };
  /** Idempotent. */
  close(): Promise<void>;
};

// A key is a list of strings and numbers, each behind a byte that tells which.
const STRING = 0;
const NUMBER = 1;
const VERSION = "v1";
const VECTORS = "v1_sv";

/**
 * Opens the folder of a y-websocket server that kept its documents with y-leveldb, without changing
 * it: LevelDB's format has been the same since leveldown, which y-leveldb was written for.
 *
 * Rejects with STORE_ABSENT, STORE_LOCKED, STORE_READ or STORE_DAMAGED.
 */
export async function openYLeveldbFolder(path: string): Promise<YLeveldbFolder> {
  const opened = await openThroughLinks(path);
  const unreadable = { bytes: opened.droppedBytes, blocks: 0 };
  const otherKeys = { count: 0 };
  return {
    documents: () => readDocuments(opened.level, { unreadable, otherKeys }),
    unreadable,
    otherKeys,
    close: () => opened.close(),
  };
}

async function* readDocuments(
  level: Level,
  { unreadable, otherKeys }: Pick<YLeveldbFolder, "unreadable" | "otherKeys">,
): AsyncGenerator<YLeveldbDocument> {
  let name: string | null = null;
  let updates: Uint8Array[] = [];
  let missingUpdates = 0;
  let lastNumber = -1;
  const everything = { gte: new Uint8Array(), lt: Buffer.alloc(2, 0xff) };
  const contents = readRange(level, everything, () => {
    unreadable.blocks += 1;
  });
  for await (const [key, value] of contents) {
    const parts = decodeKey(key);
    const [version, document, kind, number] = parts ?? [];
    // State vectors are made anew from the updates.
    if (version === VECTORS) continue;
    if (
      version !== VERSION ||
      typeof document !== "string" ||
      kind !== "update" ||
      typeof number !== "number"
    ) {
      otherKeys.count += 1;
      continue;
    }
    // One document's keys lie together, in the order of their numbers.
    if (document !== name) {
      if (name !== null) yield { name, updates, missingUpdates };
      name = document;
      updates = [];
      missingUpdates = 0;
    } else {
      missingUpdates += number - lastNumber - 1;
    }
    updates.push(value);
    lastNumber = number;
  }
  if (name !== null) yield { name, updates, missingUpdates };
}

/** Null for bytes that y-leveldb did not write. */
function decodeKey(key: Uint8Array): (string | number)[] | null {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const parts: (string | number)[] = [];
  let at = 0;
  while (at < bytes.length) {
    const type = bytes[at];
    at += 1;
    if (type === NUMBER) {
      if (at + 4 > bytes.length) return null;
      parts.push(bytes.readUInt32BE(at));
      at += 4;
    } else if (type === STRING) {
      // The length in groups of seven bits, the lowest first.
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const group = bytes[at];
        if (group === undefined || shift > 28) return null;
        at += 1;
        length += (group & 0x7f) * 2 ** shift;
        if (group < 0x80) break;
      }
      if (at + length > bytes.length) return null;
      parts.push(bytes.toString("utf8", at, at + length));
      at += length;
    } else {
      return null;
    }
  }
  return parts;
}
