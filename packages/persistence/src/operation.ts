import { MAX_VALUE_BYTES, type StoreLimits } from "./limits.ts";
import { encodeName } from "./names.ts";
import { StoreError } from "./store-error.ts";

/**
 * One step of a commit: an update appended to a document's log, or a record put or deleted.
 * The bytes must not be changed until the commit has settled.
 */
export type Operation =
  | { type: "append"; name: string; update: Uint8Array }
  | { type: "put"; key: string; value: Uint8Array }
  | { type: "delete"; key: string };

/** What an operation weighs in the queue beside its payload. */
export const OPERATION_BYTES = 64;

/** What an operation weighs in the queue. Throws STORE_BAD_NAME or STORE_TOO_LARGE. */
export function weigh(operation: Operation): number {
  encodeName(operation.type === "append" ? operation.name : operation.key);
  return OPERATION_BYTES + checkedSize(operation);
}

/** Throws STORE_TOO_LARGE for a whole document that could not be kept. */
export function checkDocument({ length }: Uint8Array, { maxDocumentBytes }: StoreLimits): void {
  if (length <= maxDocumentBytes) return;
  throw new StoreError(
    "STORE_TOO_LARGE",
    `${length} bytes are more than the ${maxDocumentBytes} one document may have`,
  );
}

function checkedSize(operation: Operation): number {
  if (operation.type === "delete") return 0;
  const { length } = operation.type === "append" ? operation.update : operation.value;
  if (length > MAX_VALUE_BYTES) {
    throw new StoreError(
      "STORE_TOO_LARGE",
      `${length} bytes are more than the ${MAX_VALUE_BYTES} one value may have`,
    );
  }
  return length;
}
