import {
  boardPath,
  boardSchema,
  createBoardRequestSchema,
  createdBoardSchema,
  renameBoardRequestSchema,
} from "@boardwalk/board-model";
import type { Board } from "@boardwalk/board-model";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Grant } from "../boards/boards.ts";
import { ApiError } from "./api-error.ts";
import { assertMayEdit } from "./bearer.ts";
import type { Authorise } from "./bearer.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";
import { errorResponses } from "./error-responses.ts";
import { isPlainHost } from "./security-headers.ts";

export const boardParams = z.object({ boardId: z.string() });
export const bearerSecurity = [{ bearer: [] }];

/** Making, reading and naming boards. */
export function boardRoutes(app: HttpApp, services: HttpServices, authorise: Authorise): void {
  const { boards, config, syncHost } = services;

  app.post(
    "/api/boards",
    {
      config: { rateLimit: rateLimits.boardCreations },
      schema: {
        summary: "Make a board",
        description: "The keys are shown this once; the server keeps their hashes only.",
        body: createBoardRequestSchema,
        response: { 201: createdBoardSchema, ...errorResponses(400, 413, 429, 503, 507) },
      },
      // A board needs no name, so a request needs no body.
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const origin = config.publicOrigin ?? requestOrigin(request);
      const board = await boards.create(request.body.name);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({
          ...board,
          editUrl: origin + boardPath(board.id, board.editToken),
          viewUrl: origin + boardPath(board.id, board.viewToken),
        });
    },
  );

  const describe = async (boardId: string, grant: Grant): Promise<Board> => {
    const { createdAt } = await boards.get(boardId);
    const name = await syncHost.readBoardName(boardId);
    return { id: boardId, name, role: grant.role, createdAt };
  };

  app.get(
    "/api/boards/:boardId",
    {
      schema: {
        summary: "Read a board's name, and what the token allows",
        security: bearerSecurity,
        params: boardParams,
        response: { 200: boardSchema, ...errorResponses(401, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const grant = await authorise(request, reply, boardId);
      return reply.header("cache-control", "no-store").send(await describe(boardId, grant));
    },
  );

  app.patch(
    "/api/boards/:boardId",
    {
      schema: {
        summary: "Rename a board",
        description: "Answers when the new name is durable.",
        security: bearerSecurity,
        params: boardParams,
        body: renameBoardRequestSchema,
        response: { 200: boardSchema, ...errorResponses(400, 401, 403, 404, 413, 429, 503, 507) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const grant = await authorise(request, reply, boardId);
      assertMayEdit(grant);
      await syncHost.renameBoard(boardId, request.body.name);
      return reply.header("cache-control", "no-store").send(await describe(boardId, grant));
    },
  );
}

/** The origin the request was made to, for a server that was not told its own. */
function requestOrigin(request: FastifyRequest): string {
  if (!isPlainHost(request.host)) {
    throw new ApiError("BAD_REQUEST", "The request does not say which host it is for.");
  }
  return `${request.protocol}://${request.host}`;
}
