import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { encodeArchive } from "../archive/archive-writer.ts";
import { archiveStore } from "../archive/server-archive.ts";
import { hashOf, isSameHash } from "../boards/secret.ts";
import { ApiError, apiError } from "./api-error.ts";
import { bearerToken, type Guard } from "./bearer.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";

/** A backup as it is made: it is read from the store no faster than it is taken. */
const backupSchema = z
  .custom<Readable>((value) => value instanceof Readable)
  .meta({ type: "string", format: "binary" });

/** Everything the server keeps, for its operator. Not there unless ADMIN_TOKEN is set. */
export function backupRoute(app: HttpApp, services: HttpServices, guard: Guard): void {
  const { config, isDraining, logger, store } = services;
  if (config.adminToken === null) return;
  const tokenHash = hashOf(config.adminToken);
  // Each reads all there is: one at a time is enough for the disk.
  let isRunning = false;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of encodeArchive(archiveStore(store, new Date()))) {
        if (isDraining()) throw apiError("SHUTTING_DOWN");
        bytes += chunk.length;
        yield chunk;
        await nextTurn();
      }
      logger.info({ bytes }, "a backup was made");
    } finally {
      isRunning = false;
    }
  }

  app.get(
    "/api/admin/backup",
    {
      schema: {
        summary: "Everything the server keeps, as one file",
        description:
          "The Bearer is the ADMIN_TOKEN. What was saved before the request is in it. A file that is cut off lacks its end, and cannot be restored.",
        security: [{ bearer: [] }],
        response: { 200: backupSchema, ...errorResponses(401, 429, 503) },
      },
    },
    async (request, reply) => {
      await guard(request, reply, async () => {
        const token = bearerToken(request);
        if (token === null) throw new ApiError("TOKEN_MISSING", "This needs the ADMIN_TOKEN.");
        if (!isSameHash(hashOf(token), tokenHash)) {
          throw new ApiError("TOKEN_INVALID", "This is not the ADMIN_TOKEN.");
        }
      });
      if (isRunning) {
        throw new ApiError("TOO_MANY_REQUESTS", "Another backup is being made.");
      }
      isRunning = true;
      const body = Readable.from(chunks(), { objectMode: false, highWaterMark: 1 });
      // Also when nobody came to read from it.
      body.once("close", () => {
        isRunning = false;
      });
      logger.info("a backup has begun");
      return reply
        .header("cache-control", "no-store")
        .header("content-disposition", 'attachment; filename="boardwalk.backup"')
        .type("application/octet-stream")
        .send(body);
    },
  );
}
