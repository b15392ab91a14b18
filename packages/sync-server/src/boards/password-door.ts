import { BoardError } from "./board-error.ts";
import type { StoredPassword } from "./board-record.ts";
import { hashPassword, isPassword } from "./password.ts";

/** Hashes computed at once: each takes 32 MB, and one of the four threads that also do file I/O. */
const concurrentHashes = 2;
/** Passwords waiting to be hashed; more are refused. */
export const waitingPasswords = 100;
/** Wrong passwords that one link takes within a window, whoever sends them. */
export const wrongPasswordsPerLink = 30;
const windowMs = 15 * 60_000;
/** Links whose wrong passwords are remembered; past it those of the earliest are forgotten. */
const rememberedLinks = 10_000;

type Failures = { count: number; readonly endMs: number };

/**
 * Where passwords are set and tried: off the event loop, a few at a time, and each link for only so
 * many wrong ones. Counted by link and not only by address, because guessing needs many addresses
 * but the one link.
 */
export class PasswordDoor {
  readonly #nowMs: () => number;
  readonly #failures = new Map<string, Failures>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  set(password: string): Promise<StoredPassword> {
    return this.#inTurn(() => hashPassword(password));
  }

  /** @throws BoardError `PASSWORD_WRONG`, or `TOO_MANY_REQUESTS` also when the password is right */
  async enter(link: string, password: string, stored: StoredPassword): Promise<void> {
    await this.#inTurn(async () => {
      // Looked up when its turn comes: many sent at once must not all pass before one has failed.
      if (this.#failuresOf(link).count >= wrongPasswordsPerLink) {
        throw new BoardError("TOO_MANY_REQUESTS");
      }
      if (await isPassword(password, stored)) return;
      this.#failuresOf(link).count++;
      throw new BoardError("PASSWORD_WRONG");
    });
  }

  #failuresOf(link: string): Failures {
    const known = this.#failures.get(link);
    if (known !== undefined && known.endMs > this.#nowMs()) return known;
    const failures = { count: 0, endMs: this.#nowMs() + windowMs };
    this.#failures.delete(link);
    this.#failures.set(link, failures);
    for (const earliest of this.#failures.keys()) {
      if (this.#failures.size <= rememberedLinks) break;
      this.#failures.delete(earliest);
    }
    return failures;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < concurrentHashes) this.#running++;
    else {
      if (this.#waiting.length >= waitingPasswords) throw new BoardError("TOO_MANY_REQUESTS");
      // Whoever ends hands over its place, so that nobody can slip in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
