import type { StoredDocument } from "@boardwalk/persistence";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";
import { slicesOf } from "./update-slices.ts";

/**
 * Fills a document that nobody has yet with what is stored of it. It takes turns with everything
 * else, so that other boards do not wait for a large one. Throws where the bytes are no updates.
 */
export async function applyStored(document: Y.Doc, stored: StoredDocument): Promise<void> {
  const updates = updatesOf(stored);
  while (applySome(document, updates)) await nextTurn();
}

/** Applies updates for as long as one turn may take. False when there are no more. */
function applySome(document: Y.Doc, updates: Generator<Uint8Array | null, void>): boolean {
  const endMs = performance.now() + syncLimits.loadSliceMs;
  return Y.transact(document, (transaction) => {
    let hasMore = true;
    while (hasMore && performance.now() < endMs) {
      const { done, value } = updates.next();
      if (value instanceof Uint8Array) Y.applyUpdate(document, value);
      hasMore = done !== true;
    }
    // Nobody listens yet but Yjs itself, which would take a text that comes in two turns for one
    // that was changed in the second, and tidy it: the document is to be what is stored.
    transaction.changed.clear();
    return hasMore;
  });
}

/** Null where more is to be read before there is another. */
function* updatesOf({ snapshot, updates }: StoredDocument): Generator<Uint8Array | null, void> {
  if (snapshot !== null) yield* slicesOf(snapshot, syncLimits.loadSliceBytes);
  yield* updates;
}
