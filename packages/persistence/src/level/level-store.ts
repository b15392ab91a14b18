import type { CommitQueue } from "../commit-queue.ts";
import { DEFAULT_LIMITS, type StoreLimits } from "../limits.ts";
import type { Operation } from "../operation.ts";
import { newCounters, type StoreCounters, type StoreStats } from "../store-counters.ts";
import { isOutOfSpace, StoreError } from "../store-error.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Store } from "../store.ts";
import { Replayer } from "../replayer.ts";
import { isOutgrown } from "../stored-document.ts";
import { Upkeep } from "../upkeep.ts";
import { AssetFolder } from "./asset-folder.ts";
import { DataFolder } from "./data-folder.ts";
import { Database } from "./database.ts";
import { DocumentStates } from "./document-states.ts";
import { DocumentUpkeep } from "./document-upkeep.ts";
import { readCommitNumber } from "./failed-batch.ts";
import type { DroppedLog } from "./held-logs.ts";
import { mendFiles } from "./file-mending.ts";
import { deletionRange, parseDeletionKey } from "./keys.ts";
import { submissionOf } from "./level-operation.ts";
import { LevelRecords } from "./level-records.ts";
import { LevelUpdateLog } from "./level-update-log.ts";
import { LevelVersions } from "./level-versions.ts";
import { type LevelSubmission, LevelWriter } from "./level-writer.ts";
import { Sweep } from "./sweep.ts";

export type LevelStoreOptions = {
  /** The folder that holds everything; created when it is missing. */
  readonly dataDir: string;
  readonly logger: StoreLogger;
  readonly limits?: Partial<StoreLimits> | undefined;
};

/**
 * The folders this process has open. LevelDB refuses a second opening too, but in doing so it
 * closes the lock file, at which the system drops the first one's lock against other processes.
 */
const openFolders = new Set<string>();

const DAMAGED_FILES = {
  mended: "a damaged file of the database was mended, and set aside as it was",
  damaged: "a file of the database is damaged: a copy was set aside, and changes may be missing",
} as const;

/** For who reads a folder beside the store: this process must not have it open. */
export function isOpenHere(folderPath: string): boolean {
  return openFolders.has(folderPath);
}

/** Documents, versions, records and assets in one data folder. One process has it open at a time. */
export class LevelStore implements Store {
  readonly updates: LevelUpdateLog;
  readonly versions: LevelVersions;
  readonly records: LevelRecords;
  readonly assets: AssetFolder;
  readonly #folder: DataFolder;
  readonly #database: Database;
  readonly #queue: CommitQueue<LevelSubmission>;
  readonly #upkeep: Upkeep;
  readonly #counters: StoreCounters;
  #closing: Promise<void> | null = null;

  /**
   * Opens the data folder, creating it if needed. Rejects with STORE_LOCKED, STORE_UNWRITABLE,
   * STORE_FORMAT or STORE_DAMAGED; the message names the folder.
   */
  static async open(options: LevelStoreOptions): Promise<LevelStore> {
    const folder = await DataFolder.prepare(options.dataDir);
    if (openFolders.has(folder.path)) throw lockedError(folder.path, "this process");
    openFolders.add(folder.path);
    try {
      const counters = newCounters();
      const damaged = await mendFiles(folder).catch((error: unknown) => {
        throw openError(folder, error);
      });
      for (const { file, soundness } of damaged) {
        counters.damagedEntries += 1;
        options.logger.error({ file, keptIn: folder.setAsidePath }, DAMAGED_FILES[soundness]);
      }
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
        const store = new LevelStore(
          options,
          folder,
          database,
          counters,
          commitNumber ?? Date.now(),
        );
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
    { logger, limits }: LevelStoreOptions,
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
    const { queue } = new LevelWriter({
      ...parts,
      states,
      folder,
      commitNumber,
      onCommitted: (documents) => {
        for (const [name, state] of documents) {
          if (isOutgrown(state, parts.limits)) this.#upkeep.add(name);
        }
      },
    });
    this.#queue = queue;
    const replayer = new Replayer(parts.limits);
    const sweep = new Sweep({ database, queue });
    const care = new DocumentUpkeep({ ...parts, states, queue, replayer, sweep });
    const upkeep = new Upkeep({ ...parts, care, replayer });
    this.#upkeep = upkeep;
    this.updates = new LevelUpdateLog({ ...parts, queue, upkeep, care });
    this.versions = new LevelVersions({ ...parts, queue, upkeep, replayer, sweep });
    this.records = new LevelRecords(database, counters, logger);
    this.assets = new AssetFolder(folder.assetsPath, counters);
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    await this.#queue.submit(submissionOf(operations));
  }

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

  async settled(): Promise<void> {
    await this.#upkeep.settled();
  }

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
    this.versions.sweep();
  }
}

export function lockedError(path: string, holder: string, cause?: unknown): StoreError {
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
