import { mendBytes, type Soundness, worse } from "./checked-bytes.ts";

// A table of LevelDB's: blocks, each followed by type u8 and sum u32 over block and type; at its end
// the places of two of them, as offset and size: the list of what is beside the data, and the index.
const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = Buffer.from("57fb808b247547db", "hex");
const SNAPPY = 1;

type Place = { readonly offset: number; readonly size: number };

/** Mends in place each block of which one byte is damaged; "damaged" where it is more. */
export function mendTableFile(bytes: Buffer): Soundness {
  const footer = readFooter(bytes) === null ? mendFooter(bytes) : "sound";
  const places = readFooter(bytes);
  if (places === null) return "damaged";
  let soundness: Soundness = footer;
  for (const directory of places) {
    soundness = worse(soundness, mendBlock(bytes, directory));
    if (soundness === "damaged") return soundness;
    const listed = readPlaces(bytes, directory);
    if (listed === null) return "damaged";
    for (const place of listed) {
      if (!isWithin(bytes, place)) return "damaged";
      soundness = worse(soundness, mendBlock(bytes, place));
    }
  }
  return soundness;
}

function mendBlock(bytes: Buffer, { offset, size }: Place): Soundness {
  return mendBytes(bytes, offset, offset + size + 1, offset + size + 1);
}

function isWithin(bytes: Buffer, { offset, size }: Place): boolean {
  return offset + size + TRAILER_BYTES <= bytes.length - FOOTER_BYTES;
}

/** What it says has to fit: the index is the last block, and before it stands the other list. */
function readFooter(bytes: Buffer): [Place, Place] | null {
  const start = bytes.length - FOOTER_BYTES;
  if (start < 0 || !bytes.subarray(bytes.length - MAGIC.length).equals(MAGIC)) return null;
  const reader = new Reader(bytes.subarray(start, bytes.length - MAGIC.length));
  const beside = reader.place();
  const index = reader.place();
  if (beside === null || index === null || !reader.isBlank()) return null;
  if (beside.offset + beside.size + TRAILER_BYTES !== index.offset) return null;
  return index.offset + index.size + TRAILER_BYTES === start ? [beside, index] : null;
}

/** It has no sum; but few of its bytes could be others. */
function mendFooter(bytes: Buffer): Soundness {
  for (let at = Math.max(0, bytes.length - FOOTER_BYTES); at < bytes.length; at++) {
    const former = bytes[at] ?? 0;
    for (let byte = 0; byte < 256; byte++) {
      bytes[at] = byte;
      const places = readFooter(bytes);
      if (places?.every((place) => mendBlock(Buffer.from(bytes), place) === "sound")) {
        return "mended";
      }
    }
    bytes[at] = former;
  }
  return "damaged";
}

/** The places that a block of places lists, or null. */
function readPlaces(bytes: Buffer, { offset, size }: Place): Place[] | null {
  const stored = bytes.subarray(offset, offset + size);
  const block = bytes[offset + size] === SNAPPY ? unpack(stored) : stored;
  if (block === null || block.length < 4) return null;
  // At its end are marks for a search, and their number.
  const end = block.length - 4 - 4 * block.readUInt32LE(block.length - 4);
  if (end < 0) return null;
  const reader = new Reader(block.subarray(0, end));
  const places: Place[] = [];
  while (!reader.isAtEnd) {
    const [, rest, valueBytes] = [reader.integer(), reader.integer(), reader.integer()];
    if (rest === null || valueBytes === null || reader.bytes(rest) === null) return null;
    const value = reader.bytes(valueBytes);
    const place = value === null ? null : new Reader(value).place();
    if (place === null) return null;
    places.push(place);
  }
  return places;
}

/** Snappy, or null for bytes that are not. */
function unpack(packed: Buffer): Buffer | null {
  const reader = new Reader(packed);
  const size = reader.integer();
  if (size === null || size > packed.length * 64) return null; // More than Snappy can save.
  const unpacked = Buffer.alloc(size);
  let length = 0;
  while (!reader.isAtEnd) {
    const tag = reader.fixed(1) ?? 0;
    const kind = tag & 3;
    let count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    if (kind === 0) {
      if (count > 60) count = (reader.fixed(count - 60) ?? size) + 1;
      const literal = reader.bytes(count);
      if (literal === null || length + count > size) return null;
      literal.copy(unpacked, length);
    } else {
      const low = reader.fixed(kind === 3 ? 4 : kind);
      const back = (low ?? 0) + (kind === 1 ? (tag >> 5) << 8 : 0);
      if (back === 0 || back > length || length + count > size) return null;
      for (let at = length; at < length + count; at++) unpacked[at] = unpacked[at - back] ?? 0;
    }
    length += count;
  }
  return length === size ? unpacked : null;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Whether nothing is left but zeros. */
  isBlank(): boolean {
    return this.#bytes.subarray(this.#at).every((byte) => byte === 0);
  }

  bytes(count: number): Buffer | null {
    if (this.#at + count > this.#bytes.length) return null;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Little-endian, of up to 4 bytes. */
  fixed(count: number): number | null {
    const bytes = this.bytes(count);
    return bytes === null ? null : bytes.readUIntLE(0, count);
  }

  /** Seven bits a byte, the lowest first. */
  integer(): number | null {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.fixed(1);
      if (byte === null) return null;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return null;
  }

  place(): Place | null {
    const offset = this.integer();
    const size = this.integer();
    return offset === null || size === null ? null : { offset, size };
  }
}
