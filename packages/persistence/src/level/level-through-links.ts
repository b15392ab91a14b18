import { ClassicLevel } from "classic-level";
import { copyFile, mkdtemp, open, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { errnoOf, StoreError } from "../store-error.ts";
import type { Level } from "./database.ts";

/** A LevelDB folder that is being read and stays as it is. */
export type LevelThroughLinks = {
  readonly level: Level;
  /** Log bytes that LevelDB passed over as unreadable when it opened. */
  readonly droppedBytes: number;
  /** Idempotent. */
  close(): Promise<void>;
};

/**
 * Opens a LevelDB folder without changing it. LevelDB has no such mode: each opening turns its log
 * into tables and deletes what they replace. So it is given another folder, in the system's folder
 * for temporary files: links to the tables, which it never changes, and copies of the log and of the
 * list of tables. What it writes and deletes is there. The lock is a link too: who has the folder
 * open is noticed, and nobody can open it meanwhile.
 *
 * Rejects with STORE_ABSENT, STORE_LOCKED, STORE_READ, or STORE_DAMAGED when LevelDB cannot open it.
 */
export async function openThroughLinks(path: string): Promise<LevelThroughLinks> {
  const source = resolve(path);
  const listed = await list(source);
  if (!listed.some(({ name }) => name === "CURRENT")) {
    throw new StoreError("STORE_ABSENT", `There is no LevelDB database in ${source}`);
  }
  const folder = await mkdtemp(join(tmpdir(), "boardwalk-read-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const { name } of listed) await bring(source, folder, name);
    const level = await openCopy(folder, source);
    const close = async (): Promise<void> => {
      await level.close();
      await remove();
    };
    try {
      // The lock came after the copies: were they made while someone wrote, they are of no use.
      if (JSON.stringify(await list(source)) !== JSON.stringify(listed)) {
        throw new StoreError("STORE_LOCKED", `The files in ${source} changed while they were read`);
      }
      const report = await readFile(join(folder, "LOG"), "utf8");
      const dropped = [...report.matchAll(/\d+\.log: dropping (\d+) bytes/g)];
      const droppedBytes = dropped.reduce((total, [, bytes]) => total + Number(bytes), 0);
      return { level, droppedBytes, close };
    } catch (error) {
      await level.close();
      throw error;
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

type ListedFile = { name: string; bytes: number; changedMs: number };

/** The files that make up the database. */
async function list(source: string): Promise<ListedFile[]> {
  const names = await readdir(source).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
    throw new StoreError("STORE_READ", `${source} cannot be read`, error);
  });
  const files: ListedFile[] = [];
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    if (!/^(CURRENT|LOCK|MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(name)) continue;
    const found = await stat(join(source, name));
    // Who tries the lock may touch its file.
    files.push({ name, bytes: found.size, changedMs: name === "LOCK" ? 0 : found.mtimeMs });
  }
  return files;
}

async function bring(source: string, folder: string, name: string): Promise<void> {
  const from = join(source, name);
  const to = join(folder, name);
  if (/\.(ldb|sst)$/.test(name)) {
    await symlink(from, to);
  } else if (name === "LOCK") {
    // Where it may not be written, as on a read-only disk, there is no locking either.
    const file = await open(from, "r+").catch(() => null);
    await file?.close();
    if (file !== null) await symlink(from, to);
  } else {
    await copyFile(from, to).catch((error: unknown) => {
      throw new StoreError("STORE_READ", `${from} cannot be copied to be read`, error);
    });
  }
}

async function openCopy(folder: string, source: string): Promise<Level> {
  // Not constructed earlier: it opens by itself when the turn ends.
  const level: Level = new ClassicLevel(folder, {
    keyEncoding: "view",
    valueEncoding: "view",
    createIfMissing: false,
  });
  try {
    await level.open();
    return level;
  } catch (error) {
    await level.close();
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (reason instanceof Error && "code" in reason && reason.code === "LEVEL_LOCKED") {
      throw new StoreError("STORE_LOCKED", `${source} is open in another process`, reason);
    }
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new StoreError(
      "STORE_DAMAGED",
      `The database in ${source} cannot be opened: ${text}`,
      reason,
    );
  }
}
