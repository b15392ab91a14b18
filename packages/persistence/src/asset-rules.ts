import { StoreError } from "./store-error.ts";

export function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** Throws ASSET_BAD_HASH unless the name is one that an asset can have. */
export function checkHash(sha256: string): void {
  if (isHash(sha256)) return;
  throw new StoreError("ASSET_BAD_HASH", "An asset is named by 64 lower-case hexadecimal digits");
}

export function tooLarge(maxBytes: number): StoreError {
  return new StoreError("ASSET_TOO_LARGE", `An asset may have at most ${maxBytes} bytes`);
}
