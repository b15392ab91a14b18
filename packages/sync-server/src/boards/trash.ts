import type { Store } from "@boardwalk/persistence";
import { noLongerOwed } from "../history/owed-versions.ts";
import { BoardError } from "./board-error.ts";
import { boardRecordKey, encodeBoardRecord } from "./board-record.ts";
import type { Boards } from "./boards.ts";
import {
  decodeTrashRecord,
  encodeTrashRecord,
  trashKey,
  trashPrefix,
  type TrashRecord,
} from "./trash-record.ts";

export type Deletion = { readonly deletedAt: string; readonly goneAt: string };

/** Deleted boards, which nobody can open and their owner can take back for a while. */
export class Trash {
  readonly #store: Store;
  readonly #boards: Boards;
  readonly #keptMs: number;
  readonly #nowMs: () => number;

  constructor(options: { store: Store; boards: Boards; keptMs: number; nowMs?: () => number }) {
    this.#store = options.store;
    this.#boards = options.boards;
    this.#keptMs = options.keptMs;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /**
   * Moves a board to the trash. Resolves when that is durable and everyone has been put out.
   *
   * @throws BoardError `BOARD_DELETED` or `BOARD_NOT_FOUND`
   */
  async delete(boardId: string): Promise<Deletion> {
    return this.#boards.inTurn(boardId, async () => {
      const board = await this.#boards.get(boardId);
      const nowMs = this.#nowMs();
      const record: TrashRecord = {
        formatVersion: 1,
        deletedAt: new Date(nowMs).toISOString(),
        goneAt: new Date(nowMs + this.#keptMs).toISOString(),
        isGoing: false,
        board,
      };
      await this.#store.commit([
        { type: "put", key: trashKey(boardId), value: encodeTrashRecord(record) },
        { type: "delete", key: boardRecordKey(boardId) },
      ]);
      this.#boards.tell({ kind: "deleted", boardId });
      return record;
    });
  }

  /**
   * What the owner of a deleted board is told of it: who has its key, or a signed token that says so.
   *
   * @throws BoardError `BOARD_DELETED` for everyone else, `BOARD_NOT_FOUND`; KeysUnavailableError
   */
  async find(boardId: string, token: string | null): Promise<Deletion> {
    return this.#owned(boardId, token);
  }

  /**
   * Takes a board back as it was.
   *
   * @throws BoardError `BOARD_DELETED` when it is not its owner who asks, or its time is over;
   *   `BOARD_NOT_FOUND`; KeysUnavailableError
   */
  async takeBack(boardId: string, token: string | null): Promise<void> {
    await this.#boards.inTurn(boardId, async () => {
      const { board, isGoing, goneAt } = await this.#owned(boardId, token);
      if (isGoing || Date.parse(goneAt) <= this.#nowMs()) throw new BoardError("BOARD_DELETED");
      await this.#store.commit([
        { type: "put", key: boardRecordKey(boardId), value: encodeBoardRecord(board) },
        { type: "delete", key: trashKey(boardId) },
      ]);
      this.#boards.tell({ kind: "changed", boardId, record: board, removal: null });
    });
  }

  async #owned(boardId: string, token: string | null): Promise<TrashRecord> {
    const record = await this.#read(boardId);
    if (record === null) throw new BoardError("BOARD_NOT_FOUND");
    try {
      const { role } = await this.#boards.authoriseOn(boardId, record.board, token);
      if (role === "owner") return record;
    } catch (error) {
      if (!(error instanceof BoardError)) throw error;
    }
    throw new BoardError("BOARD_DELETED");
  }

  async #read(boardId: string): Promise<TrashRecord | null> {
    const key = trashKey(boardId);
    const bytes = await this.#store.records.get(key);
    return bytes === null ? null : decodeTrashRecord(key, bytes);
  }

  /** The boards whose time is over. */
  async *expired(): AsyncGenerator<string, void, undefined> {
    for await (const [key, bytes] of this.#store.records.entries(trashPrefix)) {
      const { isGoing, goneAt } = decodeTrashRecord(key, bytes);
      if (isGoing || Date.parse(goneAt) <= this.#nowMs()) yield key.slice(trashPrefix.length);
    }
  }

  /**
   * Removes a board whose time is over: document, versions, and what else is kept of it but its
   * files, which other boards may show; `UnusedFiles` finds out. Cut short at any point, it goes on
   * from there the next time. To be called while the board is not open.
   */
  async remove(boardId: string): Promise<void> {
    await this.#boards.inTurn(boardId, async () => {
      const record = await this.#read(boardId);
      if (record === null) return;
      if (!record.isGoing) {
        if (Date.parse(record.goneAt) > this.#nowMs()) return;
        // From here on there is no way back, also if the time is changed between two starts.
        const value = encodeTrashRecord({ ...record, isGoing: true });
        await this.#store.commit([{ type: "put", key: trashKey(boardId), value }]);
      }
      await this.#store.updates.delete(boardId);
      await this.#boards.use.forget(boardId);
      await this.#store.commit([noLongerOwed(boardId), { type: "delete", key: trashKey(boardId) }]);
    });
  }
}
