import { OPERATION_BYTES } from "../operation.ts";
import type { Level } from "./database.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { emptyHead, encodeHead } from "./head.ts";
import { deletionKey, readSafeInteger, writeSafeInteger } from "./keys.ts";
import type { LevelSubmission } from "./level-writer.ts";

/**
 * The deletion of a document and its versions: a head that ends it, and a mark to finish the
 * removal by. The mark has the number of its commit: versions begun before are gone.
 */
export function deletionOf(name: string): LevelSubmission {
  const mark = deletionKey(name);
  return {
    names: [name],
    operations: 1,
    bytes: OPERATION_BYTES,
    build: (plan) => {
      const draft = plan.document(name);
      draft.generation += 1;
      draft.snapshotBytes = 0;
      draft.logBytes = 0;
      const head = draft.keys.head(draft.generation);
      plan.put(head, encodeHead(head, emptyHead("deleted", draft.lastSequence)));
      const payload = Buffer.allocUnsafe(8);
      writeSafeInteger(payload, plan.commitNumber, 0);
      plan.put(mark, encodeFrame(mark, "deletion", payload));
    },
  };
}

/** The commit of a deletion that is not finished; null when there is none. */
export async function readDeletion(level: Level, name: string): Promise<number | null> {
  const mark = deletionKey(name);
  const value = await level.get(mark);
  if (value === undefined) return null;
  const payload = decodeFrame(mark, "deletion", value);
  // Nothing in it: written before there were versions.
  if (payload === null || payload.length !== 8) return 0;
  return readSafeInteger(Buffer.from(payload), 0) ?? 0;
}
