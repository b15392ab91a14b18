import {
  createVersionRequestSchema,
  nameVersionRequestSchema,
  restoredVersionSchema,
  restoreVersionRequestSchema,
  versionSchema,
  versionsSchema,
} from "@boardwalk/board-model";
import { z } from "zod";
import { assertMayEdit, assertOwns } from "./bearer.ts";
import type { Authorise } from "./bearer.ts";
import { bearerSecurity, boardParams } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";

const versionParams = boardParams.extend({ versionId: z.string().max(64) });
const noContent = z.undefined().describe("Done");
const updateSchema = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, "has to be an update")
  .meta({ type: "string", format: "binary" })
  .describe("One Yjs update that holds all of the document");

/** The board's past, for those who may edit it. */
export function versionRoutes(app: HttpApp, services: HttpServices, authorise: Authorise): void {
  const { history } = services;
  const ofBoard = { security: bearerSecurity, params: boardParams };
  const ofVersion = { security: bearerSecurity, params: versionParams };
  const reads = { config: { rateLimit: rateLimits.versionReads } };
  const changes = { config: { rateLimit: rateLimits.versionChanges } };

  app.get(
    "/api/boards/:boardId/versions",
    {
      ...reads,
      schema: {
        ...ofBoard,
        summary: "The board's versions, newest first",
        response: { 200: versionsSchema, ...errorResponses(401, 403, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      assertMayEdit(await authorise(request, reply, boardId));
      const versions = await history.list(boardId);
      return reply.header("cache-control", "no-store").send({ versions });
    },
  );

  app.post(
    "/api/boards/:boardId/versions",
    {
      ...changes,
      schema: {
        ...ofBoard,
        summary: "Keep what is on the board now as a version",
        description: "Answers when it is durable. One with a name does not thin out.",
        body: createVersionRequestSchema,
        response: {
          201: versionSchema,
          ...errorResponses(400, 401, 403, 404, 409, 410, 413, 429, 503, 507),
        },
      },
      // A version needs no name, so a request needs no body.
      preValidation: async (request) => {
        request.body ??= { kind: "named" };
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      assertMayEdit(await authorise(request, reply, boardId));
      const version = await history.create(boardId, request.body);
      return reply.code(201).header("cache-control", "no-store").send(version);
    },
  );

  app.get(
    "/api/boards/:boardId/versions/:versionId/document",
    {
      ...reads,
      schema: {
        ...ofVersion,
        summary: "Read a version's document",
        produces: ["application/octet-stream"],
        response: { 200: updateSchema, ...errorResponses(401, 403, 404, 410, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { boardId, versionId } = request.params;
      assertMayEdit(await authorise(request, reply, boardId));
      const update = await history.load(boardId, versionId);
      return reply
        .header("cache-control", "no-store")
        .type("application/octet-stream")
        .send(Buffer.from(update.buffer, update.byteOffset, update.byteLength));
    },
  );

  app.patch(
    "/api/boards/:boardId/versions/:versionId",
    {
      ...changes,
      schema: {
        ...ofVersion,
        summary: "Name a version, or take its name away",
        body: nameVersionRequestSchema,
        response: {
          200: versionSchema,
          ...errorResponses(400, 401, 403, 404, 409, 410, 413, 429, 503, 507),
        },
      },
    },
    async (request, reply) => {
      const { boardId, versionId } = request.params;
      assertMayEdit(await authorise(request, reply, boardId));
      const version = await history.name(boardId, versionId, request.body.name);
      return reply.header("cache-control", "no-store").send(version);
    },
  );

  app.delete(
    "/api/boards/:boardId/versions/:versionId",
    {
      ...changes,
      schema: {
        ...ofVersion,
        summary: "Delete a version, for the board's owner",
        response: { 204: noContent, ...errorResponses(401, 403, 404, 410, 429, 503, 507) },
      },
    },
    async (request, reply) => {
      const { boardId, versionId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      await history.delete(boardId, versionId);
      return reply.code(204).send(undefined);
    },
  );

  app.post(
    "/api/boards/:boardId/versions/:versionId/restore",
    {
      ...changes,
      schema: {
        ...ofVersion,
        summary: "Make the board what it was in a version",
        description:
          "A change that everyone on the board sees at once. What was on it before is kept as a version of its own: restoring that takes it back. Answers when it is durable.",
        body: restoreVersionRequestSchema,
        response: {
          200: restoredVersionSchema,
          ...errorResponses(400, 401, 403, 404, 409, 410, 413, 429, 500, 503, 507),
        },
      },
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const { boardId, versionId } = request.params;
      assertMayEdit(await authorise(request, reply, boardId));
      const before = await history.restore(boardId, versionId, request.body.author);
      return reply.header("cache-control", "no-store").send({ before });
    },
  );
}
