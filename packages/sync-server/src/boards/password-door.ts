import { createHmac, randomBytes } from "node:crypto";
import { KeyedBudget } from "../keyed-budget.ts";
import { Turns } from "../turns.ts";
import { BoardError } from "./board-error.ts";
import type { StoredPassword } from "./board-record.ts";
import { hashPassword, isPassword } from "./password.ts";

/** Hashes computed at once: each takes 32 MB, and one of the four threads that also do file I/O. */
const concurrentHashes = 2;
/** Passwords waiting to be hashed; more are refused. */
export const waitingPasswords = 100;
/**
 * Different wrong passwords that one link takes within a window: from one address, so that one who
 * guesses shuts out nobody elsewhere; and from all, because guessing may come from many addresses.
 * A class that mistypes the same word behind one router has used up one.
 */
export const wrongPasswordsPerLinkAndAddress = 50;
export const wrongPasswordsPerLink = 150;
const windowMs = 15 * 60_000;
/** Passwords whose outcome is remembered; past it the earliest is forgotten. */
const rememberedPasswords = 10_000;

/**
 * Where passwords are set and tried: off the event loop, a few at a time, and each link for only so
 * many wrong ones. What was tried before is not hashed again: a class, or all who come back after a
 * restart, give the same password at once.
 */
export class PasswordDoor {
  readonly #wrongOfLink: KeyedBudget;
  readonly #wrongOfAddress: KeyedBudget;
  /** Of passwords that were tried, under a name that tells nobody which: whether they were right. */
  readonly #tried = new Map<string, Promise<boolean>>();
  readonly #nameKey = randomBytes(32);
  readonly #turns = new Turns({
    atOnce: concurrentHashes,
    waiting: waitingPasswords,
    refusal: () => new BoardError("TOO_MANY_REQUESTS", { limit: "WAITING_PASSWORDS" }),
  });

  constructor(nowMs: () => number) {
    this.#wrongOfLink = new KeyedBudget({ max: wrongPasswordsPerLink, windowMs, nowMs });
    this.#wrongOfAddress = new KeyedBudget({
      max: wrongPasswordsPerLinkAndAddress,
      windowMs,
      nowMs,
    });
  }

  set(password: string): Promise<StoredPassword> {
    return this.#turns.take(() => hashPassword(password));
  }

  /** @throws BoardError `PASSWORD_WRONG`, or `TOO_MANY_REQUESTS` also when the password is right */
  async enter(
    { link, address }: { link: string; address: string },
    password: string,
    stored: StoredPassword,
  ): Promise<void> {
    const ofAddress = `${link} ${address}`;
    const assertMayTry = (): void => {
      if (this.#wrongOfLink.waitMs(link) > 0 || this.#wrongOfAddress.waitMs(ofAddress) > 0) {
        throw new BoardError("TOO_MANY_REQUESTS", { limit: "WRONG_PASSWORDS" });
      }
    };
    assertMayTry();
    const name = createHmac("sha256", this.#nameKey)
      .update(`${stored.salt} ${password.normalize("NFKC")}`)
      .digest("base64");
    const isRight = this.#once(name, () =>
      this.#turns.take(async () => {
        // Again when its turn comes: many sent at once must not all pass before one has failed.
        assertMayTry();
        if (await isPassword(password, stored)) return true;
        this.#wrongOfLink.spend(link, 1);
        this.#wrongOfAddress.spend(ofAddress, 1);
        return false;
      }),
    );
    if (!(await isRight)) throw new BoardError("PASSWORD_WRONG");
  }

  #once(name: string, work: () => Promise<boolean>): Promise<boolean> {
    const known = this.#tried.get(name);
    if (known !== undefined) return known;
    const outcome = work();
    this.#tried.set(name, outcome);
    // What was not found out is not known the next time either.
    outcome.catch(() => this.#tried.delete(name));
    for (const earliest of this.#tried.keys()) {
      if (this.#tried.size <= rememberedPasswords) break;
      this.#tried.delete(earliest);
    }
    return outcome;
  }
}
