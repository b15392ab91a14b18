import * as decoding from "lib0/decoding";
import { isUtf8 } from "node:buffer";

/** Of a struct's first byte: what it is, and what follows before its content. */
const contentBits = 0b11111;
const hasOrigin = 0b1000_0000;
const hasRightOrigin = 0b0100_0000;
const hasParentSub = 0b0010_0000;

/** What is no item: a place where one was, and a gap. */
export const structRef = { gc: 0, skip: 10 } as const;

/** What an item holds, by the number that Yjs's first format has for it. */
export const contentRef = {
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

/** The last of the types, by number, and those that have a name beside it: of XML. */
const lastType = 6;
const namedTypes: ReadonlySet<number> = new Set([3, 5]);

/** What the struct that comes next is: one of `structRef` or `contentRef`. */
export function refOfNext(decoder: decoding.Decoder): number {
  return decoding.peekUint8(decoder) & contentBits;
}

/**
 * Passes over a struct, tells which others it names, as clients and clocks, and returns its length
 * in clocks. Throws where it can tell that Yjs could not read it.
 */
export function skipStruct(
  decoder: decoding.Decoder,
  onNamed: (client: number, clock: number) => void,
): number {
  const info = decoding.readUint8(decoder);
  const ref = info & contentBits;
  if (ref === structRef.gc || ref === structRef.skip) return decoding.readVarUint(decoder);
  if (info & hasOrigin) skipId(decoder, onNamed);
  if (info & hasRightOrigin) skipId(decoder, onNamed);
  // Beside others of the same parent an item does not name it.
  if (!(info & (hasOrigin | hasRightOrigin))) {
    const isRoot = decoding.readVarUint(decoder) === 1;
    if (isRoot) skipText(decoder);
    else skipId(decoder, onNamed);
    if (info & hasParentSub) skipText(decoder);
  }
  return skipContent(decoder, ref);
}

function skipId(decoder: decoding.Decoder, onNamed: (client: number, clock: number) => void): void {
  const client = decoding.readVarUint(decoder);
  onNamed(client, decoding.readVarUint(decoder));
}

/** Passes over the content of an item and returns the item's length in clocks. */
function skipContent(decoder: decoding.Decoder, ref: number): number {
  switch (ref) {
    case contentRef.deleted:
      return decoding.readVarUint(decoder);
    case contentRef.json: {
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) skipBytes(decoder);
      return length;
    }
    case contentRef.string:
      return skipText(decoder);
    case contentRef.binary:
    case contentRef.embed:
      skipBytes(decoder);
      return 1;
    case contentRef.format:
      skipText(decoder);
      skipBytes(decoder);
      return 1;
    case contentRef.type: {
      const type = decoding.readVarUint(decoder);
      if (type > lastType) throw new Error(`No type has the number ${type}`);
      if (namedTypes.has(type)) skipText(decoder);
      return 1;
    }
    case contentRef.any: {
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) skipAny(decoder);
      return length;
    }
    case contentRef.document:
      skipText(decoder);
      skipAny(decoder);
      return 1;
    default:
      throw new Error(`No content of an item has the number ${ref}`);
  }
}

function skipBytes(decoder: decoding.Decoder): void {
  skip(decoder, decoding.readVarUint(decoder));
}

function skip(decoder: decoding.Decoder, bytes: number): void {
  decoder.pos += bytes;
  if (decoder.pos > decoder.arr.length) throw new Error("The update ends within a struct");
}

/** Passes over a string and returns its length in UTF-16 code units. */
function skipText(decoder: decoding.Decoder): number {
  const bytes = decoding.readVarUint(decoder);
  const start = decoder.pos;
  skip(decoder, bytes);
  let units = bytes;
  let isAscii = true;
  for (let at = start; at < decoder.pos; at++) {
    const byte = decoder.arr[at] ?? 0;
    if (byte < 0b1000_0000) continue;
    isAscii = false;
    if (byte < 0b1100_0000) units--; // Not the first byte of a character.
    else if (byte >= 0b1111_0000) units++; // One of a character that has two units.
  }
  if (!isAscii && !isUtf8(decoder.arr.subarray(start, decoder.pos))) {
    throw new Error("A text is not UTF-8");
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
      skipText(decoder);
      return;
    case 116: // bytes
      skipBytes(decoder);
      return;
    case 118: // object
      for (let left = decoding.readVarUint(decoder); left > 0; left--) {
        skipText(decoder);
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
