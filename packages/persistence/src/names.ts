import { MAX_NAME_BYTES } from "./limits.ts";
import { StoreError } from "./store-error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The bytes of a document name or record key. Throws STORE_BAD_NAME; never rewrites. */
export function encodeName(name: string): Uint8Array {
  if (typeof name !== "string" || name.length === 0) {
    throw new StoreError("STORE_BAD_NAME", "A name must be a string that is not empty");
  }
  // A lone surrogate would be encoded as U+FFFD, and two names would become one.
  if (name.length > MAX_NAME_BYTES || !name.isWellFormed()) {
    throw new StoreError(
      "STORE_BAD_NAME",
      `A name must be well-formed Unicode of at most ${MAX_NAME_BYTES} bytes`,
    );
  }
  const bytes = encoder.encode(name);
  if (bytes.length > MAX_NAME_BYTES) {
    throw new StoreError("STORE_BAD_NAME", `A name must have at most ${MAX_NAME_BYTES} bytes`);
  }
  return bytes;
}

/** Null for bytes that are no name: no version wrote them, and the caller reports it. */
export function decodeName(bytes: Uint8Array): string | null {
  if (bytes.length === 0 || bytes.length > MAX_NAME_BYTES) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The bytes that every key with this prefix starts with; none for the empty prefix. */
export function encodePrefix(prefix: string): Uint8Array {
  return prefix === "" ? new Uint8Array() : encodeName(prefix);
}

/** Above every byte that UTF-8 can hold, so a prefix followed by it bounds that prefix. */
export const AFTER_UTF8 = 0xff;
