import { describe, expect, it } from "vitest";
import { bestTokenOf, maxRecentBoards, RecentBoards, roleOf } from "./recent-boards.ts";

const storageKey = "boardwalk:boards";
const edit = "e".repeat(43);
const view = "v".repeat(43);
const owner = "o".repeat(43);
const boardId = (number: number) => String(number).padStart(22, "0");

function memoryStorage(entries: Record<string, string> = {}) {
  const values = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

const created = {
  id: boardId(1),
  name: "Plan",
  ownerKey: owner,
  editToken: edit,
  viewToken: view,
  editUrl: "",
  viewUrl: "",
};

describe("recent boards", () => {
  it("keeps the key and both tokens of a board made here", () => {
    const storage = memoryStorage();
    new RecentBoards(storage).rememberCreated(created, 5);
    const [board] = new RecentBoards(storage).boards;
    expect(board).toEqual({
      id: boardId(1),
      name: "Plan",
      ownerKey: owner,
      editToken: edit,
      viewToken: view,
      linkTokens: { edit, view },
      lastOpenedAtMs: 5,
    });
    expect(board && roleOf(board)).toBe("owner");
  });

  it("keeps a board that is owned here when no link to it is left", () => {
    const storage = memoryStorage();
    const boards = new RecentBoards(storage);
    boards.rememberCreated(created, 5);
    boards.forgetToken(boardId(1), edit);
    boards.forgetToken(boardId(1), view);
    expect(new RecentBoards(storage).find(boardId(1))).toMatchObject({ ownerKey: owner });
    expect(boards.find(boardId(1))?.editToken).toBeUndefined();
  });

  it("takes ownership over from a file, and keeps what it knew", () => {
    const boards = new RecentBoards(memoryStorage());
    boards.rememberOpened({ id: boardId(1), name: "Plan", token: edit, role: "edit", nowMs: 1 });
    boards.rememberOwned({ id: boardId(1), name: "Plan", ownerKey: owner, nowMs: 2 });
    expect(boards.find(boardId(1))).toMatchObject({ ownerKey: owner, editToken: edit });
    boards.rememberLink(boardId(1), "link", view);
    expect(boards.find(boardId(1))?.linkTokens).toEqual({ link: view });
  });

  it("keeps the better right when the same board is opened by a view link", () => {
    const boards = new RecentBoards(memoryStorage());
    boards.rememberOpened({ id: boardId(1), name: "Plan", token: edit, role: "edit", nowMs: 1 });
    boards.rememberOpened({ id: boardId(1), name: "Plan B", token: view, role: "view", nowMs: 2 });
    const board = boards.find(boardId(1));
    expect(board).toMatchObject({ name: "Plan B", editToken: edit, viewToken: view });
    expect(board && bestTokenOf(board)).toBe(edit);
    expect(board && roleOf(board)).toBe("edit");
  });

  it("never takes the owner's key for an edit link", () => {
    const boards = new RecentBoards(memoryStorage());
    boards.rememberCreated(created, 1);
    boards.rememberOpened({ id: boardId(1), name: "Plan", token: owner, role: "edit", nowMs: 2 });
    expect(boards.find(boardId(1))?.editToken).toBe(edit);
  });

  it("lists the latest first and no more than its limit", () => {
    const boards = new RecentBoards(memoryStorage());
    for (let number = 0; number < maxRecentBoards + 5; number++) {
      const opened = { id: boardId(number), name: "", token: edit, role: "edit" } as const;
      boards.rememberOpened({ ...opened, nowMs: number });
    }
    expect(boards.boards).toHaveLength(maxRecentBoards);
    expect(boards.boards[0]?.id).toBe(boardId(maxRecentBoards + 4));
    expect(boards.find(boardId(4))).toBeNull();
    expect(boards.find(boardId(5))).not.toBeNull();
  });

  it("forgets a board, and puts it back", () => {
    const storage = memoryStorage();
    const boards = new RecentBoards(storage);
    boards.rememberCreated(created, 1);
    const board = boards.find(boardId(1));
    boards.forget(boardId(1));
    expect(new RecentBoards(storage).boards).toEqual([]);
    if (board !== null) boards.restore(board);
    expect(new RecentBoards(storage).find(boardId(1))).toEqual(board);
  });

  it("forgets a refused token, and the board with the last one", () => {
    const boards = new RecentBoards(memoryStorage());
    boards.rememberOpened({ id: boardId(1), name: "", token: edit, role: "edit", nowMs: 1 });
    boards.rememberOpened({ id: boardId(1), name: "", token: view, role: "view", nowMs: 1 });
    boards.forgetToken(boardId(1), edit);
    expect(boards.find(boardId(1))?.editToken).toBeUndefined();
    boards.forgetToken(boardId(1), view);
    expect(boards.find(boardId(1))).toBeNull();
  });

  it("notes that a board is in the trash until it is opened or taken back", () => {
    const storage = memoryStorage();
    const boards = new RecentBoards(storage);
    boards.rememberCreated(created, 1);
    boards.rememberDeleted(boardId(1), 5_000);
    // Whoever only finds it deleted does not know until when.
    boards.rememberDeleted(boardId(1), null);
    expect(new RecentBoards(storage).find(boardId(1))?.deleted).toEqual({ goneAtMs: 5_000 });
    boards.rememberUndeleted(boardId(1));
    expect(new RecentBoards(storage).find(boardId(1))?.deleted).toBeUndefined();
    expect(boards.find(boardId(1))?.ownerKey).toBe(owner);
    boards.rememberDeleted(boardId(1), null);
    boards.rememberOpened({ id: boardId(1), name: "", token: edit, role: "edit", nowMs: 2 });
    expect(new RecentBoards(storage).find(boardId(1))?.deleted).toBeUndefined();
    boards.rememberDeleted(boardId(2), 5_000);
    expect(boards.find(boardId(2))).toBeNull();
  });

  it("does not undo what another tab has written", () => {
    const storage = memoryStorage();
    const here = new RecentBoards(storage);
    const there = new RecentBoards(storage);
    there.rememberOpened({ id: boardId(2), name: "", token: edit, role: "edit", nowMs: 1 });
    here.rememberOpened({ id: boardId(3), name: "", token: edit, role: "edit", nowMs: 2 });
    expect(here.boards.map(({ id }) => id)).toEqual([boardId(3), boardId(2)]);
  });

  it("drops entries that make no sense and keeps the others", () => {
    const good = { id: boardId(1), name: "Good", viewToken: view, lastOpenedAtMs: 3 };
    const stored = JSON.stringify([
      null,
      good,
      { ...good, id: "../../etc" },
      { ...good, id: boardId(2), viewToken: "javascript:alert(1)" },
      { ...good, id: boardId(3), viewToken: undefined },
    ]);
    expect(new RecentBoards(memoryStorage({ [storageKey]: stored })).boards).toEqual([good]);
    expect(new RecentBoards(memoryStorage({ [storageKey]: "{not json" })).boards).toEqual([]);
  });

  it("works from memory, and says so, where nothing can be kept", () => {
    const refusing = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    for (const storage of [null, refusing]) {
      const boards = new RecentBoards(storage);
      boards.rememberCreated(created, 1);
      boards.rememberOpened({ id: boardId(2), name: "", token: edit, role: "edit", nowMs: 2 });
      expect(boards.boards.map(({ id }) => id)).toEqual([boardId(2), boardId(1)]);
      expect(boards.isKept).toBe(false);
    }
  });
});
