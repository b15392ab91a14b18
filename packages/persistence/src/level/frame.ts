import { crc32 } from "node:zlib";

// crc u32 | version u8 | type u8 | payload. The sum covers the key and all after the sum,
// so that a value found under another key does not pass.
const FRAME_VERSION = 1;
const CRC_BYTES = 4;
const HEADER_BYTES = 6;

const TYPES = {
  update: 1,
  setAside: 2,
  head: 3,
  chunk: 4,
  record: 5,
  commit: 6,
  deletion: 7,
  version: 8,
  unfinished: 9,
} as const;

export type FrameType = keyof typeof TYPES;

/** The stored value of `payload` under `key`: a header of 6 bytes, then a copy of the payload. */
export function encodeFrame(key: Uint8Array, type: FrameType, payload: Uint8Array): Uint8Array {
  const value = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  value[CRC_BYTES] = FRAME_VERSION;
  value[CRC_BYTES + 1] = TYPES[type];
  value.set(payload, HEADER_BYTES);
  value.writeUInt32BE(crc32(value.subarray(CRC_BYTES), crc32(key)), 0);
  return value;
}

/** The payload stored under `key`, or null when the bytes are not what was written as `type`. */
export function decodeFrame(
  key: Uint8Array,
  type: FrameType,
  value: Uint8Array,
): Uint8Array | null {
  if (value.length < HEADER_BYTES || value[CRC_BYTES] !== FRAME_VERSION) return null;
  if (value[CRC_BYTES + 1] !== TYPES[type]) return null;
  const stored = new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(0);
  if (stored !== crc32(value.subarray(CRC_BYTES), crc32(key))) return null;
  return value.subarray(HEADER_BYTES);
}
