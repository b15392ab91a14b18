import type { Damage, StoredDocument } from "./stored-document.ts";

/**
 * What a home holds, piece by piece.
 *
 * - `fault`: something is damaged or missing; `subject` says where, `message` what.
 * - `note`: something that is no fault, but that people may want to know of.
 */
export type Inspected =
  | { readonly kind: "document"; readonly name: string; readonly stored: StoredDocument }
  | {
      readonly kind: "version";
      readonly document: string;
      readonly id: string;
      /** The whole document. */
      readonly update: Uint8Array;
    }
  | { readonly kind: "record"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "asset"; readonly sha256: string; readonly bytes: number }
  | { readonly kind: "fault" | "note"; readonly subject: string; readonly message: string };

export function fault(subject: string, message: string): Inspected {
  return { kind: "fault", subject, message };
}

export function note(subject: string, message: string): Inspected {
  return { kind: "note", subject, message };
}

/** Ranges told one by one; a document that has more of them is damaged throughout. */
const RANGES_NAMED = 8;

/** What is wrong with a document, in words; nothing where nothing is. */
export function describeDamage(damage: Damage | null): string[] {
  if (damage === null) return [];
  const { damagedSequences, missingSequences, snapshotLost, damagedBytes } = damage;
  const told: string[] = [];
  if (snapshotLost) told.push("its snapshot is lost, with what no later update repeats");
  if (damagedSequences.length > 0) {
    const ranges = damagedSequences.map((at) => ({ first: at, last: at }));
    told.push(`damaged: ${nameUpdates(ranges)}, ${damagedBytes} bytes`);
  }
  if (missingSequences.length > 0) told.push(`missing: ${nameUpdates(missingSequences)}`);
  if (told.length === 0) {
    told.push(`${damagedBytes} damaged bytes lie beside what is intact; nothing is lost`);
  }
  return told;
}

function nameUpdates(ranges: readonly { first: number; last: number }[]): string {
  const named = ranges
    .slice(0, RANGES_NAMED)
    .map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`));
  if (ranges.length > named.length) named.push("…");
  const count = ranges.reduce((total, { first, last }) => total + last - first + 1, 0);
  return `${count === 1 ? "update" : `${count} updates:`} ${named.join(", ")}`;
}
