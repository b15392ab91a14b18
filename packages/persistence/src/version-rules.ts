import { MAX_DETAILS_BYTES, type StoreLimits } from "./limits.ts";
import { encodeName } from "./names.ts";
import { StoreError } from "./store-error.ts";

/** Digits of the largest number that is held exactly, so that ids sort as their numbers do. */
const ID_DIGITS = 16;

export function encodeVersionId(number: number): string {
  return String(number).padStart(ID_DIGITS, "0");
}

/** Null for what is not an id of ours, and so names no version. */
export function parseVersionId(id: string): number | null {
  if (!/^\d{16}$/.test(id)) return null;
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : null;
}

/** Throws STORE_BAD_NAME or STORE_TOO_LARGE. */
export function checkVersion(name: string, details: Uint8Array): void {
  encodeName(name);
  if (details.length > MAX_DETAILS_BYTES) {
    throw new StoreError(
      "STORE_TOO_LARGE",
      `${details.length} bytes are more than the ${MAX_DETAILS_BYTES} of a version's details`,
    );
  }
}

/** Throws VERSIONS_FULL where a document that has `count` versions can have no other. */
export function checkVersionCount(count: number, { maxVersions }: StoreLimits): void {
  if (count < maxVersions) return;
  throw new StoreError("VERSIONS_FULL", `A document can have ${maxVersions} versions`);
}
