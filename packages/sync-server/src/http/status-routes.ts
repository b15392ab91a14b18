import { pageConfigSchema } from "@boardwalk/board-model";
import { z } from "zod";
import { hashOf, isSameHash } from "../boards/secret.ts";
import { ApiError, apiError } from "./api-error.ts";
import { bearerToken, type Guard } from "./bearer.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { ownHosts } from "./security-headers.ts";
import { Readiness } from "./readiness.ts";

const statusSchema = z.object({ status: z.string() });

/** What operators and the page ask of the server itself. */
export function statusRoutes(app: HttpApp, services: HttpServices, guard: Guard): void {
  const { config, isDraining, metrics, store } = services;

  app.get(
    "/health",
    { schema: { summary: "Whether the process is up", response: { 200: statusSchema } } },
    () => ({ status: "ok" }),
  );

  const readiness = new Readiness(store);
  app.get(
    "/ready",
    {
      schema: {
        summary: "Whether the server can take work: its store answers and it is not stopping",
        response: { 200: statusSchema, ...errorResponses(503) },
      },
    },
    async () => {
      if (isDraining()) throw apiError("SHUTTING_DOWN");
      try {
        await readiness.check();
      } catch (cause) {
        throw apiError("STORE_UNAVAILABLE", cause);
      }
      return { status: "ready" };
    },
  );

  const metricsTokenHash = config.metricsToken === null ? null : hashOf(config.metricsToken);
  app.get("/metrics", { schema: { hide: true } }, async (request, reply) => {
    if (metricsTokenHash !== null) {
      await guard(request, reply, async () => {
        const token = bearerToken(request);
        if (token === null) throw new ApiError("TOKEN_MISSING", "This needs the METRICS_TOKEN.");
        if (!isSameHash(hashOf(token), metricsTokenHash)) {
          throw new ApiError("TOKEN_INVALID", "This is not the METRICS_TOKEN.");
        }
      });
    }
    const { registry } = metrics;
    return reply
      .header("cache-control", "no-store")
      .type(registry.contentType)
      .send(await registry.metrics());
  });

  app.get(
    "/api/config",
    {
      schema: {
        summary: "Settings for the page",
        response: { 200: pageConfigSchema },
      },
    },
    async (request, reply) =>
      reply.header("cache-control", "no-cache").send({
        tldrawLicenseKey: config.tldrawLicenseKey,
        boardCreation: config.boardCreationKey === null ? "open" : "key",
        auth: config.signedTokens === null ? "links" : "jwt",
        trashDays: config.trashDays,
        hosts: ownHosts(request.raw, config.publicOrigin),
      }),
  );

  app.get("/api/openapi.json", { schema: { hide: true } }, async (_request, reply) =>
    reply.header("cache-control", "no-cache").send(app.swagger()),
  );
}
