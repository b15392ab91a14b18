import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parentPort, workerData } from "node:worker_threads";
import { ArchiveError, type ArchiveErrorCode } from "./archive-error.ts";
import { decodeArchive } from "./archive-reader.ts";
import { encodeArchive } from "./archive-writer.ts";
import { filesIn, prepareBoard } from "./prepared-board.ts";

/** An archive that was received, and where what is to be kept of it goes. */
export type PreparationRequest = {
  readonly fromPath: string;
  readonly toPath: string;
  readonly boardId: string;
};
export type PreparationReply =
  | { readonly kind: "prepared"; readonly boardName: string }
  | { readonly kind: "refused"; readonly code: ArchiveErrorCode; readonly message: string }
  /** The disk, most likely. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

async function prepare({
  fromPath,
  toPath,
  boardId,
}: PreparationRequest): Promise<PreparationReply> {
  try {
    const received = () => decodeArchive(createReadStream(fromPath), "board");
    let boardName = "";
    const parts = prepareBoard(received(), boardId, await filesIn(received()), (name) => {
      boardName = name;
    });
    const bytes = Readable.from(encodeArchive(parts), { objectMode: false });
    await pipeline(bytes, createWriteStream(toPath, { mode: 0o600 }));
    return { kind: "prepared", boardName };
  } catch (error) {
    if (error instanceof ArchiveError) {
      return { kind: "refused", code: error.code, message: error.message };
    }
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { kind: "failed", code, message: String(error) };
  }
}

parentPort?.postMessage(await prepare(workerData as PreparationRequest));
