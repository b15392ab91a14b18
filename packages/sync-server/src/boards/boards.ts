import { isBoardId, isToken, seedUpdate, viewTokenOf } from "@boardwalk/board-model";
import type { Role } from "@boardwalk/board-model";
import type { Store } from "@boardwalk/persistence";
import { BoardError } from "./board-error.ts";
import { boardRecordKey, decodeBoardRecord, encodeBoardRecord } from "./board-record.ts";
import type { BoardRecord } from "./board-record.ts";
import { hashOf, isSameHash, newBoardId, newToken } from "./secret.ts";

export const defaultBoardName = "Untitled board";

/** A board just made. Its secrets are in here only: the server keeps their hashes. */
export type NewBoard = {
  readonly id: string;
  readonly name: string;
  readonly ownerKey: string;
  readonly editToken: string;
  readonly viewToken: string;
};

/** What a token allows on one board, and by which link. */
export type Grant = { readonly role: Role; readonly linkId: string };

const ownerGrant: Grant = { role: "owner", linkId: "owner" };

/** The boards of this server and who may open them. */
export class Boards {
  readonly #store: Store;

  constructor({ store }: { store: Store }) {
    this.#store = store;
  }

  /** Makes a board with one edit and one view link; resolves when it is durable. */
  async create(name: string = defaultBoardName): Promise<NewBoard> {
    const id = newBoardId();
    const ownerKey = newToken();
    const editToken = newToken();
    const viewToken = viewTokenOf(editToken);
    const createdAt = new Date().toISOString();
    const record: BoardRecord = {
      formatVersion: 1,
      createdAt,
      ownerKeyHash: hashOf(ownerKey),
      links: [
        { id: "edit", role: "edit", tokenHash: hashOf(editToken), createdAt },
        { id: "view", role: "view", tokenHash: hashOf(viewToken), createdAt },
      ],
    };
    // One commit, so that there is never a board without its first page or a page without a board.
    await this.#store.commit([
      { type: "put", key: boardRecordKey(id), value: encodeBoardRecord(record) },
      { type: "append", name: id, update: seedUpdate(name) },
    ]);
    return { id, name, ownerKey, editToken, viewToken };
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
   * What the bearer of `token` may do on a board.
   *
   * @throws BoardError `BOARD_NOT_FOUND`, `TOKEN_MISSING` or `TOKEN_INVALID`
   */
  async authorise(boardId: string, token: string | null | undefined): Promise<Grant> {
    const record = await this.get(boardId);
    if (token === null || token === undefined || token === "") {
      throw new BoardError("TOKEN_MISSING");
    }
    const grant = isToken(token) ? grantOf(record, hashOf(token)) : null;
    if (grant === null) throw new BoardError("TOKEN_INVALID");
    return grant;
  }
}

/** Compares with the owner's key and every link, whichever matches, so that time tells nothing. */
function grantOf(record: BoardRecord, tokenHash: string): Grant | null {
  let grant = isSameHash(record.ownerKeyHash, tokenHash) ? ownerGrant : null;
  for (const link of record.links) {
    if (isSameHash(link.tokenHash, tokenHash)) grant = { role: link.role, linkId: link.id };
  }
  return grant;
}
