import type { StoredDocument } from "@boardwalk/persistence";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";
import type { LiveDocument } from "./live-document.ts";
import { SharedMessage } from "./shared-message.ts";

type Encoded = {
  readonly step2: SharedMessage;
  /** What came after, in order; merged whenever it is asked for. */
  since: Uint8Array[];
  sinceBytes: number;
};

/**
 * A large document as those who have nothing of it yet get it. It is encoded once for all who join
 * within a while; what changed since goes out beside it.
 */
export class EncodedBoard {
  readonly #document: LiveDocument;
  #encoded: Encoded | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** `snapshot` and `updates`: what the document has just been read from. */
  constructor(
    document: LiveDocument,
    { snapshot, updates }: Pick<StoredDocument, "snapshot" | "updates">,
  ) {
    this.#document = document;
    // The first to come gets what was read as it is: encoding it would hold the others up.
    if (snapshot !== null) {
      this.#keep(snapshot);
      this.#forgetLater();
      for (const update of updates) this.#take(update);
    }
    document.listen((update) => this.#take(update));
  }

  /**
   * The messages that bring everything, in order. Changes come first: they wait at the receiver
   * for what they build on, so that who has read the step 2 has all.
   */
  read(): SharedMessage[] {
    const encoded = this.#encoded ?? this.#keep(Y.encodeStateAsUpdate(this.#document.current));
    this.#forgetLater();
    const { step2, since } = encoded;
    if (since.length === 0) return [step2];
    const payload = since.length === 1 ? since[0] : Y.mergeUpdates(since);
    if (payload === undefined) return [step2];
    encoded.since = [payload];
    return [new SharedMessage({ type: "sync", sync: { kind: "update", payload } }), step2];
  }

  #take(update: Uint8Array): void {
    if (this.#encoded === null) return;
    this.#encoded.since.push(update);
    this.#encoded.sinceBytes += update.length;
    const { since, sinceBytes } = this.#encoded;
    // Merging many costs more than encoding the document anew.
    const isStale =
      since.length > syncLimits.keptUpdates || sinceBytes > syncLimits.keptUpdateBytes;
    if (isStale) this.#forget();
  }

  #keep(state: Uint8Array): Encoded {
    const step2 = new SharedMessage({ type: "sync", sync: { kind: "step2", payload: state } });
    const encoded: Encoded = { step2, since: [], sinceBytes: 0 };
    if (state.length >= syncLimits.keptStateBytes) this.#encoded = encoded;
    return encoded;
  }

  /** Who comes in a crowd finds it; nobody needs it for long. */
  #forgetLater(): void {
    if (this.#encoded === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#forget(), syncLimits.keptStateMs);
    this.#timer.unref();
  }

  #forget(): void {
    this.#encoded = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  close(): void {
    this.#forget();
  }
}
