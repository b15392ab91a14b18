import * as decoding from "lib0/decoding";

/** What a struct holds, by the number that Yjs's first format has for it. */
const contentRef = {
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  document: 9,
} as const;

/** Types that have a name beside their number: elements and hooks of XML. */
const namedTypes: ReadonlySet<number> = new Set([3, 5]);

/** Passes over the content of an item and returns the item's length in clocks. */
export function skipContent(decoder: decoding.Decoder, ref: number): number {
  switch (ref) {
    case contentRef.deleted:
      return decoding.readVarUint(decoder);
    case contentRef.json: {
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) skipBytes(decoder);
      return length;
    }
    case contentRef.string:
      return skipString(decoder);
    case contentRef.binary:
    case contentRef.embed:
      skipBytes(decoder);
      return 1;
    case contentRef.format:
      skipBytes(decoder);
      skipBytes(decoder);
      return 1;
    case contentRef.type:
      if (namedTypes.has(decoding.readVarUint(decoder))) skipBytes(decoder);
      return 1;
    case contentRef.any: {
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) skipAny(decoder);
      return length;
    }
    case contentRef.document:
      skipBytes(decoder);
      skipAny(decoder);
      return 1;
    default:
      throw new Error(`No content of an item has the number ${ref}`);
  }
}

/** Passes over bytes, or a string, that have their size before them. */
export function skipBytes(decoder: decoding.Decoder): void {
  skip(decoder, decoding.readVarUint(decoder));
}

function skip(decoder: decoding.Decoder, bytes: number): void {
  decoder.pos += bytes;
  if (decoder.pos > decoder.arr.length) throw new Error("The update ends within a struct");
}

/** Passes over a string and returns its length in UTF-16 code units. */
function skipString(decoder: decoding.Decoder): number {
  const bytes = decoding.readVarUint(decoder);
  const start = decoder.pos;
  skip(decoder, bytes);
  let units = 0;
  for (let at = start; at < decoder.pos; at++) {
    const byte = decoder.arr[at] ?? 0;
    if ((byte & 0b1100_0000) !== 0b1000_0000) units++; // The first byte of a character,
    if (byte >= 0b1111_0000) units++; // and of one that has two units.
  }
  return units;
}

/** Passes over a value as lib0 writes it: `encoding.writeAny`. */
function skipAny(decoder: decoding.Decoder): void {
  switch (decoding.readUint8(decoder)) {
    case 127: // undefined
    case 126: // null
    case 121: // false
    case 120: // true
      return;
    case 125: // integer
      decoding.readVarInt(decoder);
      return;
    case 124: // 32-bit float
      skip(decoder, 4);
      return;
    case 123: // 64-bit float
    case 122: // 64-bit integer
      skip(decoder, 8);
      return;
    case 119: // string
    case 116: // bytes
      skipBytes(decoder);
      return;
    case 118: // object
      for (let left = decoding.readVarUint(decoder); left > 0; left--) {
        skipBytes(decoder);
        skipAny(decoder);
      }
      return;
    case 117: // array
      for (let left = decoding.readVarUint(decoder); left > 0; left--) skipAny(decoder);
      return;
    default:
      throw new Error("A value is of no type that lib0 knows");
  }
}
