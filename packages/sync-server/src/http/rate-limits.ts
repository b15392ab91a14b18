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
  /** Files uploaded. */
  uploads: { max: 600, timeWindow: minuteMs },
  /** Bytes of those. */
  uploadedBytes: { max: 4 * 1024 * 1024 * 1024, timeWindow: hourMs },
  /** Passwords tried, right or wrong; each link has a limit of its own besides. */
  passwordAttempts: { max: 120, timeWindow: minuteMs },
  /** Links made or changed: each may take the hashing of a password. */
  linkChanges: { max: 240, timeWindow: minuteMs },
  /** Boards deleted or taken back. */
  boardDeletions: { max: 300, timeWindow: minuteMs },
  /** Versions kept, named, deleted or restored: each works on a whole board. */
  versionChanges: { max: 120, timeWindow: minuteMs },
  /** Versions read, each as large as a board. */
  versionReads: { max: 300, timeWindow: minuteMs },
  /** Requests with a wrong token or for a board that is not there, after which all are refused. */
  failedAuthorisations: { max: 300, timeWindow: minuteMs },
} as const satisfies Record<string, RateLimitOptions>;

/** Addresses remembered per limit; the least recent is forgotten first. */
export const rememberedAddresses = 10_000;

/** As messages and metrics name it, such as `BOARD_CREATIONS`. */
export function nameOfLimit(rateLimit: unknown): string {
  const [name] = Object.entries(rateLimits).find(([, limit]) => limit === rateLimit) ?? [
    "requests",
  ];
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function tooManyRequests(limit: string, retryAfterSeconds: number): ApiError {
  return new ApiError(
    "TOO_MANY_REQUESTS",
    `Too many requests from this address (${limit}); try again in ${retryAfterSeconds} s.`,
  );
}
