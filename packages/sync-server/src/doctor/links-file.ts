import { boardPath } from "@boardwalk/board-model";
import { open, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import type { BoardKeys } from "../boards/board-draft.ts";

/**
 * The links and owner keys of boards that were made, one JSON object a line. They are nowhere else:
 * the server keeps hashes. Only the file's owner may read it.
 */
export class LinksFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #origin: string;

  /** Rejects with EEXIST rather than write over a file. */
  static async create(path: string, origin: string): Promise<LinksFile> {
    return new LinksFile(resolve(path), await open(path, "wx", 0o600), origin);
  }

  private constructor(path: string, file: FileHandle, origin: string) {
    this.path = path;
    this.#file = file;
    this.#origin = origin;
  }

  /** On disk when it resolves. To be called before the board is kept: no key may be lost. */
  async add(room: string, { id, ownerKey, editToken, viewToken }: BoardKeys): Promise<void> {
    const editUrl = this.#origin + boardPath(id, editToken);
    const viewUrl = this.#origin + boardPath(id, viewToken);
    const line = { room, board: id, ownerKey, editUrl, viewUrl };
    await this.#file.appendFile(`${JSON.stringify(line)}\n`);
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
