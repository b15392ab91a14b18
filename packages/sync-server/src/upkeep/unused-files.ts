import type { ShownFile } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import { addingOf, removalOf, type BoardAsset, type BoardAssets } from "../boards/board-assets.ts";
import type { Boards } from "../boards/boards.ts";
import { DocumentThread } from "../history/document-thread.ts";

/** A file that nothing shows stays this long after it was first found so. */
export const unusedGraceMs = 7 * 24 * 60 * 60_000;
/** Files looked at together; their ids are in memory, and for each such lot everything is read. */
const filesAtOnce = 50_000;
/** Changes to the files of a board in one commit. */
const changesPerCommit = 500;

type BoardFile = BoardAsset & ShownFile;

export type UnusedFilesOptions = {
  store: Store;
  boards: Boards;
  assets: BoardAssets;
  nowMs?: () => number;
};

/**
 * Takes off boards the files that no document and no version of any board shows: a picture that is
 * pasted into another board is still the first one's file. Their bytes are those of no board then.
 */
export class UnusedFiles {
  readonly #store: Store;
  readonly #boards: Boards;
  readonly #assets: BoardAssets;
  readonly #nowMs: () => number;
  readonly #thread = new DocumentThread();

  constructor({ store, boards, assets, nowMs = Date.now }: UnusedFilesOptions) {
    this.#store = store;
    this.#boards = boards;
    this.#assets = assets;
    this.#nowMs = nowMs;
  }

  /**
   * Removes the files that were found unused one grace before, and notes those that are unused
   * now; answers how many were removed. Rejects, and changes nothing, when a document or a version
   * cannot be read as a whole: it might show any of them.
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
    for await (const [subject, updates] of this.#contents(() => unshown.size === 0)) {
      if (isStopped()) return 0;
      for (const shown of await this.#shownIn(subject, updates)) unshown.delete(idOf(shown));
    }
    if (this.#store.stats().damagedEntries > damagedEntries) {
      throw new Error("Something is damaged that may have shown files.");
    }
    const isDue = (file: BoardFile): boolean => {
      const { unusedSince } = file;
      if (!unshown.has(idOf(file))) return unusedSince !== undefined;
      return unusedSince === undefined || Date.parse(unusedSince) + unusedGraceMs <= startedMs;
    };
    let removed = 0;
    for (const ofBoard of lotsByBoard(files.filter(isDue))) {
      if (isStopped()) break;
      removed += await this.#settle(ofBoard, unshown);
    }
    return removed;
  }

  /** Every document, and then every version, one at a time. */
  async *#contents(
    isEnough: () => boolean,
  ): AsyncGenerator<[subject: string, updates: readonly Uint8Array[]]> {
    const { updates, versions } = this.#store;
    for await (const name of updates.names()) {
      if (isEnough()) return;
      const stored = await updates.load(name);
      if (stored === null) continue;
      const subject = `document ${name}`;
      if (stored.damage !== null) throw unreadable(subject);
      const { snapshot } = stored;
      yield [subject, snapshot === null ? stored.updates : [snapshot, ...stored.updates]];
    }
    for await (const name of updates.names()) {
      if (isEnough()) return;
      for (const { id } of await versions.list(name)) {
        const version = await versions.load(name, id);
        // Thinned out meanwhile.
        if (version !== null) yield [`version ${id} of document ${name}`, [version]];
      }
    }
  }

  async #shownIn(subject: string, updates: readonly Uint8Array[]): Promise<ShownFile[]> {
    const shown = await this.#thread.shown(updates).catch((cause: unknown) => {
      throw unreadable(subject, cause);
    });
    if (shown === null) throw unreadable(subject);
    return shown;
  }

  /** Notes what has been found of files of one board, and removes those whose time is over. */
  async #settle({ boardId, files }: BoardFiles, unshown: ReadonlySet<string>): Promise<number> {
    // In turn with uploads to the board, and with its own removal.
    return this.#boards.inTurn(boardId, async () => {
      const operations: Operation[] = [];
      let removed = 0;
      for (const file of files) {
        const { sha256, unusedSince } = file;
        const current = await this.#assets.find(boardId, sha256);
        // Gone with its board, or uploaded again.
        if (current === null || current.unusedSince !== unusedSince) continue;
        const asset = { mimeType: current.mimeType, bytes: current.bytes };
        if (!unshown.has(idOf(file))) operations.push(addingOf(boardId, sha256, asset));
        else if (unusedSince === undefined) {
          const since = new Date(this.#nowMs()).toISOString();
          operations.push(addingOf(boardId, sha256, { ...asset, unusedSince: since }));
        } else {
          operations.push(removalOf(boardId, sha256));
          removed++;
        }
      }
      if (operations.length > 0) await this.#store.commit(operations);
      return removed;
    });
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

function unreadable(subject: string, cause?: unknown): Error {
  return new Error(`What files the ${subject} shows cannot be told.`, { cause });
}
