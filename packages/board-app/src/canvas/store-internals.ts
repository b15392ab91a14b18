import type { Editor, RecordsDiff, TLRecord, TLStore } from "tldraw";

// What the binding needs of tldraw and tldraw's types leave out. tldraw is pinned to one version,
// and the tests of the binding fail when any of it is gone.

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

interface HistoryStack {
  readonly head: { readonly type: string; readonly diff?: RecordsDiff<TLRecord> } | null;
  readonly tail: HistoryStack;
}

interface HistoryInternals {
  /** What was done since the last stopping point. */
  readonly pendingDiff: { readonly diff: RecordsDiff<TLRecord> };
  readonly stacks: { get(): { readonly undos: HistoryStack; readonly redos: HistoryStack } };
}

/** Every step of an editor's undo history: what it did, as objects that may be changed in place. */
export function* historyDiffsOf(editor: Editor): Generator<RecordsDiff<TLRecord>> {
  const { history } = editor as unknown as { history: HistoryInternals };
  yield history.pendingDiff.diff;
  const { undos, redos } = history.stacks.get();
  for (const first of [undos, redos]) {
    for (let stack = first; stack.head !== null; stack = stack.tail) {
      if (stack.head.diff !== undefined) yield stack.head.diff;
    }
  }
}
