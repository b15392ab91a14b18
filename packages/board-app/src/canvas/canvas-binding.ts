import {
  endOf,
  findRepairs,
  jsonEqual,
  limits,
  type BoardDocument,
  type BoardRecord,
  type RecordChanges,
  type Repairs,
} from "@boardwalk/board-model";
import type { RecordsDiff, TLRecord, TLStore } from "tldraw";
import { keepOneBindingPerEnd } from "./arrow-ends.ts";
import { asBoardRecord, asCanvasRecord } from "./canvas-record.ts";
import { deleteShapesWithTheirPage } from "./page-deletion.ts";
import { internalsOf } from "./store-internals.ts";

export type CanvasBindingOptions = {
  store: TLStore;
  document: BoardDocument;
  /** Whether this person's changes go into the document; asked at each change. */
  mayEdit: () => boolean;
  /** Whether the canvas holds changes that are not in the document yet. */
  onAhead: (isAhead: boolean) => void;
  /** How many records of the board this canvas cannot read, whenever that changes. */
  onUnreadable?: (count: number) => void;
  /** A record is about to be shown as someone else has changed it. */
  onRemoteChange?: (before: BoardRecord, after: BoardRecord) => void;
};

interface LocalChange {
  /** As it was before this person's first change since the last write; null when it is new. */
  readonly before: BoardRecord | null;
  /** As it is now; null when it was deleted. */
  readonly after: BoardRecord | null;
}

/**
 * Holds tldraw's store and the board's document together.
 *
 * Local changes are written to the document property by property: with the end of the turn in which
 * they were made where the last write lies `limits.updateIntervalMs` back, else with the first that
 * comes when it does, or after `limits.updateDelayMs`. What comes from others is made sound and put
 * into the store as a remote change. After each write of its own the binding compares, too: where a
 * concurrent change has won, or the document holds a value in another form, the store follows the
 * document.
 */
export class CanvasBinding {
  readonly #store: TLStore;
  readonly #document: BoardDocument;
  readonly #mayEdit: () => boolean;
  readonly #onAhead: (isAhead: boolean) => void;
  readonly #onUnreadable: (count: number) => void;
  readonly #onRemoteChange: (before: BoardRecord, after: BoardRecord) => void;
  /** Every record of the document that this canvas can read. */
  readonly #readable = new Map<string, BoardRecord>();
  /** Records that this canvas cannot read: they stay in the document and are not shown. */
  readonly #setAside = new Set<string>();
  #toldUnreadable = 0;
  #repairs: Repairs = new Map();
  readonly #changes = new Map<string, LocalChange>();
  readonly #stops: (() => void)[] = [];
  /** Written, and the document has not told of it. */
  #unfollowed = new Set<string>();
  /** Set while the canvas may hold what the document does not. */
  #writeTimer: ReturnType<typeof setTimeout> | null = null;
  /** Whether the end of this turn writes what there is by then. */
  #writesThisTurn = false;
  #lastWriteAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** Brings the store to what the document says and keeps both together until `close`. */
  constructor(options: CanvasBindingOptions) {
    this.#store = options.store;
    this.#document = options.document;
    this.#mayEdit = options.mayEdit;
    this.#onAhead = options.onAhead;
    this.#onUnreadable = options.onUnreadable ?? (() => undefined);
    this.#onRemoteChange = options.onRemoteChange ?? (() => undefined);
    this.#load();
    this.#tellUnreadable();
    this.#stops.push(
      this.#document.observe((ids, transaction) => {
        if (transaction.origin !== this) this.write();
        for (const id of ids) this.#unfollowed.delete(id);
        this.#follow(ids);
      }),
      this.#store.listen(({ changes }) => this.#collect(changes), {
        source: "user",
        scope: "document",
      }),
      // tldraw hands out changes once a frame, and a tab that is not looked at has no frames.
      internalsOf(this.#store).addHistoryInterceptor(({ changes }, source) => {
        if (source === "remote" || this.#isScheduled()) return;
        if (this.#isOfDocument(changes)) this.#scheduleWrite();
      }),
      deleteShapesWithTheirPage(this.#store),
      keepOneBindingPerEnd(this.#store),
    );
  }

  /** How many records of the board this canvas cannot show. */
  get setAsideCount(): number {
    return this.#setAside.size;
  }

  /** Writes this person's changes so far to the document. */
  write(): void {
    // Takes what has not been handed out yet.
    this.#store._flushHistory();
    if (this.#writeTimer === null) return;
    clearTimeout(this.#writeTimer);
    this.#writeTimer = null;
    if (this.#changes.size === 0) {
      this.#onAhead(false);
      return;
    }
    this.#keepMissing();
    this.#removeHiddenBindings();
    const changes = toRecordChanges(this.#changes);
    this.#unfollowed = new Set(this.#changes.keys());
    this.#changes.clear();
    // A canvas that only shows is put back to what the document says.
    if (this.#mayEdit()) this.#document.write(changes, this);
    // Not before: then whoever sends this, and counts from then on, never has the next one wait.
    this.#lastWriteAtMs = performance.now();
    // What the document has taken is followed already; the rest it holds in another form.
    this.#follow(this.#unfollowed);
    this.#onAhead(false);
  }

  /** A page that only a repair shows would be gone with the next page that is made, from under what is on it. */
  #keepMissing(): void {
    for (const [id, record] of this.#repairs) {
      if (record === null || this.#document.has(id)) continue;
      const change = this.#changes.get(id);
      const after = change === undefined ? record : change.after;
      if (after === null) this.#changes.delete(id);
      else this.#changes.set(id, { before: null, after });
    }
  }

  /** What a repair hides at an end of an arrow would come back with this person's next change to that end. */
  #removeHiddenBindings(): void {
    const ends = new Set<string>();
    for (const { before, after } of this.#changes.values()) {
      const record = after ?? before;
      const end = record?.typeName === "binding" ? endOf(record) : null;
      if (end !== null) ends.add(end);
    }
    if (ends.size === 0) return;
    for (const [id, shown] of this.#repairs) {
      const hidden = this.#readable.get(id);
      if (shown !== null || hidden === undefined || this.#changes.has(id)) continue;
      if (ends.has(endOf(hidden) ?? "")) this.#changes.set(id, { before: hidden, after: null });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.write();
    this.#closed = true;
    for (const stop of this.#stops) stop();
  }

  #load(): void {
    for (const id of this.#document.ids()) {
      const record = this.#document.read(id);
      if (record === null) this.#setAside.add(id);
      else this.#readable.set(id, record);
    }
    this.#repairs = findRepairs(this.#readable);
    // No editor is there yet to answer with changes of its own.
    const fill = (): void => {
      const records = this.#shownRecords().map(asCanvasRecord);
      this.#store.mergeRemoteChanges(() => this.#store.put(records));
    };
    try {
      fill();
    } catch (cause) {
      if (!this.#setAsideRefused([...this.#readable.keys()])) throw cause;
      this.#repairs = findRepairs(this.#readable);
      fill();
    }
  }

  #shownRecords(): BoardRecord[] {
    const records: BoardRecord[] = [];
    for (const id of new Set([...this.#readable.keys(), ...this.#repairs.keys()])) {
      const record = this.#shown(id);
      if (record !== null) records.push(record);
    }
    return records;
  }

  /** The record as the canvas shows it; null when it does not. */
  #shown(id: string): BoardRecord | null {
    const repaired = this.#repairs.get(id);
    return repaired === undefined ? (this.#readable.get(id) ?? null) : repaired;
  }

  #canRead(record: BoardRecord): boolean {
    try {
      this.#store.schema.validateRecord(this.#store, asCanvasRecord(record), "updateRecord", null);
      return true;
    } catch {
      return false;
    }
  }

  #put(records: readonly BoardRecord[], removedIds: readonly string[] = []): void {
    const touchedIds = new Set<TLRecord["id"]>();
    const earlier = new Map(this.#changes);
    const stop = internalsOf(this.#store).addHistoryInterceptor(({ changes }, source) => {
      if (source !== "remote") return;
      for (const id of idsOf(changes)) touchedIds.add(id);
    });
    try {
      this.#store.mergeRemoteChanges(() => {
        if (removedIds.length > 0) this.#store.remove(removedIds as TLRecord["id"][]);
        if (records.length > 0) this.#store.put(records.map(asCanvasRecord));
      });
    } finally {
      stop();
    }
    this.#adoptSideEffects(touchedIds, earlier);
  }

  /**
   * The canvas answers a remote change with changes of its own and calls some of them remote, too:
   * an arrow keeps its place, for one, when the shape that it points to is deleted. Nobody else
   * sends those, so they become this person's changes, or are taken back from who may only look.
   *
   * @param earlier what this person had changed before; later changes may be part of the answer
   */
  #adoptSideEffects(
    touchedIds: ReadonlySet<TLRecord["id"]>,
    earlier: ReadonlyMap<string, LocalChange>,
  ): void {
    const restored: BoardRecord[] = [];
    for (const id of touchedIds) {
      const current = this.#store.get(id);
      if (current !== undefined && !this.#store.scopedTypes.document.has(current.typeName))
        continue;
      const shown = this.#shown(id);
      if (shown === null ? current === undefined : jsonEqual(current, shown)) continue;
      if (this.#mayEdit()) {
        const before = earlier.get(id)?.before ?? shown;
        this.#changes.set(id, {
          before,
          after: current === undefined ? null : asBoardRecord(current),
        });
      } else if (shown !== null) restored.push(shown);
    }
    if (this.#changes.size > 0) this.#scheduleWrite();
    if (restored.length === 0) return;
    this.#store.mergeRemoteChanges(() => {
      internalsOf(this.#store).atomic(() => this.#store.put(restored.map(asCanvasRecord)), false);
    });
  }

  /** Takes over what the document now says of some records. */
  #follow(ids: ReadonlySet<string>): void {
    if (this.#closed || ids.size === 0) return;
    try {
      this.#show(this.#takeOver(ids));
    } catch (cause) {
      // The canvas refuses at least one of them; show the others.
      if (!this.#setAsideRefused(ids)) throw cause;
      this.#repairs = findRepairs(this.#readable);
      this.#show(new Set([...ids, ...this.#repairs.keys()]));
    }
    this.#tellUnreadable();
  }

  #tellUnreadable(): void {
    if (this.#setAside.size === this.#toldUnreadable) return;
    this.#toldUnreadable = this.#setAside.size;
    this.#onUnreadable(this.#toldUnreadable);
  }

  /** @returns the records whose appearance may have changed by it */
  #takeOver(ids: ReadonlySet<string>): Set<string> {
    let isStructural = false;
    for (const id of ids) {
      const before = this.#readable.get(id);
      const after = this.#readDocument(id);
      if (after === null) this.#readable.delete(id);
      else this.#readable.set(id, after);
      isStructural ||= isStructuralChange(before, after);
    }
    const affected = new Set(ids);
    if (isStructural) {
      const repairs = findRepairs(this.#readable);
      for (const id of [...this.#repairs.keys(), ...repairs.keys()]) affected.add(id);
      this.#repairs = repairs;
    } else this.#refreshRepairs(ids);
    return affected;
  }

  #show(ids: ReadonlySet<string>): void {
    const records: BoardRecord[] = [];
    const removedIds: string[] = [];
    for (const id of ids) {
      const shown = this.#shown(id);
      const current = this.#store.get(id as TLRecord["id"]);
      if (shown === null) {
        if (current !== undefined) removedIds.push(id);
      } else if (current === undefined) records.push(shown);
      else if (!jsonEqual(current, shown)) {
        this.#onRemoteChange(asBoardRecord(current), shown);
        records.push(shown);
      }
    }
    if (records.length + removedIds.length > 0) this.#put(records, removedIds);
  }

  /** Asking the canvas about each record is dear, so it is done only when it has refused some. */
  #setAsideRefused(ids: Iterable<string>): boolean {
    let isAny = false;
    for (const id of ids) {
      const record = this.#readable.get(id);
      if (record === undefined || this.#canRead(record)) continue;
      this.#readable.delete(id);
      this.#setAside.add(id);
      isAny = true;
    }
    return isAny;
  }

  #readDocument(id: string): BoardRecord | null {
    this.#setAside.delete(id);
    if (!this.#document.has(id)) return null;
    const record = this.#document.read(id);
    if (record === null) this.#setAside.add(id);
    return record;
  }

  /** A repaired record shows its other properties as they change. */
  #refreshRepairs(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      const repaired = this.#repairs.get(id);
      const record = this.#readable.get(id);
      if (repaired === undefined || repaired === null || record === undefined) continue;
      const { parentId, index } = repaired;
      this.#repairs.set(
        id,
        repaired.typeName === "page" ? { ...record, index } : { ...record, parentId, index },
      );
    }
  }

  #isOfDocument({ added, updated, removed }: RecordsDiff<TLRecord>): boolean {
    const { document } = this.#store.scopedTypes;
    return (
      Object.values(added).some(({ typeName }) => document.has(typeName)) ||
      Object.values(updated).some(([{ typeName }]) => document.has(typeName)) ||
      Object.values(removed).some(({ typeName }) => document.has(typeName))
    );
  }

  #collect(changes: RecordsDiff<TLRecord>): void {
    for (const record of Object.values(changes.added)) this.#note(record.id, null, record);
    for (const [before, after] of Object.values(changes.updated)) {
      this.#note(after.id, before, after);
    }
    for (const record of Object.values(changes.removed)) this.#note(record.id, record, null);
  }

  #mayWriteAtOnce(): boolean {
    return performance.now() - this.#lastWriteAtMs >= limits.updateIntervalMs;
  }

  /** Whether one more change makes no difference to when the next write is. */
  #isScheduled(): boolean {
    return this.#writeTimer !== null && (this.#writesThisTurn || !this.#mayWriteAtOnce());
  }

  #scheduleWrite(): void {
    if (this.#writeTimer === null) {
      this.#onAhead(true);
      const waitMs = this.#lastWriteAtMs + limits.updateDelayMs - performance.now();
      this.#writeTimer = setTimeout(() => this.write(), Math.max(0, waitMs));
    }
    if (this.#isScheduled()) return;
    this.#writesThisTurn = true;
    queueMicrotask(() => {
      this.#writesThisTurn = false;
      if (this.#writeTimer !== null && this.#mayWriteAtOnce()) this.write();
    });
  }

  #note(id: string, before: TLRecord | null, after: TLRecord | null): void {
    const earlier = this.#changes.get(id);
    const first = earlier === undefined ? before && asBoardRecord(before) : earlier.before;
    if (first === null && after === null) this.#changes.delete(id);
    else this.#changes.set(id, { before: first, after: after && asBoardRecord(after) });
  }
}

function idsOf(changes: RecordsDiff<TLRecord>): TLRecord["id"][] {
  const { added, updated, removed } = changes;
  return [added, updated, removed].flatMap((records) => Object.keys(records) as TLRecord["id"][]);
}

function toRecordChanges(changes: ReadonlyMap<string, LocalChange>): RecordChanges {
  const added: BoardRecord[] = [];
  const updated: { before: BoardRecord; after: BoardRecord }[] = [];
  const removed: string[] = [];
  for (const [id, { before, after }] of changes) {
    if (after === null) removed.push(id);
    else if (before === null) added.push(after);
    else updated.push({ before, after });
  }
  return { added, updated, removed };
}

/** Whether a change can make the board unsound or sound: what `findRepairs` looks at. */
function isStructuralChange(before: BoardRecord | undefined, after: BoardRecord | null): boolean {
  if (before === undefined || after === null) return before !== undefined || after !== null;
  if (after.typeName === "binding") return true;
  return before.parentId !== after.parentId || before.index !== after.index;
}
