import type { ShownFile } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import type { Logger } from "pino";
import { addingOf, removalOf, type BoardAsset, type BoardAssets } from "../boards/board-assets.ts";
import { BoardError } from "../boards/board-error.ts";
import type { Boards } from "../boards/boards.ts";
import { DocumentThread } from "../history/document-thread.ts";

/** A file that nothing shows stays this long after it was first found so. */
export const unusedGraceMs = 7 * 24 * 60 * 60_000;
/** The same of a board that is gone for good: what it alone showed is to go soon after it. */
export const goneGraceMs = 24 * 60 * 60_000;
/** Files looked at together; their ids are in memory, and for each such lot everything is read. */
const filesAtOnce = 50_000;
/** Changes to the files of a board in one commit. */
const changesPerCommit = 500;

type BoardFile = BoardAsset & ShownFile;

export type UnusedFilesOptions = {
  store: Store;
  boards: Boards;
  assets: BoardAssets;
  logger: Logger;
  nowMs?: () => number;
};

/** A document or a version of one. */
type Content = {
  readonly name: string;
  readonly subject: string;
  readonly updates: readonly Uint8Array[];
};

/**
 * Takes off boards the files that no document and no version of any board shows: a picture that is
 * pasted into another board is still the first one's file. Their bytes are those of no board then.
 */
export class UnusedFiles {
  readonly #store: Store;
  readonly #boards: Boards;
  readonly #assets: BoardAssets;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #thread = new DocumentThread();

  constructor({ store, boards, assets, logger, nowMs = Date.now }: UnusedFilesOptions) {
    this.#store = store;
    this.#boards = boards;
    this.#assets = assets;
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  /**
   * Removes the files that were found unused one grace before, and notes those that are unused
   * now; answers how many were removed. A document or a version that cannot be understood holds the
   * files of its board, and those that its bytes mention. Rejects, and changes nothing, when bytes
   * of one are lost: they might have shown any of them.
   */
  async collect(isStopped: () => boolean): Promise<number> {
    let removed = 0;
    let files: BoardFile[] = [];
    for await (const file of this.#assets.listAll()) {
      files.push(file);
      if (files.length < filesAtOnce) continue;
      removed += await this.#collectOf(files, isStopped);
      files = [];
    }
    return removed + (await this.#collectOf(files, isStopped));
  }

  async #collectOf(files: readonly BoardFile[], isStopped: () => boolean): Promise<number> {
    const startedMs = this.#nowMs();
    const unshown = new Set(files.map(idOf));
    const { damagedEntries } = this.#store.stats();
    for await (const content of this.#contents(() => unshown.size === 0)) {
      if (isStopped()) return 0;
      await this.#takeShown(content, unshown);
    }
    if (this.#store.stats().damagedEntries > damagedEntries) {
      throw new Error("Something is damaged that may have shown files.");
    }
    const isDue = (file: BoardFile): boolean => {
      if (!unshown.has(idOf(file))) return file.unusedSince !== undefined;
      return file.unusedSince === undefined || isOver(file, goneGraceMs, startedMs);
    };
    let removed = 0;
    for (const ofBoard of lotsByBoard(files.filter(isDue))) {
      if (isStopped()) break;
      removed += await this.#settle(ofBoard, unshown, startedMs);
    }
    return removed;
  }

  /** Every document, and then every version, one at a time. */
  async *#contents(isEnough: () => boolean): AsyncGenerator<Content> {
    const { updates, versions } = this.#store;
    for await (const name of updates.names()) {
      if (isEnough()) return;
      const stored = await updates.load(name);
      if (stored === null) continue;
      const subject = `document ${name}`;
      if (stored.damage !== null) throw new Error(`The ${subject} is damaged.`);
      const { snapshot } = stored;
      const all = snapshot === null ? stored.updates : [snapshot, ...stored.updates];
      yield { name, subject, updates: all };
    }
    for await (const name of updates.names()) {
      if (isEnough()) return;
      for (const { id } of await versions.list(name)) {
        const version = await versions.load(name, id);
        // Thinned out meanwhile.
        if (version === null) continue;
        yield { name, subject: `version ${id} of document ${name}`, updates: [version] };
      }
    }
  }

  /** Takes from `unshown` what something shows. */
  async #takeShown({ name, subject, updates }: Content, unshown: Set<string>): Promise<void> {
    let cause: unknown;
    const shown = await this.#thread.shown(updates).catch((error: unknown) => {
      cause = error;
      return null;
    });
    for (const file of shown ?? (await this.#thread.mentioned(updates))) unshown.delete(idOf(file));
    if (shown !== null) return;
    for (const id of unshown) if (id.startsWith(`${name}/`)) unshown.delete(id);
    this.#logger.warn({ err: cause }, `what files the ${subject} shows cannot be told`);
  }

  /** Notes what has been found of files of one board, and removes those whose time is over. */
  async #settle(
    { boardId, files }: BoardFiles,
    unshown: ReadonlySet<string>,
    startedMs: number,
  ): Promise<number> {
    // In turn with uploads to the board, and with its own removal.
    return this.#boards.inTurn(boardId, async () => {
      const graceMs = (await this.#isGone(boardId)) ? goneGraceMs : unusedGraceMs;
      const operations: Operation[] = [];
      let removed = 0;
      for (const file of files) {
        const { sha256, unusedSince } = file;
        const current = await this.#assets.find(boardId, sha256);
        // Uploaded again.
        if (current === null || current.unusedSince !== unusedSince) continue;
        const asset = { mimeType: current.mimeType, bytes: current.bytes };
        if (!unshown.has(idOf(file))) operations.push(addingOf(boardId, sha256, asset));
        else if (unusedSince === undefined) {
          const since = new Date(this.#nowMs()).toISOString();
          operations.push(addingOf(boardId, sha256, { ...asset, unusedSince: since }));
        } else if (isOver(file, graceMs, startedMs)) {
          operations.push(removalOf(boardId, sha256));
          removed++;
        }
      }
      if (operations.length > 0) await this.#store.commit(operations);
      return removed;
    });
  }

  /** Neither there nor in the trash. */
  async #isGone(boardId: string): Promise<boolean> {
    try {
      await this.#boards.get(boardId);
    } catch (error) {
      return error instanceof BoardError && error.code === "BOARD_NOT_FOUND";
    }
    return false;
  }

  /** Gives up what is being looked through. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}

type BoardFiles = { readonly boardId: string; readonly files: BoardFile[] };

/** Files of which those of one board follow each other, as many as go into one commit. */
function* lotsByBoard(files: readonly BoardFile[]): Generator<BoardFiles> {
  let lot: BoardFiles | null = null;
  for (const file of files) {
    if (lot !== null && (lot.boardId !== file.boardId || lot.files.length >= changesPerCommit)) {
      yield lot;
      lot = null;
    }
    lot ??= { boardId: file.boardId, files: [] };
    lot.files.push(file);
  }
  if (lot !== null) yield lot;
}

function idOf({ boardId, sha256 }: ShownFile): string {
  return `${boardId}/${sha256}`;
}

/** Whether a file has been known to be shown nowhere for so long. */
function isOver({ unusedSince }: BoardFile, graceMs: number, atMs: number): boolean {
  return unusedSince !== undefined && Date.parse(unusedSince) + graceMs <= atMs;
}
