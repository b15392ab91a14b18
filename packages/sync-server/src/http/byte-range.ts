/** First and last byte, both included. */
export type ByteRange = { readonly first: number; readonly last: number };

const singleRange = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * The part that a `Range` header asks for. null: all of it, which is also the answer to a header
 * that is not understood, as RFC 9110 has it. `unsatisfiable`: nothing of it is there.
 */
export function parseByteRange(
  header: string | undefined,
  totalBytes: number,
): ByteRange | "unsatisfiable" | null {
  const match = header === undefined ? null : singleRange.exec(header);
  const [, from = "", to = ""] = match ?? [];
  if (match === null || (from === "" && to === "")) return null;
  if (from === "") {
    const count = Math.min(Number(to), totalBytes);
    return count === 0 ? "unsatisfiable" : { first: totalBytes - count, last: totalBytes - 1 };
  }
  const first = Number(from);
  const last = to === "" ? totalBytes - 1 : Math.min(Number(to), totalBytes - 1);
  if (to !== "" && Number(to) < first) return null;
  return first >= totalBytes ? "unsatisfiable" : { first, last };
}

/**
 * The bytes of `range` out of a stream that starts at byte 0. Ends the source when it has them,
 * unless `onEnd` is to be called: then the last of them come when the source has ended, since one
 * that checks its content fails there.
 */
export async function* readRange(
  source: AsyncIterable<Uint8Array>,
  range: ByteRange,
  onEnd: (() => void) | null,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  let last: Uint8Array | null = null;
  for await (const chunk of source) {
    const from = Math.max(range.first - position, 0);
    const to = Math.min(range.last + 1 - position, chunk.length);
    position += chunk.length;
    if (from < to) {
      if (last !== null) yield last;
      last = chunk.subarray(from, to);
    }
    if (position > range.last && onEnd === null) break;
  }
  onEnd?.();
  if (last !== null) yield last;
}
