import type { ErrorCode, ErrorResponse } from "@boardwalk/board-model";
import { StoreError } from "@boardwalk/persistence";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { ArchiveError } from "../archive/archive-error.ts";
import { BoardError } from "../boards/board-error.ts";
import { KeysUnavailableError } from "../boards/signing-keys.ts";
import { NotSavedError } from "../sync/board-log.ts";

const statusOf: Record<ErrorCode, number> = {
  BAD_REQUEST: 400,
  BODY_TOO_LARGE: 413,
  BOARD_NOT_FOUND: 404,
  BOARD_DELETED: 410,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  LINK_REVOKED: 401,
  LINK_EXPIRED: 401,
  PASSWORD_REQUIRED: 401,
  PASSWORD_WRONG: 403,
  NOT_ALLOWED: 403,
  LINK_NOT_FOUND: 404,
  LINK_IS_DERIVED: 409,
  TOO_MANY_LINKS: 409,
  PERSON_NOT_FOUND: 404,
  REMOVED: 401,
  TOKEN_EXPIRED: 401,
  KEYS_UNAVAILABLE: 503,
  LINKS_NOT_USED: 409,
  VERSION_NOT_FOUND: 404,
  VERSION_DAMAGED: 500,
  VERSION_IS_NEWER: 409,
  TOO_MANY_VERSIONS: 409,
  CREATION_KEY_MISSING: 401,
  CREATION_KEY_INVALID: 401,
  ARCHIVE_DAMAGED: 400,
  ARCHIVE_FORMAT: 400,
  ARCHIVE_KIND: 400,
  ARCHIVE_TOO_LARGE: 413,
  ASSET_NOT_FOUND: 404,
  ASSET_TOO_LARGE: 413,
  ASSET_TYPE: 415,
  CONNECTION_NOT_FOUND: 404,
  ORIGIN_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  TOO_MANY_REQUESTS: 429,
  STORE_FULL: 507,
  STORE_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  INTERNAL: 500,
};

const messages = {
  ASSET_TOO_LARGE: "The file is too large for this server.",
  BODY_TOO_LARGE: "The body of the request is too large.",
  CONNECTION_NOT_FOUND: "There is no such live connection, or it has ended.",
  INTERNAL: "Something went wrong on the server.",
  KEYS_UNAVAILABLE: "The keys that signed tokens are checked with cannot be fetched at present.",
  NOT_FOUND: "There is nothing at this address.",
  ORIGIN_NOT_ALLOWED: "Pages of another site get no live connection.",
  SHUTTING_DOWN: "The server is about to stop; try again in a moment.",
  STORE_FULL: "The server's disk is full; nothing was saved.",
  STORE_UNAVAILABLE: "The server cannot read or save boards at the moment.",
} as const satisfies Partial<Record<ErrorCode, string>>;

/** Limits of single requests, as errors and metrics name them. */
export const requestLimits = [
  "BODY_BYTES",
  "TEXT_LENGTH",
  "ASSET_BYTES",
  "ARCHIVE_BYTES",
  "WAITING_IMPORTS",
] as const;

/** Which of them an error of this code is over. */
const limitOf: Partial<Record<ErrorCode, (typeof requestLimits)[number]>> = {
  BODY_TOO_LARGE: "BODY_BYTES",
  ASSET_TOO_LARGE: "ASSET_BYTES",
  ARCHIVE_TOO_LARGE: "ARCHIVE_BYTES",
};

type ApiErrorOptions = { status?: number; cause?: unknown; limit?: string | null };

/** An error as the API tells it: a stable code, its HTTP status, and a message for people. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly statusCode: number;
  /** The name of the limit that the request is over, if any. */
  readonly limit: string | null;

  constructor(code: ErrorCode, message: string, { status, cause, limit }: ApiErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ApiError";
    this.code = code;
    this.statusCode = status ?? statusOf[code];
    this.limit = limit ?? limitOf[code] ?? null;
  }

  body(): ErrorResponse {
    const { code, message, limit } = this;
    return { error: { code, message, ...(limit === null ? {} : { limit }) } };
  }
}

/** An error whose code says it all. */
export function apiError(code: keyof typeof messages, cause?: unknown): ApiError {
  return new ApiError(code, messages[code], { cause });
}

/** What the API says of any error. Nothing of an unexpected one is told but that it happened. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof BoardError) {
    return new ApiError(error.code, error.message, { cause: error, limit: error.limit });
  }
  if (error instanceof ArchiveError) {
    return new ApiError(error.code, error.message, { cause: error });
  }
  if (error instanceof KeysUnavailableError) return apiError("KEYS_UNAVAILABLE", error);
  if (error instanceof NotSavedError) return apiError(error.code, error);
  if (error instanceof StoreError) return apiError(codeOfStore(error), error);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const faults = error.validation.map(({ instancePath, message }) => {
      const field = instancePath.slice(1).replaceAll("/", ".");
      return `${field === "" ? "body" : field}: ${message ?? "is not valid"}`;
    });
    const isTooLong = error.validation.some(({ keyword }) => keyword === "too_big");
    const limit = isTooLong ? "TEXT_LENGTH" : null;
    return new ApiError("BAD_REQUEST", faults.join("; "), { cause: error, limit });
  }
  const status = clientStatusOf(error);
  if (status === 404) return apiError("NOT_FOUND", error);
  if (status === 413) return apiError("BODY_TOO_LARGE", error);
  if (status !== null) {
    const message = error instanceof Error ? error.message : "The request is not valid.";
    return new ApiError("BAD_REQUEST", message, { status, cause: error });
  }
  // The synchronisation host refuses to open a board with an error of its own around the store's.
  if (error instanceof Error && error.cause instanceof StoreError) return toApiError(error.cause);
  return apiError("INTERNAL", error);
}

function codeOfStore(error: StoreError): keyof typeof messages {
  switch (error.code) {
    case "ASSET_TOO_LARGE":
    case "STORE_FULL":
      return error.code;
    default:
      return "STORE_UNAVAILABLE";
  }
}

/** The 4xx status that the framework gave an error about the request; null for any other error. */
function clientStatusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("statusCode" in error)) return null;
  const status = error.statusCode;
  return typeof status === "number" && status >= 400 && status < 500 ? status : null;
}
