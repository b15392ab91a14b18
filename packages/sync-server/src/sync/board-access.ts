import type { BoardRecord } from "../boards/board-record.ts";
import { BoardError } from "../boards/board-error.ts";
import { nextExpiryMs, renewGrant } from "../boards/grant.ts";
import type { LinkGrant } from "../boards/grant.ts";

/** Timers cannot be set for longer; past it the expiry is looked at again. */
const maxTimerMs = 24 * 60 * 60_000;

export type Standing =
  | { readonly kind: "allowed"; readonly grant: LinkGrant }
  | { readonly kind: "denied"; readonly reason: string };

/** Who may be on an open board: its record as last changed, and a timer for the next expiry. */
export class BoardAccess {
  readonly #onExpiry: () => void;
  #record: BoardRecord | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(onExpiry: () => void) {
    this.#onExpiry = onExpiry;
  }

  /** What was read from the store; a change that came meanwhile is newer. */
  start(record: BoardRecord): void {
    if (this.#record === null) this.change(record);
  }

  change(record: BoardRecord): void {
    this.#record = record;
    this.#awaitExpiry();
  }

  /** What an earlier grant is worth now. */
  standingOf(grant: LinkGrant): Standing {
    if (this.#record === null) return { kind: "allowed", grant };
    try {
      return { kind: "allowed", grant: renewGrant(this.#record, grant, Date.now()) };
    } catch (error) {
      if (!(error instanceof BoardError)) throw error;
      return { kind: "denied", reason: error.code };
    }
  }

  #awaitExpiry(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const expiryMs = this.#record === null ? null : nextExpiryMs(this.#record, Date.now());
    if (expiryMs === null || this.#closed) return;
    const waitMs = Math.min(Math.max(expiryMs - Date.now(), 0), maxTimerMs);
    this.#timer = setTimeout(() => {
      this.#onExpiry();
      this.#awaitExpiry();
    }, waitMs).unref();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
