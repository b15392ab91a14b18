import { StoreError } from "@boardwalk/persistence";
import { backgroundThread } from "@boardwalk/persistence/thread-priority";
import { Worker } from "node:worker_threads";
import { ArchiveError } from "./archive-error.ts";
import type { PreparationReply, PreparationRequest } from "./preparation-worker.ts";

/** An archive that takes longer is taken for one that was made to. */
const timeoutMs = 120_000;
/** Memory for the documents in it, one at a time. */
const heapMb = 1_024;

/** What a failure to write a temporary file is called. */
export function temporaryFileError(cause: unknown): StoreError {
  const errno = cause instanceof Error && "code" in cause ? cause.code : null;
  const code = errno === "ENOSPC" || errno === "EDQUOT" ? "STORE_FULL" : "STORE_WRITE";
  return new StoreError(code, "An archive could not be kept while it was looked at", cause);
}

/**
 * Looks at an archive in a thread of its own, since documents are replayed in one go. Rejects with
 * an ArchiveError, or with a StoreError when the disk for temporary files fails.
 *
 * @returns the board's name
 */
export async function prepareInThread(request: PreparationRequest): Promise<string> {
  const worker = new Worker(new URL("./preparation-worker.ts", import.meta.url), {
    ...backgroundThread,
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const { promise, resolve, reject } = Promise.withResolvers<PreparationReply>();
  const tooMuch = (cause?: unknown): void => {
    const message = "The archive takes more time or memory to read than a board may.";
    reject(new ArchiveError("ARCHIVE_TOO_LARGE", message, cause));
  };
  const timer = setTimeout(tooMuch, timeoutMs);
  worker.once("message", resolve);
  worker.once("error", tooMuch);
  try {
    const reply = await promise;
    if (reply.kind === "refused") throw new ArchiveError(reply.code, reply.message);
    if (reply.kind === "failed") {
      throw temporaryFileError(Object.assign(new Error(reply.message), { code: reply.code }));
    }
    return reply.boardName;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
