import type { RecordsDiff, TLRecord, TLStore } from "tldraw";

/**
 * Two methods of tldraw's store that its types leave out. tldraw is pinned to one version, and the
 * tests of the binding fail when either is gone.
 */
export interface StoreInternals {
  /** Calls back at each change, at once, with its source. */
  addHistoryInterceptor(
    listener: (entry: { changes: RecordsDiff<TLRecord> }, source: "user" | "remote") => void,
  ): () => void;
  /** Runs changes as one; without callbacks, nothing in the canvas answers them. */
  atomic(change: () => void, runCallbacks: boolean): void;
}

export function internalsOf(store: TLStore): StoreInternals {
  return store as unknown as StoreInternals;
}
