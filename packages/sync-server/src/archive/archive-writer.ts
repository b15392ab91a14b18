import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  type ArchivePart,
  frameHeaderBytes,
  frameTypes,
  magic,
  maxFrameBytes,
  pieceBytes,
} from "./archive-part.ts";

/** Frames are joined to about this size: updates are small and many. */
const chunkBytes = 64 * 1024;

/** The bytes of an archive, a chunk at a time, as they are asked for. */
export async function* encodeArchive(
  parts: AsyncIterable<ArchivePart>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let frames: Uint8Array[] = [magic];
  let bytes = magic.length;
  let heads = 0;
  const take = (): Uint8Array => {
    const chunk = Buffer.concat(frames);
    hash.update(chunk);
    frames = [];
    bytes = 0;
    return chunk;
  };
  for await (const part of parts) {
    const frame =
      "head" in part
        ? encodeFrame("head", Buffer.from(JSON.stringify(part.head)))
        : encodeFrame(part.isLast ? "lastPiece" : "piece", part.piece);
    if ("head" in part) heads += 1;
    frames.push(frame);
    bytes += frame.length;
    if (bytes >= chunkBytes) yield take();
  }
  yield take();
  const end = { heads, sha256: hash.digest("hex") };
  yield encodeFrame("end", Buffer.from(JSON.stringify(end)));
}

/** The pieces of one value. */
export function* piecesOf(value: Uint8Array): Generator<ArchivePart> {
  let start = 0;
  do {
    const piece = value.subarray(start, start + pieceBytes);
    start += pieceBytes;
    yield { piece, isLast: start >= value.length };
  } while (start < value.length);
}

function encodeFrame(type: keyof typeof frameTypes, payload: Uint8Array): Uint8Array {
  if (payload.length > maxFrameBytes) throw new Error(`${payload.length} bytes in one frame`);
  const frame = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  frame.writeUInt8(frameTypes[type], 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.writeUInt32BE(crc32(payload, crc32(frame.subarray(0, 5))), 5);
  frame.set(payload, frameHeaderBytes);
  return frame;
}
