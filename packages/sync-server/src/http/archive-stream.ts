import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import type { ArchivePart } from "../archive/archive-part.ts";
import { encodeArchive } from "../archive/archive-writer.ts";
import { apiError } from "./api-error.ts";

/** A file as it comes or goes: never in memory as a whole. */
export const fileSchema = z
  .custom<Readable>((value) => value instanceof Readable, "has to be a file")
  .meta({ type: "string", format: "binary" });

/**
 * An archive as the body of an answer: made no faster than it is taken, and cut off when the
 * server stops. A file that is cut off lacks its end, so its reader knows.
 */
export function archiveStream(
  parts: AsyncIterable<ArchivePart>,
  isDraining: () => boolean,
): Readable {
  return Readable.from(chunksOf(parts, isDraining), { objectMode: false, highWaterMark: 1 });
}

async function* chunksOf(
  parts: AsyncIterable<ArchivePart>,
  isDraining: () => boolean,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of encodeArchive(parts)) {
    if (isDraining()) throw apiError("SHUTTING_DOWN");
    yield chunk;
    await nextTurn();
  }
}
