import type { StoreLimits } from "./limits.ts";

/** A document as it is stored: the snapshot, if any, and the updates after it in order. */
export type StoredDocument = {
  snapshot: Uint8Array | null;
  updates: Uint8Array[];
  /** The number of the last update ever appended. */
  lastSequence: number;
  snapshotBytes: number;
  /** Size of `updates` together. */
  logBytes: number;
  /** What could not be read; the rest is intact. Null when nothing is wrong. */
  damage: Damage | null;
};

/** What could not be read back as it was written. Sequence numbers count a document's updates. */
export type Damage = {
  /** Updates whose bytes fail their checksum; the bytes are set aside, not deleted. */
  readonly damagedSequences: readonly number[];
  /** Updates that are gone without their bytes, as inclusive ranges. */
  readonly missingSequences: readonly SequenceRange[];
  /** The snapshot, and with it what no update after it repeats, is lost. */
  readonly snapshotLost: boolean;
  /** Size of all damaged bytes found. */
  readonly damagedBytes: number;
};

type SequenceRange = { readonly first: number; readonly last: number };

/** A log of this many updates is worth compacting when a document is opened, however small. */
const LONG_LOG_UPDATES = 1000;

/** Whether a log has grown beyond what is read of the snapshot anyway. */
export function isOutgrown(
  { logBytes, snapshotBytes }: { logBytes: number; snapshotBytes: number },
  { minCompactionBytes }: StoreLimits,
): boolean {
  return logBytes > Math.max(minCompactionBytes, snapshotBytes);
}

/** Whether a document that was read is worth compacting. */
export function isLong(
  { logBytes, updates, snapshot }: Pick<StoredDocument, "logBytes" | "updates" | "snapshot">,
  limits: StoreLimits,
): boolean {
  if (updates.length >= LONG_LOG_UPDATES) return true;
  return isOutgrown({ logBytes, snapshotBytes: snapshot?.length ?? 0 }, limits);
}

/** The numbers above `base` and up to `last` that are not among `sequences`, which ascend. */
export function findGaps(
  sequences: readonly number[],
  base: number,
  last: number,
): SequenceRange[] {
  const gaps: SequenceRange[] = [];
  let expected = base + 1;
  for (const sequence of sequences) {
    if (sequence > expected) gaps.push({ first: expected, last: sequence - 1 });
    expected = sequence + 1;
  }
  if (expected <= last) gaps.push({ first: expected, last });
  return gaps;
}
