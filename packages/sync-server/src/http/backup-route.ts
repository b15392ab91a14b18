import { archiveStore } from "../archive/server-archive.ts";
import { hashOf, isSameHash } from "../boards/secret.ts";
import { ApiError } from "./api-error.ts";
import { archiveStream, fileSchema } from "./archive-stream.ts";
import { bearerToken, type Guard } from "./bearer.ts";
import { bearerSecurity } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";

/** Everything the server keeps, for its operator. Not there unless ADMIN_TOKEN is set. */
export function backupRoute(app: HttpApp, services: HttpServices, guard: Guard): void {
  const { config, isDraining, logger, store } = services;
  if (config.adminToken === null) return;
  const tokenHash = hashOf(config.adminToken);
  // Each reads all there is: one at a time is enough for the disk.
  let isRunning = false;

  app.get(
    "/api/admin/backup",
    {
      schema: {
        summary: "Everything the server keeps, as one file",
        description:
          "The Bearer is the ADMIN_TOKEN. What was saved before the request is in it. A file that is cut off lacks its end, and cannot be restored.",
        security: bearerSecurity,
        response: { 200: fileSchema, ...errorResponses(401, 429, 503) },
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
      if (isRunning) throw new ApiError("TOO_MANY_REQUESTS", "Another backup is being made.");
      isRunning = true;
      logger.info("a backup has begun");
      const body = archiveStream(archiveStore(store, new Date()), isDraining);
      // However it ends, and also when nobody came to read from it.
      body.once("close", () => {
        isRunning = false;
        logger.info({ isWhole: body.readableEnded }, "a backup has ended");
      });
      return reply
        .header("cache-control", "no-store")
        .header("content-disposition", 'attachment; filename="boardwalk.backup"')
        .type("application/octet-stream")
        .send(body);
    },
  );
}
