import { AssetFolder } from "./asset-folder.ts";
import { CommitQueue } from "./commit-queue.ts";
import { readCommitNumber } from "./failed-batch.ts";
import { DataFolder } from "./data-folder.ts";
import { Database } from "./database.ts";
import { DocumentStates } from "./document-states.ts";
import { DocumentUpkeep } from "./document-upkeep.ts";
import type { DroppedLog } from "./held-logs.ts";
import { deletionRange, parseDeletionKey } from "./keys.ts";
import { DEFAULT_LIMITS, type StoreLimits } from "./limits.ts";
import { type Operation, submissionOf } from "./operation.ts";
import { Records } from "./records.ts";
import { newCounters, type StoreCounters, type StoreStats } from "./store-counters.ts";
import { isOutOfSpace, StoreError } from "./store-error.ts";
import type { StoreLogger } from "./store-logger.ts";
import { UpdateLog } from "./update-log.ts";
import { Upkeep } from "./upkeep.ts";

export type StoreOptions = {
  /** The folder that holds everything; created when it is missing. */
  dataDir: string;
  logger: StoreLogger;
  limits?: Partial<StoreLimits>;
};

/**
 * The folders this process has open. LevelDB refuses a second opening too, but in doing so it
 * closes the lock file, at which the system drops the first one's lock against other processes.
 */
const openFolders = new Set<string>();

/** Documents, records and assets in one data folder. One process has it open at a time. */
export class Store {
  readonly updates: UpdateLog;
  readonly records: Records;
  readonly assets: AssetFolder;
  readonly #folder: DataFolder;
  readonly #database: Database;
  readonly #queue: CommitQueue;
  readonly #upkeep: Upkeep;
  readonly #counters: StoreCounters;
  #closing: Promise<void> | null = null;

  /**
   * Opens the data folder, creating it if needed. Rejects with STORE_LOCKED, STORE_UNWRITABLE,
   * STORE_FORMAT or STORE_DAMAGED; the message names the folder.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const folder = await DataFolder.prepare(options.dataDir);
    if (openFolders.has(folder.path)) throw lockedError(folder.path, "this process");
    openFolders.add(folder.path);
    try {
      const counters = newCounters();
      const onDropped = (dropped: DroppedLog): void => {
        counters.damagedEntries += 1;
        options.logger.error(dropped, "part of the database's log is damaged and was set aside");
      };
      const database = await Database.open(folder.logPath, folder.setAsidePath, onDropped).catch(
        (error: unknown) => {
          throw openError(folder, error);
        },
      );
      try {
        const commitNumber = await database.read(readCommitNumber);
        if (commitNumber === null) {
          counters.damagedEntries += 1;
          options.logger.error({}, "the commit number is damaged; numbering starts anew");
        }
        // No store has made as many commits as milliseconds have passed.
        const store = new Store(options, folder, database, counters, commitNumber ?? Date.now());
        await store.#begin();
        return store;
      } catch (error) {
        await database.close();
        throw error;
      }
    } catch (error) {
      openFolders.delete(folder.path);
      throw error;
    }
  }

  private constructor(
    { logger, limits }: StoreOptions,
    folder: DataFolder,
    database: Database,
    counters: StoreCounters,
    commitNumber: number,
  ) {
    const parts = { database, counters, logger, limits: { ...DEFAULT_LIMITS, ...limits } };
    const states = new DocumentStates(parts.limits.maxNamesInMemory);
    this.#folder = folder;
    this.#database = database;
    this.#counters = counters;
    this.#queue = new CommitQueue({
      ...parts,
      states,
      folder,
      commitNumber,
      onCommitted: (documents) => this.#upkeep.considerAll(documents),
    });
    const documents = new DocumentUpkeep({ ...parts, states, queue: this.#queue });
    this.#upkeep = new Upkeep(documents, parts.limits, logger);
    this.updates = new UpdateLog(database, this.#queue, this.#upkeep, logger);
    this.records = new Records(database, counters, logger);
    this.assets = new AssetFolder(folder.assetsPath, counters);
  }

  /**
   * Commits several operations at once: all of them are on disk when it resolves, none is kept
   * when it rejects.
   */
  async commit(operations: readonly Operation[]): Promise<void> {
    await this.#queue.submit(submissionOf(operations));
  }

  /** Writes and fsyncs a tiny key, or rejects. */
  async probe(): Promise<void> {
    await this.commit([]);
  }

  stats(): StoreStats {
    return {
      ...this.#counters,
      queuedOperations: this.#queue.queuedOperations,
      queuedBytes: this.#queue.queuedBytes,
    };
  }

  /** Resolves when no compaction or removal is scheduled or under way. */
  async settled(): Promise<void> {
    await this.#upkeep.settled();
  }

  /** Refuses new calls, writes what is queued, ends the compaction thread. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const queueClosed = this.#queue.close();
    await this.#upkeep.close();
    await queueClosed;
    await this.#database.close();
    openFolders.delete(this.#folder.path);
  }

  /** Takes up what the last process left unfinished. */
  async #begin(): Promise<void> {
    await this.assets.clean().catch((error: unknown) => {
      throw this.#folder.unwritable(error);
    });
    const deletions = await this.#database.read((level) => level.keys(deletionRange()).all());
    for (const key of deletions) {
      const name = parseDeletionKey(key);
      if (name !== null) this.#upkeep.schedule(name);
    }
  }
}

function lockedError(path: string, holder: string, cause?: unknown): StoreError {
  return new StoreError(
    "STORE_LOCKED",
    `The data folder ${path} is already open in ${holder}; only one process can use it at a time`,
    cause,
  );
}

function openError(folder: DataFolder, reason: unknown): StoreError {
  if (reason instanceof Error && "code" in reason && reason.code === "LEVEL_LOCKED") {
    return lockedError(folder.path, "another process", reason);
  }
  const text = reason instanceof Error ? reason.message : String(reason);
  if (isOutOfSpace(reason) || /permission denied|read-only file system/i.test(text)) {
    return folder.unwritable(reason);
  }
  return new StoreError(
    "STORE_DAMAGED",
    `The database in ${folder.logPath} cannot be opened: ${text}. ` +
      `Keep a copy of the folder as it is, then restore a backup`,
    reason,
  );
}
