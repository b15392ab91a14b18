import {
  absentState,
  decodeAwareness,
  decodePresence,
  encodeAwareness,
  encodePresence,
  limits,
  type Presence,
} from "@boardwalk/board-model";

interface RemotePresence {
  readonly clock: number;
  readonly presence: Presence;
}

export type PresenceListener = (changedClientIds: ReadonlySet<number>) => void;

/** Other Yjs clients take a person who says nothing for 30 s as gone. */
const renewIntervalMs = 15_000;
/** More people than this on one board are not shown. */
const maxRemotes = 1_000;

/**
 * Sends what this person shows, and knows what the others show. Speaks the awareness protocol of
 * y-protocols, with a client id of its own for each connection: the server lets nobody take over
 * the id of a connection that it has not yet found to be dead.
 */
export class PresenceClient {
  readonly #remotes = new Map<number, RemotePresence>();
  readonly #listeners = new Set<PresenceListener>();
  #send: ((update: Uint8Array) => void) | null = null;
  #clientId = 0;
  #clock = 0;
  #local: Presence;
  #sentState = "";
  #sendTimer: ReturnType<typeof setTimeout> | null = null;
  #renewTimer: ReturnType<typeof setInterval> | null = null;
  #lastSentAtMs = Number.NEGATIVE_INFINITY;

  constructor(local: Presence) {
    this.#local = local;
  }

  get local(): Presence {
    return this.#local;
  }

  get remotes(): ReadonlyMap<number, { readonly presence: Presence }> {
    return this.#remotes;
  }

  observe(listener: PresenceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows something else; goes out at most every `limits.presenceIntervalMs`. */
  update(change: Partial<Presence>): void {
    this.#local = { ...this.#local, ...change };
    if (this.#send === null || this.#sendTimer !== null) return;
    if (encodePresence(this.#local) === this.#sentState) return;
    const waitMs = this.#lastSentAtMs + limits.presenceIntervalMs - performance.now();
    if (waitMs <= 0) this.#sendLocal();
    else this.#sendTimer = setTimeout(() => this.#sendLocal(), waitMs);
  }

  /** A connection is open: be seen on it. */
  connected(send: (update: Uint8Array) => void): void {
    this.disconnected();
    this.#send = send;
    this.#clientId = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
    this.#clock = 0;
    this.#sendLocal();
    this.#renewTimer = setInterval(() => this.#sendLocal(), renewIntervalMs);
  }

  /** The connection is gone, and with it everybody else. */
  disconnected(): void {
    this.#send = null;
    this.#sentState = "";
    if (this.#sendTimer !== null) clearTimeout(this.#sendTimer);
    if (this.#renewTimer !== null) clearInterval(this.#renewTimer);
    this.#sendTimer = null;
    this.#renewTimer = null;
    const gone = new Set(this.#remotes.keys());
    this.#remotes.clear();
    this.#notify(gone);
  }

  /** Says goodbye, so that others need not wait to find out. */
  leave(): void {
    this.#send?.(
      encodeAwareness([{ clientId: this.#clientId, clock: ++this.#clock, state: absentState }]),
    );
  }

  /** Takes an awareness update from the server; states of others that this page cannot read are not shown. */
  receive(update: Uint8Array): void {
    const changed = new Set<number>();
    for (const { clientId, clock, state } of decodeAwareness(update, maxRemotes)) {
      if (clientId === this.#clientId) continue;
      const known = this.#remotes.get(clientId);
      if (known !== undefined && clock < known.clock) continue;
      const presence = decodePresence(state);
      if (presence === null) {
        if (this.#remotes.delete(clientId)) changed.add(clientId);
      } else if (known === undefined || clock > known.clock) {
        this.#remotes.set(clientId, { clock, presence });
        changed.add(clientId);
      }
    }
    this.#notify(changed);
  }

  #sendLocal(): void {
    this.#sendTimer = null;
    if (this.#send === null) return;
    this.#sentState = encodePresence(this.#local);
    this.#lastSentAtMs = performance.now();
    this.#send(
      encodeAwareness([{ clientId: this.#clientId, clock: ++this.#clock, state: this.#sentState }]),
    );
  }

  #notify(changed: ReadonlySet<number>): void {
    if (changed.size === 0) return;
    for (const listener of this.#listeners) listener(changed);
  }
}
