import { randomFillSync, randomUUID } from "node:crypto";
import {
  access,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import { errnoOf, StoreError } from "../store-error.ts";

/** Raised when a folder of today could not be read by yesterday's code. */
const FORMAT_VERSION = 1;
const FORMAT_KIND = "boardwalk-store";

/** What opening the database anew may need beyond a copy of its log. */
const ROOM_FOR_REOPENING_BYTES = 1024 * 1024;
const ROOM_WRITE_BYTES = 256 * 1024;

/** The layout of the data folder, and what must hold of it before the database is opened. */
export class DataFolder {
  readonly path: string;
  readonly logPath: string;
  readonly assetsPath: string;
  /** Where damaged log files of LevelDB are kept. */
  readonly setAsidePath: string;

  private constructor(path: string) {
    this.path = path;
    this.logPath = join(this.path, "log");
    this.assetsPath = join(this.path, "assets");
    this.setAsidePath = join(this.path, "set-aside");
  }

  /**
   * Creates what is missing and checks the format. The path is made canonical, so that a folder
   * has one name. Rejects with STORE_UNWRITABLE, STORE_FORMAT or STORE_DAMAGED.
   */
  static async prepare(path: string): Promise<DataFolder> {
    let folder = new DataFolder(resolve(path));
    try {
      await mkdir(folder.assetsPath, { recursive: true });
      folder = new DataFolder(await realpath(folder.path));
      await folder.#proveWritable();
    } catch (error) {
      throw folder.unwritable(error);
    }
    await folder.#checkFormat();
    return folder;
  }

  /**
   * The folder as it is, for reading: nothing is created. Rejects with STORE_ABSENT, STORE_FORMAT
   * or STORE_DAMAGED.
   */
  static async find(path: string): Promise<DataFolder> {
    const found = await realpath(path).catch((error: unknown) => {
      throw absent(path, error);
    });
    const folder = new DataFolder(found);
    const text = await folder.#readFormat();
    if (text !== null) folder.#checkVersion(text);
    else if (await folder.#holdsData()) throw folder.#withoutFormat();
    else throw absent(path);
    return folder;
  }

  unwritable(error: unknown): StoreError {
    const reason = error instanceof Error ? error.message : String(error);
    const errno = errnoOf(error) ?? "no errno";
    return new StoreError(
      "STORE_UNWRITABLE",
      `The data folder ${this.path} cannot be written (${errno}): ${reason}`,
      error,
    );
  }

  /**
   * Writes and removes as much as opening the database anew may write. While the disk is full the
   * wounded database can still be read; once closed it could not be opened.
   */
  async proveRoom(): Promise<void> {
    let bytes = ROOM_FOR_REOPENING_BYTES;
    for (const file of await readdir(this.logPath)) {
      if (file.endsWith(".log")) bytes += (await stat(join(this.logPath, file))).size;
    }
    const path = join(this.path, "room.tmp");
    const block = randomFillSync(Buffer.allocUnsafe(ROOM_WRITE_BYTES)); // Must not compress.
    try {
      const file = await open(path, "w");
      try {
        for (let written = 0; written < bytes; written += block.length) await file.writeFile(block);
        await file.sync();
      } finally {
        await file.close();
      }
    } finally {
      await rm(path, { force: true });
    }
  }

  async #proveWritable(): Promise<void> {
    const path = join(this.path, `${randomUUID()}.tmp`);
    try {
      await writeDurably(path, Buffer.from("\n"));
    } finally {
      await rm(path, { force: true });
    }
  }

  async #checkFormat(): Promise<void> {
    const text = await this.#readFormat();
    if (text !== null) {
      this.#checkVersion(text);
      return;
    }
    if (await this.#holdsData()) throw this.#withoutFormat();
    try {
      const temporary = join(this.path, `format-${randomUUID()}.tmp`);
      const format = { kind: FORMAT_KIND, format: FORMAT_VERSION };
      await writeDurably(temporary, Buffer.from(`${JSON.stringify(format)}\n`));
      await rename(temporary, this.#formatPath);
      await syncFolder(this.path);
    } catch (error) {
      throw this.unwritable(error);
    }
  }

  get #formatPath(): string {
    return join(this.path, "format.json");
  }

  /** Null when there is no such file. */
  async #readFormat(): Promise<string | null> {
    return readFile(this.#formatPath, "utf8").catch((error: unknown) => {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
      throw new StoreError("STORE_DAMAGED", `${this.#formatPath} cannot be read`, error);
    });
  }

  #holdsData(): Promise<boolean> {
    return exists(join(this.logPath, "CURRENT"));
  }

  #withoutFormat(): StoreError {
    return new StoreError(
      "STORE_DAMAGED",
      `${this.#formatPath} is missing from a folder that holds data, so its format is unknown; ` +
        `restore the file from a backup`,
    );
  }

  #checkVersion(text: string): void {
    const path = this.#formatPath;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      throw new StoreError("STORE_DAMAGED", `${path} is not JSON`, error);
    }
    const version = formatVersion(parsed);
    if (version === null) {
      throw new StoreError("STORE_DAMAGED", `${path} does not describe a data folder of this kind`);
    }
    if (version > FORMAT_VERSION) {
      throw new StoreError(
        "STORE_FORMAT",
        `The data folder ${this.path} has format ${version}; this version reads up to ` +
          `${FORMAT_VERSION}. Run the version that wrote it, or a later one`,
      );
    }
  }
}

function absent(path: string, cause?: unknown): StoreError {
  return new StoreError("STORE_ABSENT", `There is no data folder at ${resolve(path)}`, cause);
}

/** Writes a new file and its bytes to the disk; its folder is the caller's to sync. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes names created in or moved into a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function formatVersion(parsed: unknown): number | null {
  if (typeof parsed !== "object" || parsed === null) return null;
  if (!("kind" in parsed) || parsed.kind !== FORMAT_KIND || !("format" in parsed)) return null;
  const { format } = parsed;
  return typeof format === "number" && Number.isInteger(format) && format > 0 ? format : null;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
