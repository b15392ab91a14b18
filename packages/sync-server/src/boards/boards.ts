import { isBoardId, isToken, seedUpdate } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import { draftBoard, type BoardDraft, type BoardKeys } from "./board-draft.ts";
import { BoardError } from "./board-error.ts";
import { boardRecordKey, decodeBoardRecord, encodeBoardRecord } from "./board-record.ts";
import type { BoardRecord, LinkRecord } from "./board-record.ts";
import { assertLinkIsOpen, grantOf, linkOfToken, ownerGrant } from "./grant.ts";
import type { LinkGrant } from "./grant.ts";
import { LinkUse } from "./link-use.ts";
import { PasswordDoor } from "./password-door.ts";
import { PasswordSessions } from "./password-sessions.ts";
import { hashOf, isSameHash } from "./secret.ts";

export const defaultBoardName = "Untitled board";

export type NewBoard = BoardKeys & { readonly name: string };

/** Someone is put out of a board; the others who came by the same links go on by new ones. */
export type Removal = {
  readonly connectionIds: ReadonlySet<string>;
  /** By the id of the link that is no more. */
  readonly moves: ReadonlyMap<string, { readonly linkId: string; readonly token: string }>;
};

/** What a board's record has become. */
export type BoardChange = {
  readonly boardId: string;
  readonly record: BoardRecord;
  readonly removal: Removal | null;
};

/** The boards of this server and who may open them. */
export class Boards {
  readonly use: LinkUse;
  readonly passwords: PasswordDoor;
  readonly #sessions: PasswordSessions;
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #listeners = new Set<(change: BoardChange) => void>();
  /** The last change of each board that is being changed: the next one waits for it. */
  readonly #changing = new Map<string, Promise<unknown>>();

  constructor({ store, nowMs = Date.now }: { store: Store; nowMs?: () => number }) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.use = new LinkUse({ store });
    this.passwords = new PasswordDoor(nowMs);
    this.#sessions = new PasswordSessions(nowMs);
  }

  /** Makes a board with one edit and one view link; resolves when it is durable. */
  async create(name: string = defaultBoardName): Promise<NewBoard> {
    const draft = draftBoard(this.#nowMs());
    await this.keep(draft, [seedUpdate(name)]);
    return { name, ...draft.keys };
  }

  /**
   * Keeps a board, with the updates that make its document and whatever else belongs to it;
   * resolves when it is durable.
   */
  async keep(
    { keys, record }: BoardDraft,
    updates: readonly Uint8Array[],
    others: readonly Operation[] = [],
  ): Promise<void> {
    // One commit, so that there is never a board without its first page or a page without a board.
    await this.#store.commit([
      { type: "put", key: boardRecordKey(keys.id), value: encodeBoardRecord(record) },
      ...updates.map((update) => ({ type: "append", name: keys.id, update }) as const),
      ...others,
    ]);
  }

  /** @throws BoardError `BOARD_NOT_FOUND` */
  async get(boardId: string): Promise<BoardRecord> {
    if (!isBoardId(boardId)) throw new BoardError("BOARD_NOT_FOUND");
    const key = boardRecordKey(boardId);
    const bytes = await this.#store.records.get(key);
    if (bytes === null) throw new BoardError("BOARD_NOT_FOUND");
    return decodeBoardRecord(key, bytes);
  }

  /**
   * Changes what is kept of a board, one change after the other. Resolves when it is durable and
   * everyone on the board has been told.
   */
  async change(
    boardId: string,
    work: (record: BoardRecord) => { record: BoardRecord; removal?: Removal },
  ): Promise<BoardRecord> {
    const previous = this.#changing.get(boardId) ?? Promise.resolve();
    const changed = previous.then(async () => {
      const { record, removal = null } = work(await this.get(boardId));
      const value = encodeBoardRecord(record);
      await this.#store.commit([{ type: "put", key: boardRecordKey(boardId), value }]);
      for (const listener of this.#listeners) listener({ boardId, record, removal });
      return record;
    });
    // A failure is its caller's; the next change starts from what is stored all the same.
    const settled = changed.catch(() => undefined);
    this.#changing.set(boardId, settled);
    try {
      return await changed;
    } finally {
      if (this.#changing.get(boardId) === settled) this.#changing.delete(boardId);
    }
  }

  /** Calls back after each change of a board's record. Returns what ends it. */
  observe(listener: (change: BoardChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What the bearer of `token` may do on a board: the token of a link, the session that stands for
   * one with a password, or the owner's key.
   *
   * @throws BoardError `BOARD_NOT_FOUND`, `TOKEN_MISSING`, `TOKEN_INVALID`, `LINK_REVOKED`,
   *   `LINK_EXPIRED` or `PASSWORD_REQUIRED`
   */
  async authorise(
    boardId: string,
    token: string | null | undefined,
  ): Promise<LinkGrant | typeof ownerGrant> {
    const record = await this.get(boardId);
    const tokenHash = hashOfToken(token);
    const isOwner = isSameHash(record.ownerKeyHash, tokenHash);
    const session = this.#sessions.find(boardId, tokenHash);
    if (isOwner) return ownerGrant;
    const link = record.links.find(({ id }) => id === session?.linkId);
    return grantOf(
      record,
      link ?? linkOfToken(record, tokenHash),
      session?.passwordSalt ?? null,
      this.#nowMs(),
    );
  }

  /**
   * Exchanges the token of a link and its password for a session.
   *
   * @throws BoardError as `authorise`, and `PASSWORD_WRONG` or `TOO_MANY_REQUESTS`
   */
  async enter(
    boardId: string,
    token: string | null,
    password: string,
  ): Promise<{ token: string; endMs: number }> {
    const record = await this.get(boardId);
    const link = linkOfToken(record, hashOfToken(token));
    assertLinkIsOpen(link, this.#nowMs());
    if (link.password !== null) {
      await this.passwords.enter(`${boardId}/${link.id}`, password, link.password);
    }
    return this.openSession(boardId, link);
  }

  /** For someone who has shown that they know the link's password. */
  openSession(
    boardId: string,
    link: Pick<LinkRecord, "id" | "password">,
  ): { token: string; endMs: number } {
    return this.#sessions.open(boardId, link.id, link.password?.salt ?? "");
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    await this.use.close();
  }
}

/** @throws BoardError `TOKEN_MISSING` or `TOKEN_INVALID` */
function hashOfToken(token: string | null | undefined): string {
  if (token === null || token === undefined || token === "") throw new BoardError("TOKEN_MISSING");
  if (!isToken(token)) throw new BoardError("TOKEN_INVALID");
  return hashOf(token);
}
