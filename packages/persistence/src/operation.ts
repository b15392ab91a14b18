import type { BatchPlan } from "./batch-plan.ts";
import type { Submission } from "./commit-queue.ts";
import { encodeFrame } from "./frame.ts";
import { emptyHead, encodeHead } from "./head.ts";
import { deletionKey, encodeName, recordKey } from "./keys.ts";
import { MAX_VALUE_BYTES } from "./limits.ts";
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
const OPERATION_BYTES = 64;

/** Checks the operations; throws STORE_BAD_NAME or STORE_TOO_LARGE. */
export function submissionOf(operations: readonly Operation[]): Submission {
  const names: string[] = [];
  let bytes = 0;
  for (const operation of operations) {
    if (operation.type === "append") {
      encodeName(operation.name);
      names.push(operation.name);
    } else {
      encodeName(operation.key);
    }
    bytes += OPERATION_BYTES + checkedSize(operation);
  }
  return {
    names,
    operations: Math.max(1, operations.length),
    bytes,
    build: (plan) => {
      for (const operation of operations) addOperation(plan, operation);
    },
  };
}

/** The deletion of a document: a head that ends it, and a mark to finish the removal by. */
export function deletionOf(name: string): Submission {
  const mark = deletionKey(name);
  return {
    names: [name],
    operations: 1,
    bytes: OPERATION_BYTES,
    build: (plan) => {
      const draft = plan.document(name);
      if (draft.lastSequence === 0 && draft.generation === 0) return;
      draft.generation += 1;
      draft.snapshotBytes = 0;
      draft.logBytes = 0;
      const head = draft.keys.head(draft.generation);
      plan.put(head, encodeHead(head, emptyHead("deleted", draft.lastSequence)));
      plan.put(mark, encodeFrame(mark, "deletion", new Uint8Array()));
    },
  };
}

function addOperation(plan: BatchPlan, operation: Operation): void {
  if (operation.type === "append") {
    const draft = plan.document(operation.name);
    draft.lastSequence += 1;
    draft.logBytes += operation.update.length;
    const key = draft.keys.entry(draft.lastSequence);
    plan.put(key, encodeFrame(key, "update", operation.update));
  } else if (operation.type === "put") {
    const key = recordKey(operation.key);
    plan.put(key, encodeFrame(key, "record", operation.value));
  } else {
    plan.delete(recordKey(operation.key));
  }
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
