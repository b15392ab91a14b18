import type { BoardRecord } from "../boards/board-record.ts";
import { BoardError } from "../boards/board-error.ts";
import { nextExpiryMs, renewGrant } from "../boards/grant.ts";
import type { BoardGrant } from "../boards/grant.ts";

/** Timers cannot be set for longer; past it the expiry is looked at again. */
const maxTimerMs = 24 * 60 * 60_000;

export type Standing =
  | { readonly kind: "allowed"; readonly grant: BoardGrant }
  | { readonly kind: "denied"; readonly reason: string };

/**
 * Who may be on an open board: its record as last changed, and a timer for the next expiry, of a
 * link or of the signed token that someone is in by.
 */
export class BoardAccess {
  readonly #onExpiry: () => void;
  readonly #grants: () => readonly BoardGrant[];
  #record: BoardRecord | null = null;
  #isDeleted = false;
  #timer: NodeJS.Timeout | null = null;
  #dueAtMs = Infinity;
  #closed = false;

  /** `grants`: of everyone who is in. */
  constructor(options: { onExpiry: () => void; grants: () => readonly BoardGrant[] }) {
    this.#onExpiry = options.onExpiry;
    this.#grants = options.grants;
  }

  /** What was read from the store; a change that came meanwhile is newer. */
  start(record: BoardRecord): void {
    if (this.#record === null) this.change(record);
  }

  change(record: BoardRecord): void {
    this.#record = record;
    this.#isDeleted = false;
    this.awaitExpiry();
  }

  /** The board was deleted: nobody may be on it, unless it is taken back. */
  end(): void {
    this.#isDeleted = true;
  }

  /** What an earlier grant is worth now. */
  standingOf(grant: BoardGrant): Standing {
    if (this.#isDeleted) return { kind: "denied", reason: "BOARD_DELETED" };
    if (this.#record === null) return { kind: "allowed", grant };
    try {
      return { kind: "allowed", grant: renewGrant(this.#record, grant, Date.now()) };
    } catch (error) {
      if (!(error instanceof BoardError)) throw error;
      return { kind: "denied", reason: error.code };
    }
  }

  /** For whenever someone came in or has a newer token. */
  awaitExpiry(): void {
    this.#awaitExpiryAfter(Date.now());
  }

  #awaitExpiryAfter(nowMs: number): void {
    // What has expired by now is none that is still to come: its timer must not be lost.
    if (this.#dueAtMs <= nowMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAtMs = Infinity;
    if (this.#record === null || this.#closed) return;
    const ends = this.#grants().flatMap(({ signed }) => signed?.endMs ?? []);
    const expiryMs = Math.min(nextExpiryMs(this.#record, nowMs) ?? Infinity, ...ends);
    if (expiryMs === Infinity) return;
    this.#dueAtMs = expiryMs;
    const waitMs = Math.min(Math.max(expiryMs - nowMs, 0), maxTimerMs);
    this.#timer = setTimeout(() => {
      // Timers may be early, and what expires while everyone is looked at is still to come.
      const firedAtMs = Date.now();
      this.#dueAtMs = Infinity;
      this.#onExpiry();
      this.#awaitExpiryAfter(firedAtMs);
    }, waitMs).unref();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
