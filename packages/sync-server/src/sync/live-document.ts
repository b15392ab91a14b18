import * as Y from "yjs";
import { syncLimits } from "./limits.ts";
import type { SoundUpdate } from "./sound-update.ts";

export type UpdateListener = (update: Uint8Array, origin: unknown) => void;

/**
 * What became of an update: `gap` when it builds on changes that are not here, `broken` when Yjs
 * failed on it.
 */
export type Taken = "whole" | "gap" | "broken";

/** The origin of transactions that apply what was told already. */
const toldBefore = Symbol("told before");

/**
 * The document of an open board. What people change is told at once, to be logged and passed on,
 * but applied a little later, many changes in one transaction: with one for each it would be most
 * of what a change costs. Whoever reads the document finds all of it applied.
 *
 * Only plain updates wait, which Yjs is certain to take, and only while the document is flat: to
 * delete a type with types in it Yjs calls itself for each level, and may run out of room.
 */
export class LiveDocument {
  readonly #document: Y.Doc;
  readonly #onBroken: (cause: unknown) => void;
  readonly #listeners: UpdateListener[] = [];
  readonly #onUpdate = (
    update: Uint8Array,
    origin: unknown,
    _document: Y.Doc,
    transaction: Y.Transaction,
  ): void => {
    if (origin === toldBefore) return;
    this.#isFlat &&= !addsNestedTypes(transaction.doc, transaction.beforeState);
    this.#tell(update, origin);
  };
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The next clocks of those whose changes wait. */
  readonly #clocks = new Map<number, number>();
  /** At first any number: boards that are drawn on alike shall not all be due at once. */
  #mostWaiting = Math.ceil(Math.random() * syncLimits.waitingUpdates);
  #isFlat: boolean;
  #isBroken = false;

  /** `onBroken`: is told when Yjs has failed in the middle of a change. */
  constructor(document: Y.Doc, onBroken: (cause: unknown) => void) {
    this.#document = document;
    this.#onBroken = onBroken;
    this.#isFlat = !addsNestedTypes(document, new Map());
    document.on("update", this.#onUpdate);
  }

  /** Has a listener called with each change; those who came first are called first. */
  listen(listener: UpdateListener): void {
    this.#listeners.push(listener);
  }

  #tell(update: Uint8Array, origin: unknown): void {
    for (const listener of this.#listeners) listener(update, origin);
  }

  /** The document, with all changes. */
  get current(): Y.Doc {
    this.#applyWaiting();
    return this.#document;
  }

  /**
   * Whether Yjs has failed in the middle of a change. Its document may then tell of no change any
   * more, so that nothing would be saved or passed on: it is let go, and read anew from the disk.
   */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The next clock of a client, as far as its changes are here. */
  readonly clockOf = (client: number): number =>
    this.#clocks.get(client) ?? Y.getState(this.#document.store, client);

  /** Takes a change of someone's, found sound with `clockOf`, of which the bytes may change later. */
  take({ update, plain }: SoundUpdate, origin: unknown): Taken {
    if (plain === null || !this.#isFlat || update.length > syncLimits.waitingUpdateBytes) {
      return this.apply(update, origin);
    }
    if (this.#isBroken) return "broken";
    const own = new Uint8Array(update);
    this.#waiting.push(own);
    this.#waitingBytes += own.length;
    this.#clocks.set(plain.client, plain.endClock);
    this.#tell(own, origin);
    const isDue =
      this.#waiting.length >= this.#mostWaiting || this.#waitingBytes >= syncLimits.waitingBytes;
    if (isDue) this.#applyWaiting();
    return "whole";
  }

  /** Applies an update at once. */
  apply(update: Uint8Array, origin: unknown): Taken {
    this.#applyWaiting();
    this.#guard(() => Y.applyUpdate(this.#document, update, origin));
    if (this.#isBroken) return "broken";
    return this.#dropPending() ? "gap" : "whole";
  }

  #applyWaiting(): void {
    if (this.#waiting.length === 0) return;
    const updates = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#clocks.clear();
    this.#mostWaiting = syncLimits.waitingUpdates;
    const applyAll = (): void => {
      for (const update of updates) Y.applyUpdate(this.#document, update);
    };
    this.#guard(() => Y.transact(this.#document, applyAll, toldBefore, false));
  }

  #guard(work: () => void): void {
    if (this.#isBroken) return;
    try {
      work();
    } catch (cause) {
      this.#isBroken = true;
      this.#onBroken(cause);
    }
  }

  /**
   * An update that builds on changes the server does not have would wait in memory, in no log, and
   * for ever. It is dropped and the client asked for all that is missing: whoever made it has it.
   */
  #dropPending(): boolean {
    const { store } = this.#document;
    if (store.pendingStructs === null && store.pendingDs === null) return false;
    store.pendingStructs = null;
    store.pendingDs = null;
    return true;
  }

  close(): void {
    this.#document.off("update", this.#onUpdate);
    this.#listeners.length = 0;
    this.#waiting = [];
  }
}

/** Whether there are types in types among what came after a state. */
function addsNestedTypes({ store }: Y.Doc, since: ReadonlyMap<number, number>): boolean {
  for (const [client, structs] of store.clients) {
    const clock = since.get(client) ?? 0;
    if (clock >= Y.getState(store, client)) continue;
    for (let at = Y.findIndexSS(structs, clock); at < structs.length; at++) {
      const struct = structs[at];
      if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentType)) continue;
      if (struct.parent instanceof Y.AbstractType && struct.parent._item !== null) return true;
    }
  }
  return false;
}
