import {
  boardFormat,
  BoardInfo,
  itemsOf,
  limits,
  moveShownFiles,
  type ShownFile,
} from "@boardwalk/board-model";
import * as Y from "yjs";
import { decodeVersionDetails } from "../history/version-details.ts";
import { sniffAssetType, sniffedBytes } from "../http/asset-type.ts";
import { ArchiveError, damaged } from "./archive-error.ts";
import type { ArchivePart, Head, HeadOf } from "./archive-part.ts";
import { piecesOf } from "./archive-writer.ts";

/**
 * What is taken away may leave a document larger than it was: as much again as may be added has
 * room, and a log as large as its snapshot.
 */
const maxDocumentBytes = 4 * limits.documentBytes;
const maxDocumentItems = 2 * limits.documentItems;

/** The hashes of the files in an archive. */
export async function filesIn(parts: AsyncIterable<ArchivePart>): Promise<Set<string>> {
  const files = new Set<string>();
  for await (const part of parts) {
    if ("head" in part && part.head.type === "asset") files.add(part.head.sha256);
  }
  return files;
}

/**
 * The archive of a board as it is to be kept as another board: its document is one update, and
 * that and the versions show the new board's files, of which `files` has the hashes. `tellName` is
 * told what the board is called. What no board can have is refused with an ArchiveError. One document
 * or file is in memory at a time.
 */
export async function* prepareBoard(
  parts: AsyncIterable<ArchivePart>,
  boardId: string,
  files: ReadonlySet<string>,
  tellName: (name: string) => void,
): AsyncGenerator<ArchivePart, void, undefined> {
  let head: Head | null = null;
  let formerId: string | null = null;
  let hasDocument = false;
  let values: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of parts) {
    if ("head" in part) {
      ({ head } = part);
      values = [];
      bytes = 0;
      if (head.type === "record") throw damaged("there is a record of a server in it");
      if (head.type === "board") {
        if (formerId !== null) throw damaged("there are two boards in it");
        formerId = head.id;
      }
      if (head.type === "document") {
        if (hasDocument || head.updates === 0) throw damaged("a board has one document");
        hasDocument = true;
        yield { head: { type: "document", name: boardId, updates: 1 } };
      } else if (head.type === "version") {
        if (decodeVersionDetails(Buffer.from(head.details, "base64")) === null) {
          throw damaged("what is known of a version cannot be read");
        }
        yield { head: { ...head, document: boardId } };
      } else {
        yield { head };
      }
      continue;
    }
    if (head === null || formerId === null) throw damaged("there is no board in it");
    bytes += part.piece.length;
    assertSize(head, bytes);
    pieces.push(part.piece);
    if (!part.isLast) continue;
    values.push(Buffer.concat(pieces));
    pieces = [];
    if (head.type === "document" && values.length < head.updates) continue;
    const isMoved = (file: ShownFile): boolean =>
      file.boardId === formerId || files.has(file.sha256);
    if (head.type === "asset") yield* piecesOf(await soundFile(head, Buffer.concat(values)));
    else {
      const { name, update } = movedDocument(values, boardId, isMoved);
      if (head.type === "document") tellName(name);
      yield* piecesOf(update);
    }
  }
  if (!hasDocument) throw damaged("there is no board in it");
}

function assertSize({ type }: Head, bytes: number): void {
  if (bytes <= (type === "asset" ? limits.assetBytes : maxDocumentBytes)) return;
  throw tooLarge(type === "asset" ? "file" : "document");
}

function tooLarge(what: string): ArchiveError {
  return new ArchiveError("ARCHIVE_TOO_LARGE", `A ${what} in it is larger than a board's may be.`);
}

/** By its bytes, as that of any upload. */
async function soundFile(
  { sha256, mimeType }: HeadOf<"asset">,
  file: Uint8Array,
): Promise<Uint8Array> {
  if ((await sniffAssetType(file.subarray(0, sniffedBytes))) === mimeType) return file;
  throw damaged(`the file ${sha256} is none that a board can show`);
}

function movedDocument(
  updates: readonly Uint8Array[],
  boardId: string,
  isMoved: (file: ShownFile) => boolean,
): { name: string; update: Uint8Array } {
  const doc = new Y.Doc();
  try {
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update);
    });
    const { format, name } = new BoardInfo(doc);
    if (format !== null && format > boardFormat) {
      throw new ArchiveError(
        "ARCHIVE_FORMAT",
        `The board has format ${format}; this version reads up to ${boardFormat}.`,
      );
    }
    if (itemsOf(doc) > maxDocumentItems) throw tooLarge("document");
    moveShownFiles(doc, boardId, isMoved);
    const moved = Y.encodeStateAsUpdate(doc);
    if (moved.length > maxDocumentBytes) throw tooLarge("document");
    return { name, update: moved };
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw damaged("a document in it does not replay", error);
  } finally {
    doc.destroy();
  }
}
