import type { RateLimitOptions } from "@fastify/rate-limit";
import { ApiError } from "./api-error.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * Requests that one address may make; a /64 counts as one IPv6 address. Wide enough for a school
 * behind one address, narrow enough that a script does not fill the disk in a night.
 */
export const rateLimits = {
  /** Boards made. Hourly rather than by the minute, so that importing many at once is possible. */
  boardCreations: { max: 3_000, timeWindow: hourMs },
  /** Archives of boards fetched: each reads all of a board, with its pictures and versions. */
  archives: { max: 60, timeWindow: minuteMs },
  /** Boards made of archives. */
  boardImports: { max: 300, timeWindow: hourMs },
  /** Files uploaded: of a class of 40, thirty each. */
  uploads: { max: 1_200, timeWindow: minuteMs },
  /** Passwords tried, right or wrong; each link has a limit of its own besides. */
  passwordAttempts: { max: 600, timeWindow: minuteMs },
  /** Links made or changed: each may take the hashing of a password. */
  linkChanges: { max: 240, timeWindow: minuteMs },
  /** Boards deleted or taken back. */
  boardDeletions: { max: 300, timeWindow: minuteMs },
  /** Versions kept, named, deleted or restored: each works on a whole board. */
  versionChanges: { max: 120, timeWindow: minuteMs },
  /** Versions read, each as large as a board. */
  versionReads: { max: 300, timeWindow: minuteMs },
  /** Requests with a wrong token or for a board that is not there; right ones go on. */
  failedAuthorisations: { max: 300, timeWindow: minuteMs },
  /** Wrong keys for making boards, backups and metrics; then the right one is refused too. */
  wrongKeys: { max: 300, timeWindow: minuteMs },
} as const satisfies Record<string, RateLimitOptions>;

/** Megabytes uploaded by one address within `uploadWindowMs` are a setting: the disk is the operator's. */
export const uploadedBytesLimit = "UPLOADED_BYTES";
export const uploadWindowMs = hourMs;

/** Addresses remembered per limit; the least recent is forgotten first. */
export const rememberedAddresses = 10_000;

/** As messages and metrics name it, such as `BOARD_CREATIONS`. */
export function nameOfLimit(rateLimit: unknown): string {
  const found = Object.entries(rateLimits).find(([, limit]) => limit === rateLimit);
  return nameOf(found?.[0] ?? "requests");
}

export const rateLimitNames: readonly string[] = Object.keys(rateLimits).map(nameOf);

function nameOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function tooManyRequests(limit: string, retryAfterSeconds: number): ApiError {
  return new ApiError(
    "TOO_MANY_REQUESTS",
    `Too many requests from this address (${limit}); try again in ${retryAfterSeconds} s.`,
    { limit },
  );
}
