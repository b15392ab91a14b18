import { canEdit } from "@boardwalk/board-model";
import type { RateLimitOptions } from "@fastify/rate-limit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { BoardError, isGuess } from "../boards/board-error.ts";
import type { Boards } from "../boards/boards.ts";
import type { Grant } from "../boards/grant.ts";
import { hashOf, isSameHash } from "../boards/secret.ts";
import type { Config } from "../config.ts";
import { ApiError } from "./api-error.ts";
import type { HttpApp } from "./http-app.ts";
import { nameOfLimit, rateLimits, tooManyRequests } from "./rate-limits.ts";

const bearerPattern = /^Bearer +(\S+) *$/i;

/** The token of an `Authorization: Bearer` header; null when there is no such header. */
export function bearerToken(request: FastifyRequest): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  return bearerPattern.exec(header)?.[1] ?? header;
}

/** Answers what a request may do on a board; throws what the API replies when it may not. */
export type Authorise = (
  request: FastifyRequest,
  reply: FastifyReply,
  boardId: string,
) => Promise<Grant>;

/** Does what needs a secret; see `createTokenGuard` and `createKeyGuard`. */
export type Guard = <T>(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<T>,
) => Promise<T>;

/**
 * For tokens and keys that the server has made: those cannot be guessed, so a right one counts
 * however many wrong ones came from the same address, behind which others may be. Past the limit
 * the wrong ones are told so.
 */
export function createTokenGuard(app: HttpApp): Guard {
  const limit = rateLimits.failedAuthorisations;
  const failures = app.createRateLimit(limit);
  return async (request, reply, work) => {
    try {
      return await work();
    } catch (error) {
      if (!isWrong(error)) throw error;
      const seen = await failures(request);
      if (seen.isAllowed || !seen.isExceeded) throw error;
      throw refusal(reply, limit, seen.ttlInSeconds);
    }
  };
}

/**
 * For keys that people have made: those can be guessed, so an address that has tried too many is
 * refused whatever it tries.
 */
export function createKeyGuard(app: HttpApp): Guard {
  const limit = rateLimits.wrongKeys;
  const failures = app.createRateLimit(limit);
  return async (request, reply, work) => {
    const seen = await failures(request, { increment: false });
    if (!seen.isAllowed && seen.remaining === 0) {
      throw refusal(reply, limit, seen.ttlInSeconds);
    }
    try {
      return await work();
    } catch (error) {
      if (isWrong(error)) await failures(request);
      throw error;
    }
  };
}

function isWrong(error: unknown): boolean {
  return (error instanceof BoardError || error instanceof ApiError) && isGuess(error);
}

function refusal(
  reply: FastifyReply,
  rateLimit: RateLimitOptions,
  retryAfterSeconds: number,
): ApiError {
  void reply.header("retry-after", retryAfterSeconds);
  return tooManyRequests(nameOfLimit(rateLimit), retryAfterSeconds);
}

export function createAuthorise(guard: Guard, boards: Boards): Authorise {
  return (request, reply, boardId) =>
    guard(request, reply, () => boards.authorise(boardId, bearerToken(request)));
}

/** For `onRequest`: throws what the API replies to those who may not make boards. */
export type AssertMayCreate = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export function createAssertMayCreate(guard: Guard, { boardCreationKey }: Config): AssertMayCreate {
  if (boardCreationKey === null) return async () => {};
  const keyHash = hashOf(boardCreationKey);
  return (request, reply) =>
    guard(request, reply, async () => {
      const key = bearerToken(request);
      if (key === null) throw new BoardError("CREATION_KEY_MISSING");
      if (!isSameHash(hashOf(key), keyHash)) throw new BoardError("CREATION_KEY_INVALID");
    });
}

/** @throws ApiError `NOT_ALLOWED` when the grant is not the owner's. */
export function assertOwns(grant: Grant): void {
  if (grant.role !== "owner") {
    throw new ApiError("NOT_ALLOWED", "This needs the board's owner key.");
  }
}

/** @throws ApiError `NOT_ALLOWED` when the grant is for viewing only. */
export function assertMayEdit(grant: Grant): void {
  if (!canEdit(grant.role)) {
    throw new ApiError("NOT_ALLOWED", "The board may be viewed, but not changed by this link now.");
  }
}
