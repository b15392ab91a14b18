import { StoreError } from "./store-error.ts";

/** Throws ASSET_BAD_HASH unless the name is one that an asset can have. */
export function checkHash(sha256: string): void {
  if (/^[0-9a-f]{64}$/.test(sha256)) return;
  throw new StoreError("ASSET_BAD_HASH", "An asset is named by 64 lower-case hexadecimal digits");
}

export function tooLarge(maxBytes: number): StoreError {
  return new StoreError("ASSET_TOO_LARGE", `An asset may have at most ${maxBytes} bytes`);
}
