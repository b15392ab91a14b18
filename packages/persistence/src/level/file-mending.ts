import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { errnoOf } from "../store-error.ts";
import type { Soundness } from "./checked-bytes.ts";
import { type DataFolder, syncFolder, writeDurably } from "./data-folder.ts";
import type { Level } from "./database.ts";
import { mendLogFile } from "./log-file.ts";
import { mendTableFile } from "./table-file.ts";

/** A file of LevelDB's that is not as it was written. */
export type DamagedFile = { readonly file: string; readonly soundness: "mended" | "damaged" };

/**
 * Mends files of LevelDB's of which single bytes are damaged, before it opens them: it drops what
 * follows in its log, and of its tables reads wrong bytes for right ones or ends the process. The
 * file as it was is set aside, also one that cannot be mended.
 *
 * Rejects and changes nothing while another process has the folder open.
 */
export async function mendFiles(folder: DataFolder): Promise<DamagedFile[]> {
  if ((await readDamaged(folder.logPath)).length === 0) return [];
  // What another process writes meanwhile may look like damage.
  return withLock(folder.logPath, async () => {
    const damaged = await readDamaged(folder.logPath);
    for (const { file, soundness, bytes } of damaged) {
      await setAside(folder, file);
      if (soundness === "damaged") continue;
      const temporary = join(folder.path, `${file}.tmp`);
      await rm(temporary, { force: true });
      await writeDurably(temporary, bytes);
      await rename(temporary, join(folder.logPath, file));
      await syncFolder(folder.logPath);
    }
    return damaged.map(({ file, soundness }) => ({ file, soundness }));
  });
}

/** The files of which something is damaged, with their bytes as mended. */
export async function readDamaged(logPath: string): Promise<(DamagedFile & { bytes: Buffer })[]> {
  const found: (DamagedFile & { bytes: Buffer })[] = [];
  for (const file of await namesIn(logPath)) {
    const mend = mendingOf(file);
    if (mend === null) continue;
    const bytes = await readFile(join(logPath, file)).catch((error: unknown) => {
      // Of another process that is at work. Or the disk cannot read it: whose documents are in it
      // are told when they are read, and the others are served.
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "EIO") return null;
      throw error;
    });
    const soundness = bytes === null ? "sound" : mend(bytes);
    if (bytes !== null && soundness !== "sound") found.push({ file, soundness, bytes });
  }
  return found;
}

function mendingOf(file: string): ((bytes: Buffer) => Soundness) | null {
  if (/^\d+\.log$|^MANIFEST-\d+$/.test(file)) return mendLogFile;
  return /^\d+\.ldb$/.test(file) ? mendTableFile : null;
}

/** The bytes that the file has now, under another name; once, however often it is opened so. */
async function setAside({ logPath, setAsidePath }: DataFolder, file: string): Promise<void> {
  const from = join(logPath, file);
  await mkdir(setAsidePath, { recursive: true });
  const bytes = await readFile(from);
  for (const name of await namesIn(setAsidePath)) {
    if (!name.endsWith(`-${file}`)) continue;
    if (bytes.equals(await readFile(join(setAsidePath, name)))) return;
  }
  const to = join(setAsidePath, `${Date.now()}-${file}`);
  await link(from, to).catch(() => copyFile(from, to)); // A file system without hard links.
  await syncFolder(setAsidePath);
}

/**
 * Has LevelDB hold its lock on the folder, through a database of its own whose lock is a link.
 * Rejects with LEVEL_LOCKED where another process has it.
 */
async function withLock<T>(logPath: string, work: () => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "boardwalk-lock-"));
  try {
    await symlink(join(logPath, "LOCK"), join(folder, "LOCK"));
    const level: Level = new ClassicLevel(folder, { keyEncoding: "view", valueEncoding: "view" });
    try {
      await level.open().catch((error: unknown) => {
        throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
      });
      return await work();
    } finally {
      await level.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  });
}
