import { isSound, mendBytes, type Soundness, worse } from "./checked-bytes.ts";

// A log file of LevelDB's, which its list of tables is too: blocks of 32 KiB, in them records of
// sum u32, length u16, type u8, content, with a sum over all after the length.
const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const LENGTH_AT = 4;
const TYPE_AT = 6;
const LAST_TYPE = 4;

/**
 * Mends in place what LevelDB could not read of the file, where one byte of a record is damaged.
 *
 * "damaged" where it cannot be mended and LevelDB would not tell: it takes a record that goes
 * beyond the end for one that a dying process left, also where its length is wrong and others
 * follow. What else cannot be mended is left to LevelDB, which reports that it dropped it.
 */
export function mendLogFile(bytes: Buffer): Soundness {
  let soundness: Soundness = "sound";
  for (let block = 0; block < bytes.length; block += BLOCK_BYTES) {
    const end = Math.min(block + BLOCK_BYTES, bytes.length);
    for (let at = block; at + HEADER_BYTES <= end;) {
      const next = at + HEADER_BYTES + bytes.readUInt16LE(at + LENGTH_AT);
      if (next <= end && isRecord(bytes, at, end)) {
        at = next;
        continue;
      }
      if (isBlank(bytes, at, end)) break;
      const mended = mendRecord(bytes, at, end);
      if (mended === null) {
        const isTorn = next > end && end < block + BLOCK_BYTES;
        if (isTorn && nextRecord(bytes, at + 1, end) !== end) soundness = "damaged";
        break; // LevelDB drops what is left of the block.
      }
      soundness = worse(soundness, "mended");
      at = mended;
    }
  }
  return soundness;
}

function isRecord(bytes: Buffer, at: number, end: number): boolean {
  const type = bytes[at + TYPE_AT] ?? 0;
  if (type === 0 || type > LAST_TYPE) return false;
  const recordEnd = at + HEADER_BYTES + bytes.readUInt16LE(at + LENGTH_AT);
  return recordEnd <= end && isSound(bytes, at + TYPE_AT, recordEnd, at);
}

/** Room that was made ready and not written. */
function isBlank(bytes: Buffer, at: number, end: number): boolean {
  return bytes.subarray(at, end).every((byte) => byte === 0);
}

/** Where the next record stands that is whole, or `end`. */
function nextRecord(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at + HEADER_BYTES <= end; at++) if (isRecord(bytes, at, end)) return at;
  return end;
}

/** Returns where the record ends that was mended, or null. */
function mendRecord(bytes: Buffer, at: number, end: number): number | null {
  const length = bytes.readUInt16LE(at + LENGTH_AT);
  const told = at + HEADER_BYTES + length;
  // A damaged length: the record goes to the next one, or up to where a block has no room for one.
  const next = nextRecord(bytes, at + 1, end);
  if (next !== told) {
    bytes.writeUInt16LE(next - at - HEADER_BYTES, at + LENGTH_AT);
    if (isRecord(bytes, at, end)) return next;
    bytes.writeUInt16LE(length, at + LENGTH_AT);
  }
  if (told > end) return null;
  // Not the torn last one of a dying process, behind which nothing stands.
  const was = Buffer.from(bytes.subarray(at, told));
  if (mendBytes(bytes, at + TYPE_AT, told, at) === "mended" && isRecord(bytes, at, end)) {
    return told;
  }
  was.copy(bytes, at);
  return null;
}
