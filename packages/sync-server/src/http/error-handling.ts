import type { FastifyReply, FastifyRequest } from "fastify";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { loggablePath } from "../logging.ts";
import { ApiError, apiError, toApiError } from "./api-error.ts";
import type { Metrics } from "../metrics.ts";
import type { HttpApp } from "./http-app.ts";
import { plainPage } from "./plain-page.ts";
import type { RouteIndex } from "./route-index.ts";

/** Makes every error of the app, its own or the framework's, a coded reply. */
export function handleErrors(app: HttpApp, routes: RouteIndex, metrics: Metrics): void {
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, metrics));
  app.setNotFoundHandler((request, reply) => {
    const path = loggablePath(request.url);
    const methods = routes.methodsAt(path);
    if (methods.length > 0 && !methods.includes(request.method)) {
      void reply.header("allow", methods.join(", "));
      const message = `${request.method} is not possible here; use ${methods.join(" or ")}.`;
      return sendError(new ApiError("METHOD_NOT_ALLOWED", message), request, reply, metrics);
    }
    if (!path.startsWith("/api/") && prefersHtml(request)) {
      const page = plainPage("Nothing here", "There is no page at this address.");
      return reply.code(404).type("text/html; charset=utf-8").send(page);
    }
    return sendError(apiError("NOT_FOUND"), request, reply, metrics);
  });
}

function prefersHtml(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("text/html") === true;
}

/** Replies with the coded form of an error, counts it for its limit, logs what is the server's fault. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { limitRefusals }: Metrics,
): FastifyReply {
  const told = toApiError(error);
  if (told.limit !== null) limitRefusals.inc({ limit: told.limit });
  const route = request.routeOptions.url ?? "unmatched";
  if (request.raw.destroyed && !request.raw.complete) {
    request.log.debug({ route }, "a client left before its request was complete");
  } else if (told.statusCode >= 500 && told.code !== "SHUTTING_DOWN") {
    request.log.error({ err: told.cause ?? told, code: told.code, route }, "a request failed");
  }
  if (told.statusCode === 401) void reply.header("www-authenticate", "Bearer");
  return reply
    .code(told.statusCode)
    .header("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .serializer((body: unknown) => JSON.stringify(body))
    .send(told.body());
}

/** Answers a socket whose bytes were not HTTP, and closes it. */
export function refuseConnection(socket: Duplex, statusCode: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const error = new ApiError("BAD_REQUEST", "The request is not HTTP that this server reads.");
  const text = JSON.stringify(error.body());
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? "Bad Request"}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`, () => socket.destroy());
}
