import type { TLRecord, TLStore } from "tldraw";
import type * as Y from "yjs";

/**
 * The way public bindings of tldraw to Yjs go, as a floor to measure against: each record whole, as
 * one value of a map, written again with every change.
 */
export class WholeRecordBinding {
  readonly #store: TLStore;
  readonly #doc: Y.Doc;
  readonly #records: Y.Map<TLRecord>;

  constructor(store: TLStore, doc: Y.Doc) {
    this.#store = store;
    this.#doc = doc;
    this.#records = doc.getMap("records");
    store.mergeRemoteChanges(() => store.put([...this.#records.values()]));
    this.#records.observe((event, transaction) => {
      if (transaction.origin === this) return;
      const changed = [...event.keys.keys()].map((id) => this.#records.get(id));
      store.mergeRemoteChanges(() => store.put(changed.filter((record) => record !== undefined)));
    });
  }

  write(ids: readonly TLRecord["id"][]): void {
    this.#doc.transact(() => {
      for (const id of ids) {
        const record = this.#store.get(id);
        if (record !== undefined) this.#records.set(id, record);
      }
    }, this);
  }
}
