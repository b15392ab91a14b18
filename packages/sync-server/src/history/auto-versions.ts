import type { Logger } from "pino";
import type { LiveBoard, WorkListener } from "../sync/live-board.ts";
import type { SyncChannel } from "../sync/sync-channel.ts";

/** Editing time after which a version is kept. */
export const editingTimeMs = 10 * 60_000;
/** Of a pause between two changes no more than this counts as editing time. */
export const longestPauseMs = 60_000;
/** From when the last editor leaves to the version: a page that is loaded again is no end. */
export const settleMs = 60_000;

export type BoardCount = { readonly shapes: number; readonly pages: number };

/** What has been done on a board since its last version. */
type Work = {
  editedMs: number;
  /** null: nothing but what a version was restored by. */
  lastEditMs: number | null;
  /**
   * Those who are still here, with the name they showed when they began: who leaves in good order
   * shows nothing any more at the end.
   */
  readonly editors: Map<SyncChannel, { readonly board: LiveBoard; readonly name: string | null }>;
  /** Those who have left, or asked for a version to be restored. */
  readonly names: Set<string>;
  /** Set when the last editor has left. */
  settling: { readonly timer: NodeJS.Timeout; readonly count: BoardCount } | null;
};

/** Keeps a version by itself; `count` is of a board that may not be open any more. */
export type KeepVersion = (boardId: string, count: BoardCount | null) => Promise<void>;
/** Is told who has worked on a board since its last version, each time that is one more. */
export type NoteWork = (boardId: string, names: readonly string[]) => Promise<void>;

/**
 * When a version is kept without anyone asking: after some time of editing, and when the last
 * editor of a changed board has left.
 */
export class AutoVersions implements WorkListener {
  readonly #keep: KeepVersion;
  readonly #note: NoteWork;
  readonly #nowMs: () => number;
  readonly #logger: Logger;
  /** Boards that were changed since their last version, while people are there and a little after. */
  readonly #work = new Map<string, Work>();
  readonly #started = new Set<Promise<void>>();

  constructor(options: { keep: KeepVersion; note: NoteWork; nowMs: () => number; logger: Logger }) {
    this.#keep = options.keep;
    this.#note = options.note;
    this.#nowMs = options.nowMs;
    this.#logger = options.logger;
  }

  edited(board: LiveBoard, editor: SyncChannel): void {
    const boardId = board.name;
    const work = this.#workOn(boardId);
    const nowMs = this.#nowMs();
    const sinceMs = nowMs - (work.lastEditMs ?? nowMs);
    work.editedMs += Math.min(Math.max(sinceMs, 0), longestPauseMs);
    work.lastEditMs = nowMs;
    if (!work.editors.has(editor)) {
      work.editors.set(editor, { board, name: board.presenceOf(editor)?.name ?? null });
      this.#start(boardId, this.#note(boardId, this.#namesOf(work)), "work was not noted");
    }
    stopSettling(work);
    if (work.editedMs < editingTimeMs) return;
    work.editedMs = 0;
    this.#startVersion(boardId, null);
  }

  left(board: LiveBoard, channel: SyncChannel): void {
    const boardId = board.name;
    const work = this.#work.get(boardId);
    if (work === undefined) return;
    const name = this.#nameOf(work, channel);
    if (name !== null) work.names.add(name);
    const wasEditor = work.editors.delete(channel);
    if (board.hasEditors || (work.settling !== null && !wasEditor)) return;
    if (work.lastEditMs === null) {
      this.#work.delete(boardId);
      return;
    }
    stopSettling(work);
    const count = board.count();
    const timer = setTimeout(() => this.#startVersion(boardId, count), settleMs).unref();
    work.settling = { timer, count };
  }

  /** Someone on the board has changed it by a request, to what is kept already. */
  note(board: LiveBoard, name: string): void {
    if (board.hasEditors) this.#workOn(board.name).names.add(name);
  }

  /** A version is being kept: the names of those whose work is in it. What comes now is new work. */
  take(boardId: string): string[] {
    const work = this.#work.get(boardId);
    if (work === undefined) return [];
    stopSettling(work);
    this.#work.delete(boardId);
    return this.#namesOf(work);
  }

  /** Whether something has been done since the last version. */
  isWorkedOn(boardId: string): boolean {
    return this.#work.has(boardId);
  }

  #namesOf(work: Work): string[] {
    const here = [...work.editors.keys()].map((channel) => this.#nameOf(work, channel));
    return [...new Set([...work.names, ...here.filter((name) => name !== null)])];
  }

  /** As someone who has edited calls themselves now, or did. */
  #nameOf({ editors }: Work, channel: SyncChannel): string | null {
    const editor = editors.get(channel);
    if (editor === undefined) return null;
    return editor.board.presenceOf(channel)?.name ?? editor.name;
  }

  /** The version could not be kept: the next one tells of their work. */
  giveBack(boardId: string, names: readonly string[]): void {
    const work = this.#workOn(boardId);
    for (const name of names) work.names.add(name);
    work.lastEditMs ??= this.#nowMs();
  }

  #workOn(boardId: string): Work {
    let work = this.#work.get(boardId);
    if (work === undefined) {
      const nobody = { editors: new Map(), names: new Set<string>() };
      work = { editedMs: 0, lastEditMs: null, ...nobody, settling: null };
      this.#work.set(boardId, work);
    }
    return work;
  }

  #startVersion(boardId: string, count: BoardCount | null): void {
    const keeping = this.#keep(boardId, count).catch((error: unknown) => {
      // The board itself is on disk; the next occasion tries again.
      if (count !== null) this.#work.delete(boardId);
      throw error;
    });
    this.#start(boardId, keeping, "a version could not be kept");
  }

  #start(boardId: string, work: Promise<void>, failure: string): void {
    const started = work
      .catch((err: unknown) => this.#logger.warn({ board: boardId, err }, failure))
      .finally(() => this.#started.delete(started));
    this.#started.add(started);
  }

  /** Keeps at once what would be kept in a moment. To be called when nobody is there any more. */
  async close(): Promise<void> {
    for (const [boardId, { settling }] of Array.from(this.#work)) {
      if (settling !== null) this.#startVersion(boardId, settling.count);
    }
    await Promise.all(this.#started);
  }
}

function stopSettling(work: Work): void {
  if (work.settling !== null) clearTimeout(work.settling.timer);
  work.settling = null;
}
