import type { StoredDocument } from "@boardwalk/persistence";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";

/**
 * Fills a document that nobody has yet with what is stored of it. A long log is applied in slices,
 * so that other boards do not wait for it. Throws what Yjs throws where the bytes are no updates.
 */
export async function applyStored(document: Y.Doc, stored: StoredDocument): Promise<void> {
  if (stored.snapshot !== null) Y.applyUpdate(document, stored.snapshot);
  for (let at = 0; at < stored.updates.length;) {
    if (at > 0 || stored.snapshot !== null) await nextTurn();
    const endMs = performance.now() + syncLimits.loadSliceMs;
    Y.transact(document, () => {
      for (; at < stored.updates.length && performance.now() < endMs; at++) {
        const update = stored.updates[at];
        if (update !== undefined) Y.applyUpdate(document, update);
      }
    });
  }
}
