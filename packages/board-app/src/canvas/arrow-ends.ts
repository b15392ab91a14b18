import { endOf } from "@boardwalk/board-model";
import type { TLStore } from "tldraw";
import { asBoardRecord } from "./canvas-record.ts";

/**
 * Lets the binding that this person gives to an end of an arrow take the place of the one that is
 * there. tldraw does so itself, but for undo: what it brings back may meet what a peer has bound
 * there meanwhile, and the board shows one of two by their ids.
 *
 * @returns what ends it
 */
export function keepOneBindingPerEnd(store: TLStore): () => void {
  const byArrow = store.query.index("binding", "fromId");
  return store.sideEffects.registerAfterCreateHandler("binding", (binding, source) => {
    const end = endOf(asBoardRecord(binding));
    if (source !== "user" || end === null) return;
    for (const id of byArrow.get().get(binding.fromId) ?? []) {
      const other = store.get(id);
      if (other === undefined || id === binding.id) continue;
      if (endOf(asBoardRecord(other)) === end) store.remove([id]);
    }
  });
}
