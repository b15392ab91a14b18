/**
 * Every measured change carries who sent it and when, as a number that looks like a coordinate:
 * in a document as a double with a known upper half, in JSON as digits behind a known prefix. Both
 * are found by a search over raw bytes, so that a receiver need not decode what it counts.
 */
export type StampListener = (sender: number, latencyMs: number) => void;

export const mostSenders = 1 << 10;

const unitMs = 0.05;
const timeUnits = 1 << 21;
const upperHalf = 0x41d7a93b;
/** lib0 writes 123 before a double. */
const binaryMarker = Buffer.of(123, 0x41, 0xd7, 0xa9, 0x3b);
const jsonPrefixes = { edit: 717_273, cursor: 717_171 } as const;
const jsonMarkers = {
  edit: Buffer.from(String(jsonPrefixes.edit)),
  cursor: Buffer.from(String(jsonPrefixes.cursor)),
};
const jsonDigits = 10;
const zero = 48;

const scratch = new DataView(new ArrayBuffer(8));

function lowerHalf(sender: number): number {
  const time = Math.floor(performance.now() / unitMs) % timeUnits;
  // The lowest bit keeps the double from being an integer or a float, which lib0 writes otherwise.
  return ((sender << 22) | (time << 1) | 1) >>> 0;
}

/** The stamp as a number in a Yjs document. */
export function binaryStamp(sender: number): number {
  scratch.setUint32(0, upperHalf);
  scratch.setUint32(4, lowerHalf(sender));
  return scratch.getFloat64(0);
}

/** The stamp as an integer that JSON writes in digits. */
export function jsonStamp(kind: keyof typeof jsonPrefixes, sender: number): number {
  return jsonPrefixes[kind] * 10 ** jsonDigits + lowerHalf(sender);
}

function report(half: number, listener: StampListener): void {
  const now = Math.floor(performance.now() / unitMs) % timeUnits;
  const sentAt = (half >>> 1) & (timeUnits - 1);
  listener(half >>> 22, ((now - sentAt + timeUnits) % timeUnits) * unitMs);
}

export function findBinaryStamps(bytes: Buffer, listener: StampListener): void {
  let at = bytes.indexOf(binaryMarker);
  while (at !== -1) {
    const end = at + binaryMarker.length + 4;
    if (end > bytes.length) return;
    report(bytes.readUInt32BE(end - 4), listener);
    at = bytes.indexOf(binaryMarker, end);
  }
}

export function findJsonStamps(
  kind: keyof typeof jsonPrefixes,
  bytes: Buffer,
  listener: StampListener,
): void {
  const marker = jsonMarkers[kind];
  let at = bytes.indexOf(marker);
  while (at !== -1) {
    const end = at + marker.length + jsonDigits;
    if (end > bytes.length) return;
    let half = 0;
    for (let index = end - jsonDigits; index < end; index++) {
      half = half * 10 + (bytes[index] ?? zero) - zero;
    }
    report(half >>> 0, listener);
    at = bytes.indexOf(marker, end);
  }
}
