import { AFTER_UTF8 } from "../names.ts";
import type { ChunkPlace } from "./chunks.ts";
import {
  type KeyRange,
  namedPrefix,
  parseDocumentName,
  readSafeInteger,
  UNFINISHED_SPACE,
  VERSION_SPACE,
  writeSafeInteger,
} from "./keys.ts";

const HEAD_KIND = 1;
const CHUNK_KIND = 2;

/** Makes the keys of the versions of one document. */
export class VersionKeys {
  readonly #prefix: Buffer;
  readonly #unfinishedPrefix: Buffer;

  constructor(name: string) {
    this.#prefix = namedPrefix(VERSION_SPACE, name);
    this.#unfinishedPrefix = namedPrefix(UNFINISHED_SPACE, name);
  }

  head(version: number): Uint8Array {
    return numbered(Buffer.concat([this.#prefix, Buffer.of(HEAD_KIND)]), version);
  }

  /** Says that the version's chunks are to be removed: it is being made or was deleted. */
  unfinished(version: number): Uint8Array {
    return numbered(this.#unfinishedPrefix, version);
  }

  heads(): KeyRange {
    return {
      gte: Buffer.concat([this.#prefix, Buffer.of(HEAD_KIND)]),
      lt: Buffer.concat([this.#prefix, Buffer.of(HEAD_KIND + 1)]),
    };
  }

  /** Everything there is of the document's versions. */
  all(): KeyRange {
    return {
      gte: Buffer.concat([this.#prefix, Buffer.of(HEAD_KIND)]),
      lt: Buffer.concat([this.#prefix, Buffer.of(AFTER_UTF8)]),
    };
  }

  /** The version that a key of `all` is of, or null for bytes that no version wrote. */
  parse(key: Uint8Array): number | null {
    const at = this.#prefix.length + 1;
    const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
    return bytes.length < at + 8 ? null : readSafeInteger(bytes, at);
  }

  /** Where the version's content is. */
  chunks(version: number): ChunkPlace {
    const prefix = this.#chunk(version);
    return {
      range: { gte: prefix, lt: this.#chunk(version + 1) },
      key: (index) => {
        const number = Buffer.allocUnsafe(4);
        number.writeUInt32BE(index, 0);
        return Buffer.concat([prefix, number]);
      },
    };
  }

  #chunk(version: number): Buffer {
    return numbered(Buffer.concat([this.#prefix, Buffer.of(CHUNK_KIND)]), version);
  }
}

/** All keys of versions. */
export function versionRange(): KeyRange {
  return { gte: Buffer.of(VERSION_SPACE), lt: Buffer.of(VERSION_SPACE + 1) };
}

export function unfinishedRange(): KeyRange {
  return { gte: Buffer.of(UNFINISHED_SPACE), lt: Buffer.of(UNFINISHED_SPACE + 1) };
}

/** The version that is unfinished, or null for bytes that no version wrote. */
export function parseUnfinishedKey(key: Uint8Array): { keys: VersionKeys; version: number } | null {
  const name = parseDocumentName(key);
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const version = bytes.length < 8 ? null : readSafeInteger(bytes, bytes.length - 8);
  return name === null || version === null ? null : { keys: new VersionKeys(name), version };
}

function numbered(prefix: Buffer, number: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeSafeInteger(bytes, number, 0);
  return Buffer.concat([prefix, bytes]);
}
