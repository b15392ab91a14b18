import {
  absentState,
  decodeAwareness,
  encodeAwareness,
  FrameError,
  limits,
  type AwarenessEntry,
} from "@boardwalk/board-model";
import type { BroadcastTick } from "./broadcast-tick.ts";
import { LimitError } from "./limit-error.ts";
import { syncLimits } from "./limits.ts";
import { SharedMessage } from "./shared-message.ts";

/** Where presence of a board goes to; one per connection that has the board open. */
export interface PresenceChannel {
  /** The name that it shows to others whatever it says; null: the one it says. */
  readonly shownName: string | null;
  /** False when it was left out because the other end is slow to read. */
  sendAwareness(message: SharedMessage): boolean;
}

interface PresenceState extends AwarenessEntry {
  readonly owner: PresenceChannel;
}

/**
 * Passes presence between the connections of one board. States are relayed as the text they came
 * as: the server keeps the last of each person for those who join, and never lets one connection
 * speak for another.
 */
export class PresenceRelay {
  readonly #states = new Map<number, PresenceState>();
  readonly #clientIds = new Map<PresenceChannel, Set<number>>();
  #changed = new Map<number, AwarenessEntry>();
  /** What slow readers were not told: without it they would show for ever who has left. */
  readonly #missed = new Map<PresenceChannel, Map<number, AwarenessEntry>>();
  readonly #tick: BroadcastTick;

  constructor(tick: BroadcastTick) {
    this.#tick = tick;
    tick.join({ isDue: () => this.#changed.size > 0, flush: () => this.#flush() });
  }

  join(channel: PresenceChannel): void {
    this.#clientIds.set(channel, new Set());
    if (this.#states.size > 0 && !channel.sendAwareness(this.everyone())) {
      this.#miss(channel, this.#states);
    }
  }

  /** Everyone who was here by this channel is gone. */
  leave(channel: PresenceChannel): void {
    const ids = this.#clientIds.get(channel);
    if (ids === undefined) return;
    this.#clientIds.delete(channel);
    this.#missed.delete(channel);
    for (const clientId of ids) {
      const state = this.#states.get(clientId);
      if (state === undefined) continue;
      this.#states.delete(clientId);
      // The clock stays: the same client, coming back, goes on from it.
      this.#changed.set(clientId, { clientId, clock: state.clock, state: absentState });
    }
    if (this.#changed.size > 0) this.#tick.request(limits.presenceIntervalMs);
  }

  everyone(): SharedMessage {
    return messageOf(this.#states);
  }

  /** What a channel shows, by awareness client. */
  statesOf(channel: PresenceChannel): AwarenessEntry[] {
    return [...(this.#clientIds.get(channel) ?? [])].flatMap(
      (clientId) => this.#states.get(clientId) ?? [],
    );
  }

  /**
   * Takes an awareness update of one connection. Entries for clients that another connection
   * speaks for are left out. Throws FrameError when the update is malformed, LimitError when it is
   * over a limit.
   *
   * @returns how many entries were refused
   */
  receive(channel: PresenceChannel, update: Uint8Array): number {
    const own = this.#clientIds.get(channel);
    if (own === undefined) return 0;
    // A client may mention everyone it knows, as y-websocket does when it drops the silent.
    const maxEntries = this.#states.size + syncLimits.presenceClientsPerChannel;
    let refused = 0;
    for (const entry of decodeAwareness(update, maxEntries)) {
      const known = this.#states.get(entry.clientId);
      if (known !== undefined && known.owner !== channel) {
        refused++;
        continue;
      }
      // A repeated clock is a repeat, but for a removal: that keeps the clock of what it removes.
      const isRemoval = entry.state === absentState;
      if (known === undefined ? isRemoval : entry.clock < known.clock) continue;
      if (known !== undefined && entry.clock === known.clock && !isRemoval) continue;
      if (isRemoval) {
        this.#states.delete(entry.clientId);
        own.delete(entry.clientId);
      } else {
        if (!own.has(entry.clientId) && own.size >= syncLimits.presenceClientsPerChannel) {
          throw new LimitError("PRESENCE_CLIENTS");
        }
        const state = checkedState(entry.state, channel.shownName);
        own.add(entry.clientId);
        const { clientId, clock } = entry;
        this.#states.set(clientId, { clientId, clock, state, owner: channel });
      }
      this.#changed.set(entry.clientId, this.#states.get(entry.clientId) ?? entry);
    }
    if (this.#changed.size > 0) this.#tick.request(limits.presenceIntervalMs);
    return refused;
  }

  #flush(): void {
    const changed = this.#changed;
    this.#changed = new Map();
    const message = messageOf(changed);
    const owner = this.#soleOwnerOf(changed);
    const mayHaveMissed = this.#missed.size > 0;
    for (const channel of this.#clientIds.keys()) {
      const missed = mayHaveMissed ? this.#missed.get(channel) : undefined;
      if (missed !== undefined) {
        this.#miss(channel, changed);
        if (channel.sendAwareness(messageOf(missed))) this.#missed.delete(channel);
      } else if (channel !== owner && !channel.sendAwareness(message)) {
        this.#miss(channel, changed);
      }
    }
  }

  /** Who said all of it, and need not be told. */
  #soleOwnerOf(changed: ReadonlyMap<number, AwarenessEntry>): PresenceChannel | null {
    let owner: PresenceChannel | null = null;
    for (const clientId of changed.keys()) {
      const state = this.#states.get(clientId);
      if (state === undefined || (owner !== null && owner !== state.owner)) return null;
      owner = state.owner;
    }
    return owner;
  }

  #miss(channel: PresenceChannel, entries: ReadonlyMap<number, AwarenessEntry>): void {
    const missed = this.#missed.get(channel) ?? new Map<number, AwarenessEntry>();
    this.#missed.set(channel, missed);
    for (const [clientId, entry] of entries) missed.set(clientId, entry);
    for (const clientId of missed.keys()) {
      if (missed.size <= syncLimits.missedPresence) break;
      missed.delete(clientId);
    }
  }

  close(): void {
    this.#changed.clear();
    this.#missed.clear();
    this.#states.clear();
    this.#clientIds.clear();
  }
}

function messageOf(entries: ReadonlyMap<number, AwarenessEntry>): SharedMessage {
  const update = encodeAwareness([...entries.values()]);
  return new SharedMessage({ type: "awareness", update });
}

/**
 * The state as it is passed on, under the right name. Receivers parse every state: one that is not
 * JSON would stop the presence of the whole board.
 */
function checkedState(state: string, shownName: string | null): string {
  if (Buffer.byteLength(state) > limits.presenceBytes) throw new LimitError("PRESENCE_BYTES");
  const parsed = parseState(state);
  // `user` is where other Yjs clients keep their names.
  const { user } = parsed as { user?: unknown };
  const isNested = typeof user === "object" && user !== null;
  assertNameLength(parsed);
  if (isNested) assertNameLength(user);
  if (shownName === null) return state;
  const nested = isNested ? { user: { ...user, name: shownName } } : {};
  return JSON.stringify({ ...parsed, ...nested, name: shownName });
}

function assertNameLength({ name }: { name?: unknown }): void {
  if (typeof name === "string" && name.length > limits.personNameLength) {
    throw new LimitError("PERSON_NAME_LENGTH");
  }
}

function parseState(state: string): object {
  try {
    const parsed: unknown = JSON.parse(state);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch (cause) {
    throw new FrameError("A presence state is not JSON", { cause });
  }
  throw new FrameError("A presence state is not an object");
}
