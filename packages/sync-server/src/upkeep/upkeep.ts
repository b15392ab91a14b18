import type { Logger } from "pino";
import type { StoredFiles } from "../boards/stored-files.ts";
import type { Trash } from "../boards/trash.ts";
import type { SyncHost } from "../sync/sync-host.ts";
import type { UpkeepMetrics } from "./upkeep-metrics.ts";

/** How often the trash is looked through. */
const sweepIntervalMs = 60 * 60_000;
/** Boards that are still being closed are looked at again soon. */
const postponedSweepMs = 1_000;

/** From the start, and from one time to the next, that files without a board are looked for. */
const firstCollectionMs = 10 * 60_000;
const collectionIntervalMs = 24 * 60 * 60_000;
/** A file without a board stays this long after it was last put. */
const unusedFileGraceMs = 24 * 60 * 60_000;

export type UpkeepOptions = {
  trash: Trash;
  files: StoredFiles;
  syncHost: SyncHost;
  metrics: UpkeepMetrics;
  logger: Logger;
};

/**
 * What is done in the background, one thing after the other: removing boards whose time in the
 * trash is over, and files that no board has. What is cut short is done the next time.
 */
export class Upkeep {
  readonly #trash: Trash;
  readonly #files: StoredFiles;
  readonly #syncHost: SyncHost;
  readonly #metrics: UpkeepMetrics;
  readonly #logger: Logger;
  #work: Promise<void> = Promise.resolve();
  #sweepTimer: NodeJS.Timeout | null = null;
  #collectTimer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor({ trash, files, syncHost, metrics, logger }: UpkeepOptions) {
    this.#trash = trash;
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
        this.#sweepLater(postponed > 0 ? postponedSweepMs : sweepIntervalMs);
      });
    }, delayMs).unref();
  }

  #collectLater(delayMs: number): void {
    if (this.#isClosed) return;
    this.#collectTimer = setTimeout(() => {
      this.#work = this.#work.then(async () => {
        await this.#collect();
        this.#collectLater(collectionIntervalMs);
      });
    }, delayMs).unref();
  }

  async #collect(): Promise<void> {
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

  /** Stops before the next board. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
    if (this.#collectTimer !== null) clearTimeout(this.#collectTimer);
    await this.#work;
  }
}
