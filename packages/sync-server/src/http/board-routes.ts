import {
  boardPath,
  boardSchema,
  changeBoardRequestSchema,
  createBoardRequestSchema,
  createdBoardSchema,
} from "@boardwalk/board-model";
import type { Board } from "@boardwalk/board-model";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Grant } from "../boards/grant.ts";
import type { Config } from "../config.ts";
import { ApiError } from "./api-error.ts";
import { assertMayEdit, assertOwns } from "./bearer.ts";
import type { AssertMayCreate, Authorise } from "./bearer.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";
import { errorResponses } from "./error-responses.ts";
import { isPlainHost } from "./security-headers.ts";

export const boardParams = z.object({ boardId: z.string() });
export const bearerSecurity = [{ bearer: [] }];

/** Making, reading and naming boards. */
export function boardRoutes(
  app: HttpApp,
  services: HttpServices,
  authorise: Authorise,
  assertMayCreate: AssertMayCreate,
): void {
  const { boards, config, links, syncHost } = services;

  app.post(
    "/api/boards",
    {
      config: { rateLimit: rateLimits.boardCreations },
      schema: {
        summary: "Make a board",
        description:
          "The keys are shown this once; the server keeps their hashes only. Where boardCreation of /api/config is `key`, the Bearer is the server's key for making boards.",
        security: config.boardCreationKey === null ? [] : bearerSecurity,
        body: createBoardRequestSchema,
        response: { 201: createdBoardSchema, ...errorResponses(400, 401, 413, 429, 503, 507) },
      },
      onRequest: assertMayCreate,
      // A board needs no name, so a request needs no body.
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const origin = originOf(request, config);
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

  app.get(
    "/api/boards/:boardId",
    {
      schema: {
        summary: "Read a board's name, and what the token allows",
        security: bearerSecurity,
        params: boardParams,
        response: { 200: boardSchema, ...errorResponses(401, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const grant = await authorise(request, reply, boardId);
      return reply
        .header("cache-control", "no-store")
        .send(await describeBoard(services, boardId, grant));
    },
  );

  app.patch(
    "/api/boards/:boardId",
    {
      schema: {
        summary: "Rename a board, or lock it",
        description:
          "Answers when it is durable. Naming is for those who may edit; locking, for the owner, lets everybody else only look.",
        security: bearerSecurity,
        params: boardParams,
        body: changeBoardRequestSchema,
        response: {
          200: boardSchema,
          ...errorResponses(400, 401, 403, 404, 410, 413, 429, 503, 507),
        },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const { name, locked } = request.body;
      const grant = await authorise(request, reply, boardId);
      if (locked !== undefined) assertOwns(grant);
      if (name !== undefined) {
        assertMayEdit(grant);
        await syncHost.renameBoard(boardId, name);
      }
      if (locked !== undefined) await links.setLocked(boardId, locked);
      return reply
        .header("cache-control", "no-store")
        .send(await describeBoard(services, boardId, grant));
    },
  );
}

/** The board as it is told to whoever has this grant. */
export async function describeBoard(
  { boards, syncHost }: HttpServices,
  boardId: string,
  { role }: Grant,
): Promise<Board> {
  const { createdAt, locked } = await boards.get(boardId);
  const name = await syncHost.readBoardName(boardId);
  return { id: boardId, name, role, locked, createdAt };
}

/** The server's own origin, or that of the request where it was not told it. */
export function originOf(request: FastifyRequest, { publicOrigin }: Config): string {
  if (publicOrigin !== null) return publicOrigin;
  if (!isPlainHost(request.host)) {
    throw new ApiError("BAD_REQUEST", "The request does not say which host it is for.");
  }
  return `${request.protocol}://${request.host}`;
}
