import { decodeFrame, encodeFrame } from "./frame.ts";
import { readSafeInteger, writeSafeInteger } from "./keys.ts";

/** What a version says of itself. It counts from the commit that writes this. */
export type VersionHead = {
  bytes: number;
  chunkCount: number;
  crc: number;
  details: Uint8Array;
};

const FIXED_BYTES = 8 + 4 + 4;

export function encodeVersionHead(key: Uint8Array, head: VersionHead): Uint8Array {
  const payload = Buffer.allocUnsafe(FIXED_BYTES + head.details.length);
  writeSafeInteger(payload, head.bytes, 0);
  payload.writeUInt32BE(head.chunkCount, 8);
  payload.writeUInt32BE(head.crc, 12);
  payload.set(head.details, FIXED_BYTES);
  return encodeFrame(key, "version", payload);
}

/** Null when the bytes are damaged. */
export function decodeVersionHead(key: Uint8Array, value: Uint8Array): VersionHead | null {
  const found = decodeFrame(key, "version", value);
  if (found === null || found.length < FIXED_BYTES) return null;
  const payload = Buffer.from(found.buffer, found.byteOffset, found.byteLength);
  const bytes = readSafeInteger(payload, 0);
  if (bytes === null) return null;
  return {
    bytes,
    chunkCount: payload.readUInt32BE(8),
    crc: payload.readUInt32BE(12),
    details: new Uint8Array(payload.subarray(FIXED_BYTES)),
  };
}
