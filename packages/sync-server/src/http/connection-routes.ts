import { limits, openedConnectionSchema } from "@boardwalk/board-model";
import { z } from "zod";
import type { PolledSocket } from "../sync/polled-socket.ts";
import type { SyncHost } from "../sync/sync-host.ts";
import { ApiError, apiError } from "./api-error.ts";
import { bearerToken } from "./bearer.ts";
import { bearerSecurity } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";

/** Where the bytes of a connection come and go; clients finish theirs while the server stops. */
export const connectionPath = "/api/connections/current";

const noContent = z.undefined().describe("Taken");
const positionSchema = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const bytesSchema = z
  .custom<Buffer>((value) => value instanceof Buffer, "has to be bytes")
  .meta({ type: "string", format: "binary" });

/** Live connections for those whose way to the server no WebSocket passes. */
export function connectionRoutes(app: HttpApp, { syncHost }: HttpServices): void {
  app.post(
    "/api/connections",
    {
      schema: {
        summary: "Open a live connection that needs no WebSocket",
        description:
          "Stands for a WebSocket on /sync after its handshake. The connection that is answered is the Bearer of the requests that carry its bytes.",
        response: { 201: openedConnectionSchema, ...errorResponses(403, 429, 503) },
      },
    },
    async (request, reply) => {
      const opening = syncHost.openPolled(request.raw);
      if (opening.kind === "refused") throw refusalOf(opening.code);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ connection: opening.secret });
    },
  );

  app.get(
    connectionPath,
    {
      schema: {
        summary: "What comes next on a live connection",
        description:
          "WebSocket frames from the server, as soon as there are some: every 5 s at the latest. `from` is the number of bytes received so far.",
        security: bearerSecurity,
        querystring: z.object({ from: positionSchema }),
        produces: ["application/octet-stream"],
        response: { 200: bytesSchema, ...errorResponses(400, 404) },
      },
    },
    async (request, reply) => {
      const bytes = await socketOf(syncHost, bearerToken(request)).poll(request.query.from);
      if (bytes === null) throw apiError("CONNECTION_NOT_FOUND");
      return reply.header("cache-control", "no-store").type("application/octet-stream").send(bytes);
    },
  );

  void app.register(async (scope: HttpApp) => {
    const bodyLimit = limits.polledBytes;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => {
      done(null, body);
    });
    scope.post(
      connectionPath,
      {
        schema: {
          summary: "Send on a live connection",
          description: `The body is the next bytes of the client's WebSocket frames, at most ${bodyLimit}. \`at\` is the number of bytes sent before them.`,
          security: bearerSecurity,
          consumes: ["application/octet-stream"],
          querystring: z.object({ at: positionSchema }),
          body: bytesSchema,
          response: { 204: noContent, ...errorResponses(400, 404, 413) },
        },
      },
      async (request, reply) => {
        const socket = socketOf(syncHost, bearerToken(request));
        const isTaken = await socket.receive(request.query.at, request.body);
        if (!isTaken) throw apiError("CONNECTION_NOT_FOUND");
        return reply.code(204).send(undefined);
      },
    );
  });
}

function socketOf(syncHost: SyncHost, secret: string | null): PolledSocket {
  const socket = secret === null ? null : syncHost.polled(secret);
  if (socket === null) throw apiError("CONNECTION_NOT_FOUND");
  return socket;
}

function refusalOf(code: "SHUTTING_DOWN" | "ORIGIN_NOT_ALLOWED" | "SOCKETS_PER_ADDRESS"): ApiError {
  if (code !== "SOCKETS_PER_ADDRESS") return apiError(code);
  return new ApiError("TOO_MANY_REQUESTS", "Too many connections from this address.", {
    limit: code,
  });
}
