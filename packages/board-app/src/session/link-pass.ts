import { isToken } from "@boardwalk/board-model";
import { z } from "zod";
import { readStored, writeStored, type BrowserStorage } from "../storage/browser-storage.ts";

const keptSchema = z.object({
  token: z.string().refine(isToken),
  session: z.string().refine(isToken).nullable(),
});

/**
 * What opens the board for this tab: the token of the link, or, where that has a password, the
 * session that stands for both. The session outlives a reload of the tab, and not the tab.
 */
export class LinkPass {
  readonly #storageKey: string;
  readonly #storage: BrowserStorage | null;
  #token: string;
  #session: string | null = null;
  /** For when the session ends before the tab does: the server forgets them when it restarts. */
  #password: string | null = null;

  constructor(boardId: string, token: string, storage: BrowserStorage | null) {
    this.#storageKey = `boardwalk:session:${boardId}`;
    this.#storage = storage;
    this.#token = token;
    const kept = keptSchema.safeParse(readStored(storage, this.#storageKey));
    if (kept.success && kept.data.token === token) this.#session = kept.data.session;
  }

  /** The link's own: what is passed on to others. */
  get token(): string {
    return this.#token;
  }

  /** What the server is shown. */
  get credential(): string {
    return this.#session ?? this.#token;
  }

  get hasSession(): boolean {
    return this.#session !== null;
  }

  /** The password that opened the link, once: it may have been changed since. */
  takePassword(): string | null {
    const password = this.#password;
    this.#password = null;
    return password;
  }

  /** The password was right. */
  open(session: string, password: string): void {
    this.#session = session;
    this.#password = password;
    this.#keep();
  }

  /** The server does not know the session any more. */
  dropSession(): void {
    this.#session = null;
    this.#keep();
  }

  /** The link was renewed. */
  moveTo(token: string, session: string | null): void {
    this.#token = token;
    this.#session = session;
    this.#keep();
  }

  #keep(): void {
    writeStored(this.#storage, this.#storageKey, { token: this.#token, session: this.#session });
  }
}
