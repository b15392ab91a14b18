import {
  boardPath,
  changeLinkRequestSchema,
  createdLinkSchema,
  createLinkRequestSchema,
  linkSchema,
  linksSchema,
  peopleSchema,
  removedPersonSchema,
} from "@boardwalk/board-model";
import type { Link } from "@boardwalk/board-model";
import { z } from "zod";
import { BoardError } from "../boards/board-error.ts";
import { isKept } from "../boards/board-links.ts";
import type { LinkRecord } from "../boards/board-record.ts";
import { assertOwns } from "./bearer.ts";
import type { Authorise } from "./bearer.ts";
import { bearerSecurity, boardParams, originOf } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";

const linkParams = boardParams.extend({ linkId: z.string() });
const personParams = boardParams.extend({ connectionId: z.string() });
const noContent = z.undefined().describe("Done");

/** What the board's owner does with its links and with the people on it. */
export function linkRoutes(app: HttpApp, services: HttpServices, authorise: Authorise): void {
  const { boards, config, links, syncHost } = services;
  const owned = { security: bearerSecurity, params: boardParams };

  app.get(
    "/api/boards/:boardId/links",
    {
      schema: {
        ...owned,
        summary: "The board's links, for its owner",
        response: { 200: linksSchema, ...errorResponses(401, 403, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      const { locked, links: records } = await boards.get(boardId);
      const kept = await describe(boardId, records.filter(isKept));
      return reply.header("cache-control", "no-store").send({ locked, links: kept });
    },
  );

  app.post(
    "/api/boards/:boardId/links",
    {
      config: { rateLimit: rateLimits.linkChanges },
      schema: {
        ...owned,
        summary: "Make a link",
        description: "The token is shown this once; the server keeps its hash only.",
        body: createLinkRequestSchema,
        response: {
          201: createdLinkSchema,
          ...errorResponses(400, 401, 403, 404, 409, 410, 413, 429, 503, 507),
        },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      const origin = originOf(request, config);
      const { link, token } = await links.create(boardId, request.body);
      const url = origin + boardPath(boardId, token);
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ ...(await describeOne(boardId, link)), token, url });
    },
  );

  app.patch(
    "/api/boards/:boardId/links/:linkId",
    {
      config: { rateLimit: rateLimits.linkChanges },
      schema: {
        summary: "Change a link",
        description:
          "Acts at once on everyone who is in by the link. Who is in without a password that is set now has to give it.",
        security: bearerSecurity,
        params: linkParams,
        body: changeLinkRequestSchema,
        response: {
          200: linkSchema,
          ...errorResponses(400, 401, 403, 404, 409, 410, 413, 429, 503, 507),
        },
      },
    },
    async (request, reply) => {
      const { boardId, linkId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      const link = await links.change(boardId, linkId, request.body);
      return reply.header("cache-control", "no-store").send(await describeOne(boardId, link));
    },
  );

  app.delete(
    "/api/boards/:boardId/links/:linkId",
    {
      schema: {
        summary: "Revoke a link",
        description: "Everyone who is in by it is out when this answers.",
        security: bearerSecurity,
        params: linkParams,
        response: { 204: noContent, ...errorResponses(401, 403, 404, 410, 429, 503, 507) },
      },
    },
    async (request, reply) => {
      const { boardId, linkId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      await links.revoke(boardId, linkId);
      return reply.code(204).send(undefined);
    },
  );

  app.get(
    "/api/boards/:boardId/people",
    {
      schema: {
        ...owned,
        summary: "Who is on the board now and by which link, for its owner",
        response: { 200: peopleSchema, ...errorResponses(401, 403, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      const people = syncHost.people(boardId);
      return reply.header("cache-control", "no-store").send({ people });
    },
  );

  app.delete(
    "/api/boards/:boardId/people/:connectionId",
    {
      schema: {
        summary: "Remove a person",
        description:
          "Closes every connection of the person, revokes the links they came by with the view links that can be made from those, and makes new ones: others who are in by them go on by the new ones.",
        security: bearerSecurity,
        params: personParams,
        response: {
          200: removedPersonSchema,
          ...errorResponses(401, 403, 404, 410, 429, 503, 507),
        },
      },
    },
    async (request, reply) => {
      const { boardId, connectionId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      const removed = syncHost.connectionsOf(boardId, connectionId);
      if (removed.connectionIds.size === 0) throw new BoardError("PERSON_NOT_FOUND");
      const origin = originOf(request, config);
      const replaced = await links.remove(boardId, removed);
      const described = await describe(
        boardId,
        replaced.map(({ link }) => link),
      );
      return reply.header("cache-control", "no-store").send({
        removed: removed.connectionIds.size,
        links: replaced.flatMap(({ token, replaces }, index) => {
          const link = described[index];
          if (link === undefined) return [];
          return [{ ...link, replaces, token, url: origin + boardPath(boardId, token) }];
        }),
      });
    },
  );

  async function describe(boardId: string, records: readonly LinkRecord[]): Promise<Link[]> {
    const lastUsedAt = await boards.use.read(boardId);
    const people = syncHost.people(boardId);
    return records.map(({ id, role, name, derivedFrom, createdAt, expiresAt, password }) => ({
      id,
      role,
      name,
      derivedFrom,
      createdAt,
      expiresAt,
      hasPassword: password !== null,
      lastUsedAt: lastUsedAt[id] ?? null,
      peopleHere: people.filter(({ linkId }) => linkId === id).length,
    }));
  }

  async function describeOne(boardId: string, record: LinkRecord): Promise<Link> {
    const [link] = await describe(boardId, [record]);
    if (link === undefined) throw new BoardError("LINK_NOT_FOUND");
    return link;
  }
}
