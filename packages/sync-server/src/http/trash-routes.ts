import { boardSchema, deletedBoardSchema } from "@boardwalk/board-model";
import { BoardError } from "../boards/board-error.ts";
import { ownerGrant } from "../boards/grant.ts";
import { assertOwns, bearerToken } from "./bearer.ts";
import type { Guard } from "./bearer.ts";
import { bearerSecurity, boardParams, describeBoard } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";

/** Deleting a board and taking it back, for its owner. */
export function trashRoutes(app: HttpApp, services: HttpServices, guard: Guard): void {
  const { boards, history, trash, upkeep } = services;

  /** Does one thing with a board that is there, and another with one that was deleted. */
  const whether = async <T>(
    boardId: string,
    token: string | null,
    { isThere, isDeleted }: { isThere: () => Promise<T>; isDeleted: () => Promise<T> },
  ): Promise<T> => {
    try {
      assertOwns(await boards.authorise(boardId, token));
    } catch (error) {
      if (error instanceof BoardError && error.code === "BOARD_DELETED") return isDeleted();
      throw error;
    }
    return isThere();
  };

  app.delete(
    "/api/boards/:boardId",
    {
      config: { rateLimit: rateLimits.boardDeletions },
      schema: {
        summary: "Delete a board, for its owner",
        description:
          "Puts everyone out at once. Until `goneAt` its owner can take it back; then its document, its versions and those of its files that no other board shows are removed. Answers when it is durable, and the same when asked again.",
        security: bearerSecurity,
        params: boardParams,
        response: { 200: deletedBoardSchema, ...errorResponses(401, 403, 404, 410, 429, 503, 507) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const token = bearerToken(request);
      const { deletedAt, goneAt } = await guard(request, reply, async () =>
        whether(boardId, token, {
          isThere: async () => trash.delete(boardId),
          isDeleted: async () => trash.find(boardId, token),
        }),
      );
      if (goneAt === deletedAt) upkeep.sweepSoon();
      return reply.header("cache-control", "no-store").send({ deletedAt, goneAt });
    },
  );

  app.post(
    "/api/boards/:boardId/undelete",
    {
      config: { rateLimit: rateLimits.boardDeletions },
      schema: {
        summary: "Take a deleted board back, for its owner",
        description: "Everything is as it was, the links included. Answers when it is durable.",
        security: bearerSecurity,
        params: boardParams,
        response: { 200: boardSchema, ...errorResponses(401, 403, 404, 410, 429, 503, 507) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const token = bearerToken(request);
      await guard(request, reply, async () =>
        whether(boardId, token, {
          isThere: async () => undefined,
          isDeleted: async () => {
            await trash.takeBack(boardId, token);
            history.takenBack(boardId);
          },
        }),
      );
      const board = await describeBoard(services, boardId, ownerGrant);
      return reply.header("cache-control", "no-store").send(board);
    },
  );
}
