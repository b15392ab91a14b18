import { decodeFrame, encodeFrame } from "./frame.ts";
import { readSafeInteger, writeSafeInteger } from "./keys.ts";

/**
 * What a generation says of itself.
 *
 * - `snapshot`: its chunks hold the document up to `coveredSequence`.
 * - `deleted`: the document was deleted when its log had reached `coveredSequence`.
 * - `lost`: its snapshot was damaged and has been set aside.
 */
export type Head = {
  state: "snapshot" | "deleted" | "lost";
  coveredSequence: number;
  snapshotBytes: number;
  chunkCount: number;
  snapshotCrc: number;
};

const STATES = ["snapshot", "deleted", "lost"] as const;
const HEAD_BYTES = 1 + 8 + 8 + 4 + 4;

/** A head with no snapshot. */
export function emptyHead(state: "deleted" | "lost", coveredSequence: number): Head {
  return { state, coveredSequence, snapshotBytes: 0, chunkCount: 0, snapshotCrc: 0 };
}

export function encodeHead(key: Uint8Array, head: Head): Uint8Array {
  const payload = Buffer.allocUnsafe(HEAD_BYTES);
  payload.writeUInt8(STATES.indexOf(head.state) + 1, 0);
  writeSafeInteger(payload, head.coveredSequence, 1);
  writeSafeInteger(payload, head.snapshotBytes, 9);
  payload.writeUInt32BE(head.chunkCount, 17);
  payload.writeUInt32BE(head.snapshotCrc, 21);
  return encodeFrame(key, "head", payload);
}

/** Null when the bytes are damaged. */
export function decodeHead(key: Uint8Array, value: Uint8Array): Head | null {
  const bytes = decodeFrame(key, "head", value);
  if (bytes === null || bytes.length !== HEAD_BYTES) return null;
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = STATES[payload.readUInt8(0) - 1];
  const coveredSequence = readSafeInteger(payload, 1);
  const snapshotBytes = readSafeInteger(payload, 9);
  if (state === undefined || coveredSequence === null || snapshotBytes === null) return null;
  return {
    state,
    coveredSequence,
    snapshotBytes,
    chunkCount: payload.readUInt32BE(17),
    snapshotCrc: payload.readUInt32BE(21),
  };
}
