import * as Y from "yjs";
import type { BroadcastTick } from "./broadcast-tick.ts";
import { syncLimits } from "./limits.ts";
import type { LiveDocument } from "./live-document.ts";
import { SharedMessage } from "./shared-message.ts";

/** Where changes of a board go to; one per connection that has the board open. */
export interface UpdateChannel {
  sendUpdate(message: SharedMessage): void;
}

/** Passes the changes of one document on, merged into one message a tick. */
export class UpdateRelay {
  readonly #channels: Iterable<UpdateChannel>;
  readonly #tick: BroadcastTick;
  #updates: Uint8Array[] = [];
  #updateBytes = 0;
  /** Whose changes these are, while they are all of one: it has them already. */
  #soleOrigin: unknown = null;

  constructor(document: LiveDocument, channels: Iterable<UpdateChannel>, tick: BroadcastTick) {
    this.#channels = channels;
    this.#tick = tick;
    tick.join({ isDue: () => this.#updates.length > 0, flush: () => this.#flush() });
    document.listen((update, origin) => this.#take(update, origin));
  }

  #take(update: Uint8Array, origin: unknown): void {
    if (this.#updates.length === 0) this.#soleOrigin = origin;
    else if (this.#soleOrigin !== origin) this.#soleOrigin = null;
    this.#updates.push(update);
    this.#updateBytes += update.length;
    if (this.#updateBytes >= syncLimits.joinedUpdateBytes) this.#tick.flush();
    else this.#tick.request(syncLimits.flushIntervalMs);
  }

  #flush(): void {
    const [first, ...others] = this.#updates;
    if (first === undefined) return;
    const payload = others.length === 0 ? first : Y.mergeUpdates(this.#updates);
    const origin = this.#soleOrigin;
    this.#updates = [];
    this.#updateBytes = 0;
    this.#soleOrigin = null;
    const message = new SharedMessage({ type: "sync", sync: { kind: "update", payload } });
    for (const channel of this.#channels) {
      if (channel !== origin) channel.sendUpdate(message);
    }
  }

  close(): void {
    this.#updates = [];
  }
}
