import { limits } from "@boardwalk/board-model";
import type { Operation, Store } from "@boardwalk/persistence";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addingOf } from "../boards/board-assets.ts";
import { draftBoard, type BoardKeys } from "../boards/board-draft.ts";
import type { LinkRecord } from "../boards/board-record.ts";
import type { Boards } from "../boards/boards.ts";
import { hashOf, newShortId, newToken } from "../boards/secret.ts";
import type { Delivery, StoredFiles } from "../boards/stored-files.ts";
import { ArchiveError, damaged } from "./archive-error.ts";
import type { ArchivedLink, ArchivePart, Head, HeadOf } from "./archive-part.ts";
import { decodeArchive } from "./archive-reader.ts";
import { prepareInThread, temporaryFileError } from "./preparation-thread.ts";
import type { UnfinishedImports } from "./unfinished-imports.ts";

/** A link that was made in place of an archived one. */
export type ImportedLink = ArchivedLink & { readonly token: string };
export type ImportedBoard = {
  readonly keys: BoardKeys;
  readonly name: string;
  readonly links: readonly ImportedLink[];
};

type ImportServices = { store: Store; boards: Boards; imports: UnfinishedImports };

/**
 * Makes a board of an archive. All of it is received into the system's folder for temporary files
 * and looked at, in a thread, before anything is kept; then the board appears in one commit.
 *
 * @throws ArchiveError, or StoreError when it cannot be kept
 */
export async function importBoard(
  services: ImportServices & { files: StoredFiles },
  body: AsyncIterable<Uint8Array>,
): Promise<ImportedBoard> {
  return services.files.deliver(async (delivery) => receiveBoard(services, delivery, body));
}

async function receiveBoard(
  { store, boards, imports }: ImportServices,
  delivery: Delivery,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportedBoard> {
  const folder = await mkdtemp(join(tmpdir(), "boardwalk-import-"));
  try {
    const fromPath = join(folder, "received");
    const toPath = join(folder, "prepared");
    await receive(body, fromPath);
    const draft = draftBoard(Date.now());
    const boardId = draft.keys.id;
    const name = await prepareInThread({ fromPath, toPath, boardId });
    const parts = decodeArchive(createReadStream(toPath), "board");
    const keeping = new BoardKeeping(store, delivery, boardId);
    // All this is kept before the board is: were this process to end, nothing would lead to it.
    await imports.begin(boardId);
    try {
      for await (const part of parts) await keeping.take(part);
      const board = keeping.result();
      const links = board.links.filter(isWorthMaking).map(newLink);
      const record = {
        ...draft.record,
        createdAt: board.createdAt,
        locked: board.locked,
        links: [...draft.record.links, ...links.map(({ record: link }) => link)],
      };
      await boards.keep(
        { keys: draft.keys, record },
        [],
        [...keeping.operations, imports.ending(boardId)],
      );
      return { keys: draft.keys, name, links: links.map(({ link }) => link) };
    } catch (error) {
      // Files may be another board's too: those of none are collected when their time comes.
      await imports.remove(boardId);
      throw error;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function receive(body: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > limits.archiveBytes) throw archiveTooLarge();
      await file.writeFile(chunk).catch((error: unknown) => {
        throw temporaryFileError(error);
      });
    }
  } finally {
    await file.close();
  }
}

export function archiveTooLarge(): ArchiveError {
  return new ArchiveError(
    "ARCHIVE_TOO_LARGE",
    `An archive may have at most ${limits.archiveBytes} bytes.`,
  );
}

/**
 * Keeps what belongs to a board and is not seen before its record is there: document, versions and
 * files. The rest is given back, to be committed together.
 */
class BoardKeeping {
  readonly operations: Operation[] = [];
  readonly #store: Store;
  readonly #delivery: Delivery;
  readonly #boardId: string;
  #board: HeadOf<"board"> | null = null;
  #head: Head | null = null;
  #pieces: Uint8Array[] = [];

  constructor(store: Store, delivery: Delivery, boardId: string) {
    this.#store = store;
    this.#delivery = delivery;
    this.#boardId = boardId;
  }

  async take(part: ArchivePart): Promise<void> {
    if ("head" in part) {
      this.#head = part.head;
      if (part.head.type === "board") this.#board = part.head;
      return;
    }
    this.#pieces.push(part.piece);
    if (!part.isLast) return;
    const value = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const head = this.#head;
    if (head?.type === "document") await this.#store.updates.put(this.#boardId, value);
    if (head?.type === "version") {
      const details = Buffer.from(head.details, "base64");
      await this.#store.versions.put(this.#boardId, value, details);
    }
    if (head?.type === "asset") {
      const { sha256, bytes } = await this.#delivery.put(oneChunk(value), {
        maxBytes: limits.assetBytes,
      });
      const mimeType = head.mimeType ?? "";
      this.operations.push(addingOf(this.#boardId, sha256, { mimeType, bytes }));
    }
  }

  result(): HeadOf<"board"> {
    if (this.#board === null) throw damaged("there is no board in it");
    return this.#board;
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Every board has two links without name and end; the others were made for something. */
function isWorthMaking({ name, expiresAt, isDerived }: ArchivedLink): boolean {
  if (isDerived) return false;
  return expiresAt === null ? name !== "" : Date.parse(expiresAt) > Date.now();
}

function newLink(archived: ArchivedLink): { link: ImportedLink; record: LinkRecord } {
  const token = newToken();
  const { role, name, expiresAt } = archived;
  const record = {
    id: newShortId(),
    role,
    name,
    tokenHash: hashOf(token),
    derivedFrom: null,
    createdAt: new Date().toISOString(),
    expiresAt,
    password: null,
    revokedAt: null,
  };
  return { link: { ...archived, token }, record };
}
