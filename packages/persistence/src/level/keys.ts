import { AFTER_UTF8, decodeName, encodeName, encodePrefix } from "../names.ts";
import type { ChunkPlace } from "./chunks.ts";

// The first byte of a key is its space. docs/storage-format.md describes them all.
const DOCUMENT_SPACE = 0x64; // d
const META_SPACE = 0x6d; // m
const QUARANTINE_SPACE = 0x71; // q
const RECORD_SPACE = 0x72; // r
const DELETION_SPACE = 0x74; // t
export const UNFINISHED_SPACE = 0x75; // u
export const VERSION_SPACE = 0x76; // v

const HEAD_KIND = 1;
const CHUNK_KIND = 2;
const LOG_KIND = 3;

/** What a key inside a document's range names; null for bytes that no version wrote. */
export type DocumentKey =
  | { kind: "head"; generation: number }
  | { kind: "chunk"; generation: number; index: number }
  | { kind: "entry"; sequence: number };

const KNOWN_SPACES: ReadonlySet<number> = new Set([
  DOCUMENT_SPACE,
  META_SPACE,
  QUARANTINE_SPACE,
  RECORD_SPACE,
  DELETION_SPACE,
  UNFINISHED_SPACE,
  VERSION_SPACE,
]);

export type KeyRange = { gte: Uint8Array; lt: Uint8Array };

/** Makes the keys of one document. */
export class DocumentKeys {
  readonly name: string;
  readonly #prefix: Buffer;

  constructor(name: string) {
    this.name = name;
    this.#prefix = namedPrefix(DOCUMENT_SPACE, name);
  }

  head(generation: number): Uint8Array {
    return this.#key(HEAD_KIND, generation, 0);
  }

  chunk(generation: number, index: number): Uint8Array {
    const key = this.#key(CHUNK_KIND, generation, 4);
    key.writeUInt32BE(index, key.length - 4);
    return key;
  }

  entry(sequence: number): Uint8Array {
    return this.#key(LOG_KIND, sequence, 0);
  }

  /** Everything the document has. */
  all(): KeyRange {
    return { gte: this.#kind(0), lt: this.#kind(AFTER_UTF8) };
  }

  heads(): KeyRange {
    return { gte: this.#kind(HEAD_KIND), lt: this.#kind(HEAD_KIND + 1) };
  }

  /** Where the generation's snapshot is. */
  chunks(generation: number): ChunkPlace {
    return {
      range: {
        gte: this.#key(CHUNK_KIND, generation, 0),
        lt: this.#key(CHUNK_KIND, generation + 1, 0),
      },
      key: (index) => this.chunk(generation, index),
    };
  }

  entries(): KeyRange {
    return { gte: this.#kind(LOG_KIND), lt: this.#kind(LOG_KIND + 1) };
  }

  parse(key: Uint8Array): DocumentKey | null {
    const rest = Buffer.from(key.buffer, key.byteOffset, key.byteLength).subarray(
      this.#prefix.length,
    );
    if (rest.length < 9) return null;
    const number = readSafeInteger(rest, 1);
    if (number === null) return null;
    if (rest[0] === HEAD_KIND && rest.length === 9) return { kind: "head", generation: number };
    if (rest[0] === LOG_KIND && rest.length === 9) return { kind: "entry", sequence: number };
    if (rest[0] === CHUNK_KIND && rest.length === 13) {
      return { kind: "chunk", generation: number, index: rest.readUInt32BE(9) };
    }
    return null;
  }

  #kind(kind: number): Buffer {
    return Buffer.concat([this.#prefix, Buffer.of(kind)]);
  }

  #key(kind: number, number: number, extraBytes: number): Buffer {
    const at = this.#prefix.length;
    const key = Buffer.allocUnsafe(at + 9 + extraBytes);
    key.set(this.#prefix, 0);
    key.writeUInt8(kind, at);
    writeSafeInteger(key, number, at + 1);
    return key;
  }
}

/** All keys of documents. */
export function documentRange(): KeyRange {
  return { gte: Buffer.of(DOCUMENT_SPACE), lt: Buffer.of(DOCUMENT_SPACE + 1) };
}

/** The document that a key of its own or of its versions belongs to, or null for bytes that no version wrote. */
export function parseDocumentName(key: Uint8Array): string | null {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (bytes.length < 3) return null;
  const end = 3 + bytes.readUInt16BE(1);
  return end > bytes.length ? null : decodeName(bytes.subarray(3, end));
}

/** Space and name. The length before the name keeps one's keys from being another's prefix. */
export function namedPrefix(space: number, name: string): Buffer {
  const bytes = encodeName(name);
  const prefix = Buffer.allocUnsafe(3 + bytes.length);
  prefix.writeUInt8(space, 0);
  prefix.writeUInt16BE(bytes.length, 1);
  prefix.set(bytes, 3);
  return prefix;
}

/** Where a record lives. */
export function recordKey(key: string): Uint8Array {
  return spaced(RECORD_SPACE, encodeName(key));
}

/** The records whose key starts with `prefix`; the empty prefix means all. */
export function recordRange(prefix: string): KeyRange {
  const gte = spaced(RECORD_SPACE, encodePrefix(prefix));
  return { gte, lt: Buffer.concat([gte, Buffer.of(AFTER_UTF8)]) };
}

/** The record key of a LevelDB key, or null for bytes that are not UTF-8. */
export function parseRecordKey(key: Uint8Array): string | null {
  return decodeName(key.subarray(1));
}

/** Says that the deletion of a document has begun and is to be finished. */
export function deletionKey(name: string): Uint8Array {
  return spaced(DELETION_SPACE, encodeName(name));
}

export function deletionRange(): KeyRange {
  return { gte: Buffer.of(DELETION_SPACE), lt: Buffer.of(DELETION_SPACE + 1) };
}

export function parseDeletionKey(key: Uint8Array): string | null {
  return decodeName(key.subarray(1));
}

/** Where damaged bytes of `key` are kept; `commit` keeps two losses of one key apart. */
export function quarantineKey(commit: number, key: Uint8Array): Uint8Array {
  const number = Buffer.allocUnsafe(9);
  number.writeUInt8(QUARANTINE_SPACE, 0);
  writeSafeInteger(number, commit, 1);
  return Buffer.concat([number, key]);
}

export function quarantineRange(): KeyRange {
  return spaceRange(QUARANTINE_SPACE);
}

/** Everything whose key begins with this byte. */
export function spaceRange(space: number): KeyRange {
  return { gte: Buffer.of(space), lt: space < 0xff ? Buffer.of(space + 1) : Buffer.alloc(2, 0xff) };
}

/** Whether a version writes keys that begin with this byte. */
export function isKnownSpace(space: number): boolean {
  return KNOWN_SPACES.has(space);
}

/** Holds the number of the last commit; part of every batch. */
export const COMMIT_KEY: Uint8Array = Buffer.of(META_SPACE, 0x63);

export function writeSafeInteger(target: Buffer, value: number, offset: number): void {
  target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  target.writeUInt32BE(value % 0x1_0000_0000, offset + 4);
}

/** A big-endian 64-bit integer, or null where it is more than a number holds exactly. */
export function readSafeInteger(source: Buffer, offset: number): number | null {
  const value = source.readUInt32BE(offset) * 0x1_0000_0000 + source.readUInt32BE(offset + 4);
  return Number.isSafeInteger(value) ? value : null;
}

function spaced(space: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(space), bytes]);
}
