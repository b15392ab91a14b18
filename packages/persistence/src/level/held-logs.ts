import { copyFile, link, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { errnoOf } from "../store-error.ts";

const HELD = "held-";

/** Log bytes that LevelDB passed over when it was opened, and where they are kept. */
export type DroppedLog = { droppedBytes: number; keptIn: string };

/**
 * Keeps LevelDB's log files through an opening, which copies their content into tables and deletes
 * them. What of them it cannot read it leaves out without an error, and the entries that are gone
 * may be a document's last, which no gap in the numbering would tell.
 */
export class HeldLogs {
  readonly #databasePath: string;
  readonly #setAsidePath: string;
  readonly #heldPath: string;

  private constructor(databasePath: string, setAsidePath: string) {
    this.#databasePath = databasePath;
    this.#setAsidePath = setAsidePath;
    this.#heldPath = join(setAsidePath, `${HELD}${randomUUID()}`);
  }

  /** To be called before an opening. Links the log files of `databasePath` into `setAsidePath`. */
  static async hold(databasePath: string, setAsidePath: string): Promise<HeldLogs> {
    const held = new HeldLogs(databasePath, setAsidePath);
    await mkdir(held.#heldPath, { recursive: true });
    await mkdir(databasePath, { recursive: true });
    for (const file of await readdir(databasePath)) {
      if (!/^\d+\.log$/.test(file)) continue;
      const from = join(databasePath, file);
      const to = join(held.#heldPath, file);
      await link(from, to).catch(async (error: unknown) => {
        if (!["EPERM", "ENOTSUP", "EOPNOTSUPP"].includes(errnoOf(error) ?? "")) throw error;
        await copyFile(from, to); // A file system without hard links.
      });
    }
    return held;
  }

  /** To be called after an opening. Keeps the files it could not read whole; null when none. */
  async settle(): Promise<DroppedLog | null> {
    const report = await readFile(join(this.#databasePath, "LOG"), "utf8");
    let droppedBytes = 0;
    const files = new Set<string>();
    for (const [, file = "", bytes] of report.matchAll(/(\d+\.log): dropping (\d+) bytes/g)) {
      droppedBytes += Number(bytes);
      files.add(file);
    }
    for (const file of files) {
      const kept = join(this.#setAsidePath, `${Date.now()}-${file}`);
      await rename(join(this.#heldPath, file), kept);
    }
    // Also what processes held that were killed in the middle of an opening.
    for (const name of await readdir(this.#setAsidePath)) {
      if (name.startsWith(HELD)) await remove(join(this.#setAsidePath, name));
    }
    return droppedBytes === 0 ? null : { droppedBytes, keptIn: this.#setAsidePath };
  }

  /** To be called when the opening failed, and left the files where they were. */
  async release(): Promise<void> {
    await remove(this.#heldPath);
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
