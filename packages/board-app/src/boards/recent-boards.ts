import { canEdit, isBoardId, isToken, type CreatedBoard, type Role } from "@boardwalk/board-model";
import { z } from "zod";
import { type BrowserStorage, readStored, writeStored } from "../storage/browser-storage.ts";

const storageKey = "boardwalk:boards";
/** Past this many the board that was opened longest ago is forgotten. */
export const maxRecentBoards = 100;

/** Link tokens noted besides the newest of a board; the earliest is forgotten. */
const maxLinkTokens = 99;

const token = z.string().refine(isToken);

const recentBoardSchema = z.object({
  id: z.string().refine(isBoardId),
  name: z.string().max(1_000),
  /** Only for boards made in this browser. */
  ownerKey: token.optional(),
  editToken: token.optional(),
  viewToken: token.optional(),
  /** By link id, of links made in this browser: the server cannot show a token twice. */
  linkTokens: z.record(z.string(), token).optional(),
  lastOpenedAtMs: z.number().int().nonnegative(),
  /** Set while the board is in the trash, as far as this browser knows; null: until when, it does not. */
  deleted: z.object({ goneAtMs: z.number().nullable() }).optional(),
});
export type RecentBoard = z.infer<typeof recentBoardSchema>;

/** The link token that allows most, of those this browser knows. The owner's key opens no page. */
export function bestTokenOf(board: RecentBoard): string | null {
  return board.editToken ?? board.viewToken ?? null;
}

/** The owner's key opens no page, but makes the links that do. */
function isWorthKeeping(board: RecentBoard): boolean {
  return bestTokenOf(board) !== null || board.ownerKey !== undefined;
}

export function roleOf(board: RecentBoard): Role {
  if (board.ownerKey !== undefined) return "owner";
  return board.editToken === undefined ? "view" : "edit";
}

/**
 * The boards opened in this browser, latest first, with the tokens that open them. Shared by all
 * tabs: read again before each change, and followed by its `storage` events.
 */
export class RecentBoards {
  readonly #storage: BrowserStorage | null;
  readonly #listeners = new Set<() => void>();
  #boards: readonly RecentBoard[];
  #isKept: boolean;

  constructor(storage: BrowserStorage | null) {
    this.#storage = storage;
    this.#boards = this.#read();
    this.#isKept = storage !== null;
  }

  get boards(): readonly RecentBoard[] {
    return this.#boards;
  }

  /** False where this browser keeps nothing: the list is then gone with the page. */
  get isKept(): boolean {
    return this.#isKept;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what another tab has written. */
  refresh(): void {
    this.#boards = this.#read();
    this.#notify();
  }

  find(boardId: string): RecentBoard | null {
    return this.#boards.find((board) => board.id === boardId) ?? null;
  }

  rememberCreated(board: CreatedBoard, nowMs: number): void {
    const { id, name, ownerKey, editToken, viewToken } = board;
    const linkTokens = { edit: editToken, view: viewToken };
    this.#put({ id, name, ownerKey, editToken, viewToken, linkTokens, lastOpenedAtMs: nowMs });
  }

  /** Takes over the ownership of a board from a file. */
  rememberOwned(owned: { id: string; name: string; ownerKey: string; nowMs: number }): void {
    const known = this.#readAnew().find(({ id }) => id === owned.id);
    const { id, name, ownerKey } = owned;
    this.#put({ ...known, id, name, ownerKey, lastOpenedAtMs: owned.nowMs });
  }

  /** Notes the token of a link made here. */
  rememberLink(boardId: string, linkId: string, linkToken: string): void {
    const board = this.#readAnew().find(({ id }) => id === boardId);
    if (board === undefined) return;
    const known = Object.entries(board.linkTokens ?? {}).filter(([id]) => id !== linkId);
    const linkTokens = Object.fromEntries([[linkId, linkToken], ...known.slice(0, maxLinkTokens)]);
    this.#put({ ...board, linkTokens });
  }

  /** Notes that a board was opened; what was known of it before and is not said now stays. */
  rememberOpened(opened: {
    id: string;
    name: string;
    token: string;
    role: Role;
    nowMs: number;
  }): void {
    const known = this.#readAnew().find((board) => board.id === opened.id);
    const { id, name, role } = opened;
    this.#put({
      ...known,
      deleted: undefined,
      id,
      name,
      ...(opened.token === known?.ownerKey
        ? {}
        : canEdit(role)
          ? { editToken: opened.token }
          : { viewToken: opened.token }),
      lastOpenedAtMs: opened.nowMs,
    });
  }

  /** Notes that a board on the list is in the trash, and until when, where that is known. */
  rememberDeleted(boardId: string, goneAtMs: number | null): void {
    const board = this.#readAnew().find(({ id }) => id === boardId);
    if (board === undefined) return;
    this.#put({ ...board, deleted: { goneAtMs: goneAtMs ?? board.deleted?.goneAtMs ?? null } });
  }

  /** Notes that a board was taken back from the trash. */
  rememberUndeleted(boardId: string): void {
    const board = this.#readAnew().find(({ id }) => id === boardId);
    if (board !== undefined) this.#put({ ...board, deleted: undefined });
  }

  /** Forgets a token the server no longer takes, and the board when no other is left. */
  forgetToken(boardId: string, refused: string): void {
    const board = this.#readAnew().find(({ id }) => id === boardId);
    if (board === undefined) return;
    const { editToken, viewToken, ...rest } = board;
    const left: RecentBoard = {
      ...rest,
      ...(editToken === undefined || editToken === refused ? {} : { editToken }),
      ...(viewToken === undefined || viewToken === refused ? {} : { viewToken }),
    };
    const others = this.#boards.filter(({ id }) => id !== boardId);
    this.#write(isWorthKeeping(left) ? sorted([left, ...others]) : others);
  }

  forget(boardId: string): void {
    this.#write(this.#readAnew().filter(({ id }) => id !== boardId));
  }

  /** Puts back what `forget` took away. */
  restore(board: RecentBoard): void {
    this.#put(board);
  }

  #put(board: RecentBoard): void {
    const others = this.#readAnew().filter(({ id }) => id !== board.id);
    this.#write(sorted([board, ...others]).slice(0, maxRecentBoards));
  }

  #write(boards: readonly RecentBoard[]): void {
    this.#boards = boards;
    this.#isKept = writeStored(this.#storage, storageKey, boards);
    this.#notify();
  }

  /** Another tab may have written since; without storage, memory is all there is. */
  #readAnew(): readonly RecentBoard[] {
    if (this.#isKept) this.#boards = this.#read();
    return this.#boards;
  }

  #read(): readonly RecentBoard[] {
    const stored = readStored(this.#storage, storageKey);
    if (!Array.isArray(stored)) return [];
    // Entry by entry: one that makes no sense must not take the others with it.
    const boards = stored.flatMap((entry) => {
      const parsed = recentBoardSchema.safeParse(entry);
      return parsed.success && isWorthKeeping(parsed.data) ? [parsed.data] : [];
    });
    return sorted(boards).slice(0, maxRecentBoards);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function sorted(boards: readonly RecentBoard[]): RecentBoard[] {
  return boards.toSorted((a, b) => b.lastOpenedAtMs - a.lastOpenedAtMs);
}
