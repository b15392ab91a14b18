import { type Operation, weigh } from "../operation.ts";
import type { BatchPlan } from "./batch-plan.ts";
import { encodeFrame } from "./frame.ts";
import { recordKey } from "./keys.ts";
import type { LevelSubmission } from "./level-writer.ts";

/** Checks the operations; throws STORE_BAD_NAME or STORE_TOO_LARGE. */
export function submissionOf(operations: readonly Operation[]): LevelSubmission {
  const names: string[] = [];
  let bytes = 0;
  for (const operation of operations) {
    bytes += weigh(operation);
    if (operation.type === "append") names.push(operation.name);
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
