// The sums that LevelDB keeps of its own records and blocks, and what they can do: a sum tells
// which one byte was changed, if it was no more than one. LevelDB itself only tells that one was,
// and of its tables not even that.

/** CRC-32C, reflected. */
const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

/** By the byte that goes in; and by the highest byte of the entry, which none shares. */
const ENTRIES = new Int32Array(256);
const BY_HIGH_BYTE = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  let entry = byte;
  for (let bit = 0; bit < 8; bit++) entry = (entry >>> 1) ^ (entry & 1 ? POLYNOMIAL : 0);
  ENTRIES[byte] = entry;
  BY_HIGH_BYTE[entry >>> 24] = byte;
}

export type Soundness = "sound" | "mended" | "damaged";

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = -1;
  for (let at = start; at < end; at++)
    sum = (ENTRIES[(sum ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** LevelDB stores a sum rotated and shifted, so that sums of sums are no trouble. */
function mask(sum: number): number {
  return (((sum >>> 15) | (sum << 17)) + MASK_DELTA) >>> 0;
}

function unmask(masked: number): number {
  const rotated = (masked - MASK_DELTA) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

export function isSound(bytes: Buffer, start: number, end: number, sumAt: number): boolean {
  return mask(sumOf(bytes, start, end)) === bytes.readUInt32LE(sumAt);
}

/**
 * Holds the bytes from `start` to `end` against their sum, which stands at `sumAt`. Where a change
 * of one byte makes them agree, of the bytes or of the sum, that byte is changed in place. Of
 * larger damage one in 2^32 / (255 × length) is mistaken for that; the checksums in the values are
 * there still.
 */
export function mendBytes(bytes: Buffer, start: number, end: number, sumAt: number): Soundness {
  const sum = sumOf(bytes, start, end);
  const stored = bytes.readUInt32LE(sumAt);
  const wrongSum = mask(sum) ^ stored;
  if (wrongSum === 0) return "sound";
  for (let shift = 0; shift < 32; shift += 8) {
    if ((wrongSum & ~(0xff << shift)) === 0) {
      bytes.writeUInt32LE(mask(sum), sumAt);
      return "mended";
    }
  }
  // What a changed byte does to the sum, traced back through the bytes that followed it.
  let difference = sum ^ unmask(stored);
  for (let at = end - 1; at >= start; at--) {
    const change = BY_HIGH_BYTE[difference >>> 24] ?? 0;
    const entry = ENTRIES[change] ?? 0;
    if (entry === (difference | 0)) {
      bytes[at] = (bytes[at] ?? 0) ^ change;
      return "mended";
    }
    difference = ((difference ^ entry) << 8) | change;
  }
  return "damaged";
}

/** The worse of two. */
export function worse(one: Soundness, other: Soundness): Soundness {
  if (one === "damaged" || other === "damaged") return "damaged";
  return one === "mended" ? one : other;
}
