import { hashOf, newToken } from "./secret.ts";

/** How long a session opens a board. Who is in by then stays. */
const lifetimeMs = 60 * 60_000;
/** Sessions remembered; past it the earliest ends. */
const rememberedSessions = 20_000;

type Session = {
  readonly boardId: string;
  readonly linkId: string;
  /** Names the password that was given: with another one the session is worth nothing. */
  readonly passwordSalt: string;
  readonly endMs: number;
};

/**
 * What stands for a link and its password once that was given. In memory only: after a restart of
 * the server the password is asked for again.
 */
export class PasswordSessions {
  readonly #nowMs: () => number;
  readonly #sessions = new Map<string, Session>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  open(boardId: string, linkId: string, passwordSalt: string): { token: string; endMs: number } {
    const token = newToken();
    const endMs = this.#nowMs() + lifetimeMs;
    this.#sessions.set(hashOf(token), { boardId, linkId, passwordSalt, endMs });
    for (const [earliest, session] of this.#sessions) {
      if (this.#sessions.size <= rememberedSessions && session.endMs > this.#nowMs()) break;
      this.#sessions.delete(earliest);
    }
    return { token, endMs };
  }

  find(boardId: string, tokenHash: string): Session | null {
    const session = this.#sessions.get(tokenHash);
    if (session === undefined || session.boardId !== boardId) return null;
    return session.endMs > this.#nowMs() ? session : null;
  }
}
