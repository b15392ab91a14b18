import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import { fastify, LogController } from "fastify";
import type { FastifyBaseLogger, RawServerDefault } from "fastify";
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { loggablePath } from "../logging.ts";
import { apiError } from "./api-error.ts";
import { archiveRoutes } from "./archive-routes.ts";
import { assetRoutes } from "./asset-routes.ts";
import {
  createAssertMayCreate,
  createAuthorise,
  createKeyGuard,
  createTokenGuard,
} from "./bearer.ts";
import { connectionPath, connectionRoutes } from "./connection-routes.ts";
import { backupRoute } from "./backup-route.ts";
import { boardRoutes } from "./board-routes.ts";
import { handleErrors, refuseConnection, sendError } from "./error-handling.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { linkRoutes } from "./link-routes.ts";
import { pageRoutes } from "./page-routes.ts";
import { nameOfLimit, rememberedAddresses, tooManyRequests } from "./rate-limits.ts";
import { RouteIndex } from "./route-index.ts";
import { securityHeaders } from "./security-headers.ts";
import { sessionRoutes } from "./session-routes.ts";
import { statusRoutes } from "./status-routes.ts";
import { trashRoutes } from "./trash-routes.ts";
import { versionRoutes } from "./version-routes.ts";

/** Time to send a whole request: an upload of the largest size over a slow line. */
const requestTimeoutMs = 300_000;
/** Largest JSON body; a board's name is the longest thing in one. */
const jsonBodyBytes = 16 * 1024;

/** What Node says of a request that it could not read. */
const statusOfBadRequest: ReadonlyMap<string, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

/** What is answered also while the server stops: what operators ask, and what was being done. */
const lastPaths: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics", connectionPath]);

/** The page, the REST API and the status endpoints. Not listening yet. */
export async function createHttpApp(services: HttpServices): Promise<HttpApp> {
  const { certificate, config, isDraining, logger, metrics, openRequests } = services;
  const app: HttpApp = fastify<RawServerDefault>({
    ...(certificate === null ? {} : { https: certificate.pem }),
    loggerInstance: frameworkLogger(logger),
    // Its own lines hold whole addresses.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: (_address, hop) => hop < config.trustedProxyHops,
    requestTimeout: requestTimeoutMs,
    bodyLimit: jsonBodyBytes,
    // Told in our own form by the hook below.
    return503OnClosing: false,
    // Connections that a browser opened ahead of any request do not count as idle.
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply, metrics);
    },
    clientErrorHandler: (error, socket) => {
      refuseConnection(socket, statusOfBadRequest.get(error.code) ?? 400);
    },
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const routes = new RouteIndex();
  app.addHook("onRoute", (route) => routes.add(route));
  await app.register(helmet, securityHeaders(config));
  app.addHook("onRequest", async (request, reply) => {
    openRequests.add(reply.raw);
    if (!isDraining() || lastPaths.has(loggablePath(request.url))) return;
    void reply.header("connection", "close").header("retry-after", 1);
    throw apiError("SHUTTING_DOWN");
  });
  app.addHook("onResponse", async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? "unmatched",
      status: reply.statusCode,
    };
    metrics.observeRequest(labels, reply.elapsedTime / 1000);
    const path = loggablePath(request.url);
    request.log.debug({ ...labels, path, durationMs: reply.elapsedTime }, "a request was answered");
  });

  await app.register(rateLimit, {
    global: false,
    cache: rememberedAddresses,
    errorResponseBuilder: (request, { ttl }) => {
      const limit = nameOfLimit(request.routeOptions.config.rateLimit);
      return tooManyRequests(limit, Math.ceil(ttl / 1000));
    },
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Boardwalk", version: "1", description: "Boards of this server" },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });

  handleErrors(app, routes, metrics);
  const guard = createTokenGuard(app);
  const keyGuard = createKeyGuard(app);
  const authorise = createAuthorise(guard, services.boards);
  statusRoutes(app, services, keyGuard);
  backupRoute(app, services, keyGuard);
  const assertMayCreate = createAssertMayCreate(keyGuard, config);
  boardRoutes(app, services, authorise, assertMayCreate);
  archiveRoutes(app, services, authorise, assertMayCreate);
  linkRoutes(app, services, authorise);
  versionRoutes(app, services, authorise);
  trashRoutes(app, services, guard);
  sessionRoutes(app, services, guard);
  assetRoutes(app, services, authorise);
  connectionRoutes(app, services);
  await app.register(async (scope) => pageRoutes(scope, services.pageDir));
  return app;
}

/** Fastify tells every address it listens on; the server says that itself, once. */
function frameworkLogger(logger: Logger): FastifyBaseLogger {
  const isQuiet = !logger.isLevelEnabled("debug") && logger.isLevelEnabled("warn");
  return isQuiet ? logger.child({}, { level: "warn" }) : logger;
}
