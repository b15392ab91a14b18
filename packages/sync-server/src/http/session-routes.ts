import { openedSessionSchema, openSessionRequestSchema } from "@boardwalk/board-model";
import { clientAddressOf } from "../client-address.ts";
import { bearerToken } from "./bearer.ts";
import type { Guard } from "./bearer.ts";
import { bearerSecurity, boardParams } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";

/** Opening a link that has a password. */
export function sessionRoutes(app: HttpApp, { boards, config }: HttpServices, guard: Guard): void {
  app.post(
    "/api/boards/:boardId/sessions",
    {
      config: { rateLimit: rateLimits.passwordAttempts },
      schema: {
        summary: "Exchange a link's token and its password for a session",
        description:
          "The Bearer is the link's token. The session stands for both in the Auth message, in the query of /yjs and as a Bearer, until it ends or the link or its password changes.",
        security: bearerSecurity,
        params: boardParams,
        body: openSessionRequestSchema,
        response: {
          201: openedSessionSchema,
          ...errorResponses(400, 401, 403, 404, 409, 410, 413, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const { token, endMs } = await guard(request, reply, () =>
        boards.enter(boardId, bearerToken(request), {
          password: request.body.password,
          address: clientAddressOf(request.raw, config.trustedProxyHops),
        }),
      );
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ session: token, expiresAt: new Date(endMs).toISOString() });
    },
  );
}
