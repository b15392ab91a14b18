import type { Logger } from "pino";
import type { UnfinishedImports } from "../archive/unfinished-imports.ts";
import type { StoredFiles } from "../boards/stored-files.ts";
import type { Trash } from "../boards/trash.ts";
import type { SyncHost } from "../sync/sync-host.ts";
import type { UnusedFiles } from "./unused-files.ts";
import type { UpkeepMetrics } from "./upkeep-metrics.ts";

/** How often the trash is looked through. */
const sweepIntervalMs = 60 * 60_000;
/** Boards that are still being closed are looked at again soon. */
const postponedSweepMs = 1_000;

/** From the start, and from one time to the next, that files of no use are looked for. */
const firstCollectionMs = 10 * 60_000;
const collectionIntervalMs = 24 * 60 * 60_000;
/** A file without a board stays this long after it was last put. */
const unusedFileGraceMs = 24 * 60 * 60_000;

export type UpkeepOptions = {
  trash: Trash;
  imports: UnfinishedImports;
  unused: UnusedFiles;
  files: StoredFiles;
  syncHost: SyncHost;
  metrics: UpkeepMetrics;
  logger: Logger;
};

/**
 * What is done in the background: removing boards whose time in the trash is over and what imports
 * have left that were cut short; and at other times files that boards do not show any more, and
 * files that no board has. What is cut short is done the next time.
 */
export class Upkeep {
  readonly #trash: Trash;
  readonly #imports: UnfinishedImports;
  readonly #unused: UnusedFiles;
  readonly #files: StoredFiles;
  readonly #syncHost: SyncHost;
  readonly #metrics: UpkeepMetrics;
  readonly #logger: Logger;
  #work: Promise<void> = Promise.resolve();
  #collecting: Promise<void> = Promise.resolve();
  #sweepTimer: NodeJS.Timeout | null = null;
  #collectTimer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor({ trash, imports, unused, files, syncHost, metrics, logger }: UpkeepOptions) {
    this.#trash = trash;
    this.#imports = imports;
    this.#unused = unused;
    this.#files = files;
    this.#syncHost = syncHost;
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** Begins, and goes on until `close`. */
  start(): void {
    this.#sweepLater(postponedSweepMs);
    this.#collectLater(firstCollectionMs);
  }

  /** Looks through the trash at once, as after a deletion that leaves no time to take it back. */
  sweepSoon(): void {
    this.#sweepLater(0);
  }

  #sweepLater(delayMs: number): void {
    if (this.#isClosed) return;
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
    this.#sweepTimer = setTimeout(() => {
      this.#work = this.#work.then(async () => {
        const postponed = await this.sweep();
        await this.#removeImports();
        this.#sweepLater(postponed > 0 ? postponedSweepMs : sweepIntervalMs);
      });
    }, delayMs).unref();
  }

  #collectLater(delayMs: number): void {
    if (this.#isClosed) return;
    this.#collectTimer = setTimeout(() => {
      // The trash does not wait for it: everything there is may have to be read.
      this.#collecting = this.#collect().then(() => this.#collectLater(collectionIntervalMs));
    }, delayMs).unref();
  }

  async #removeImports(): Promise<void> {
    try {
      const removed = await this.#imports.removeOld(() => this.#isClosed);
      this.#metrics.removedImports.inc(removed);
    } catch (err) {
      this.#metrics.failures.inc({ work: "imports" });
      this.#logger.error({ err }, "an import that was cut short could not be removed");
    }
  }

  async #collect(): Promise<void> {
    try {
      const removed = await this.#unused.collect(() => this.#isClosed);
      this.#metrics.removedBoardFiles.inc(removed);
      if (removed > 0) this.#logger.info({ removed }, "files that nothing shows were removed");
    } catch (err) {
      // Closing gives up the document that is being read.
      if (this.#isClosed) return;
      this.#metrics.failures.inc({ work: "unused" });
      this.#logger.error({ err }, "unused files of boards were all left where they are");
    }
    try {
      const sinceMs = Date.now() - unusedFileGraceMs;
      const removed = await this.#files.removeUnused(sinceMs, () => this.#isClosed);
      this.#metrics.removedAssets.inc(removed);
    } catch (err) {
      this.#metrics.failures.inc({ work: "collect" });
      this.#logger.error({ err }, "files without a board could not be removed; tried again later");
    }
  }

  /** Removes the boards whose time is over; answers how many of them are still in use. */
  async sweep(): Promise<number> {
    let postponed = 0;
    try {
      for await (const boardId of this.#trash.expired()) {
        if (this.#isClosed) break;
        // Whatever it still has to write would bring its document back.
        if (this.#syncHost.isOpen(boardId)) postponed++;
        else {
          await this.#trash.remove(boardId);
          this.#metrics.removedBoards.inc();
          this.#logger.info({ board: boardId }, "a deleted board was removed");
        }
      }
    } catch (err) {
      this.#metrics.failures.inc({ work: "sweep" });
      this.#logger.error({ err }, "the trash could not be emptied; it is tried again later");
    }
    return postponed;
  }

  /** Stops before the next board or document. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
    if (this.#collectTimer !== null) clearTimeout(this.#collectTimer);
    await this.#unused.close();
    await Promise.all([this.#work, this.#collecting]);
  }
}
