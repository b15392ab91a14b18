import { isBoardId, isSignedToken, isToken, seedUpdate } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import { draftBoard, type BoardDraft, type BoardKeys } from "./board-draft.ts";
import { BoardError } from "./board-error.ts";
import { boardRecordKey, decodeBoardRecord, encodeBoardRecord } from "./board-record.ts";
import type { BoardRecord, LinkRecord } from "./board-record.ts";
import { assertLinkIsOpen, grantOf, linkOfToken, ownerGrant, signedGrantOf } from "./grant.ts";
import type { BoardGrant, Grant } from "./grant.ts";
import { LinkUse } from "./link-use.ts";
import { PasswordDoor } from "./password-door.ts";
import { PasswordSessions } from "./password-sessions.ts";
import { hashOf, isSameHash } from "./secret.ts";
import type { SignedTokens } from "./signed-tokens.ts";
import { trashKey } from "./trash-record.ts";

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
  readonly kind: "changed";
  readonly boardId: string;
  readonly record: BoardRecord;
  readonly removal: Removal | null;
};

export type BoardEvent = BoardChange | { readonly kind: "deleted"; readonly boardId: string };

/** The boards of this server and who may open them. */
export class Boards {
  readonly use: LinkUse;
  readonly passwords: PasswordDoor;
  readonly #sessions: PasswordSessions;
  readonly #signedTokens: SignedTokens | null;
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #listeners = new Set<(event: BoardEvent) => void>();
  /** The last work on each board that is being changed: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** `signedTokens`: what opens boards instead of their links; null where links do. */
  constructor(options: { store: Store; signedTokens?: SignedTokens | null; nowMs?: () => number }) {
    const { store, nowMs = Date.now } = options;
    this.#store = store;
    this.#signedTokens = options.signedTokens ?? null;
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
   * Keeps a board, with the updates that make its document, where that is not kept already, and
   * whatever else belongs to it; resolves when it is durable.
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

  /** @throws BoardError `BOARD_NOT_FOUND` or `BOARD_DELETED` */
  async get(boardId: string): Promise<BoardRecord> {
    if (!isBoardId(boardId)) throw new BoardError("BOARD_NOT_FOUND");
    const key = boardRecordKey(boardId);
    const bytes = await this.#store.records.get(key);
    if (bytes !== null) return decodeBoardRecord(key, bytes);
    const isDeleted = (await this.#store.records.get(trashKey(boardId))) !== null;
    throw new BoardError(isDeleted ? "BOARD_DELETED" : "BOARD_NOT_FOUND");
  }

  /**
   * Changes what is kept of a board, one change after the other. Resolves when it is durable and
   * everyone on the board has been told.
   */
  async change(
    boardId: string,
    work: (record: BoardRecord) => { record: BoardRecord; removal?: Removal },
  ): Promise<BoardRecord> {
    return this.inTurn(boardId, async () => {
      const { record, removal = null } = work(await this.get(boardId));
      const value = encodeBoardRecord(record);
      await this.#store.commit([{ type: "put", key: boardRecordKey(boardId), value }]);
      this.tell({ kind: "changed", boardId, record, removal });
      return record;
    });
  }

  /** Works on what is kept of a board, one after the other. */
  async inTurn<T>(boardId: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(boardId) ?? Promise.resolve()).then(work);
    // A failure is its caller's; the next one starts from what is stored all the same.
    const settled = turn.catch(() => undefined);
    this.#turns.set(boardId, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(boardId) === settled) this.#turns.delete(boardId);
    }
  }

  /** To be called by who has changed what is kept of a board. */
  tell(event: BoardEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls back when a board was changed or deleted. Returns what ends it. */
  observe(listener: (event: BoardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What the bearer of `token` may do on a board: the token of a link, the session that stands for
   * one with a password, or the owner's key; where tokens are signed, one of those or the key.
   *
   * @throws BoardError `BOARD_NOT_FOUND`, `TOKEN_MISSING`, `TOKEN_INVALID`, `LINK_REVOKED`,
   *   `LINK_EXPIRED`, `PASSWORD_REQUIRED`, `TOKEN_EXPIRED` or `REMOVED`; KeysUnavailableError
   */
  async authorise(boardId: string, token: string | null | undefined): Promise<Grant> {
    return this.authoriseOn(boardId, await this.get(boardId), token);
  }

  /**
   * The same on a board that has this record, as one in the trash has.
   *
   * @throws as `authorise`, but for `BOARD_NOT_FOUND`
   */
  async authoriseOn(
    boardId: string,
    record: BoardRecord,
    token: string | null | undefined,
  ): Promise<Grant> {
    const grant = await this.#grantOf(boardId, record, token);
    return grant.role !== "owner" && grant.signed?.role === "owner" ? ownerGrant : grant;
  }

  /**
   * The same for whoever comes onto the board. The owner's key is for REST: a page that ran on it
   * would share it as if it were a link.
   *
   * @throws as `authorise`
   */
  async admit(boardId: string, token: string): Promise<BoardGrant> {
    const grant = await this.#grantOf(boardId, await this.get(boardId), token);
    if (grant.role === "owner") throw new BoardError("TOKEN_INVALID");
    return grant;
  }

  async #grantOf(
    boardId: string,
    record: BoardRecord,
    token: string | null | undefined,
  ): Promise<BoardGrant | typeof ownerGrant> {
    if (this.#signedTokens !== null && typeof token === "string" && isSignedToken(token)) {
      const signed = await this.#signedTokens.read(boardId, token);
      return signedGrantOf(record, signed, this.#nowMs());
    }
    const tokenHash = hashOfToken(token);
    const isOwner = isSameHash(record.ownerKeyHash, tokenHash);
    const session = this.#sessions.find(boardId, tokenHash);
    if (isOwner) return ownerGrant;
    if (this.#signedTokens !== null) throw new BoardError("TOKEN_INVALID");
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
   * @throws BoardError as `authorise`, `PASSWORD_WRONG`, `TOO_MANY_REQUESTS` or `LINKS_NOT_USED`
   */
  async enter(
    boardId: string,
    token: string | null,
    { password, address }: { password: string; address: string },
  ): Promise<{ token: string; endMs: number }> {
    this.assertLinksAreUsed();
    const record = await this.get(boardId);
    const link = linkOfToken(record, hashOfToken(token));
    assertLinkIsOpen(link, this.#nowMs());
    if (link.password !== null) {
      await this.passwords.enter(
        { link: `${boardId}/${link.id}`, address },
        password,
        link.password,
      );
    }
    return this.openSession(boardId, link);
  }

  /** @throws BoardError `LINKS_NOT_USED` where boards are opened by signed tokens */
  assertLinksAreUsed(): void {
    if (this.#signedTokens !== null) throw new BoardError("LINKS_NOT_USED");
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
