import type { ErrorCode } from "@boardwalk/board-model";

/** What can go wrong without the server saying so. */
type PageErrorCode =
  /** No answer: no network, the server is down, or it took too long. */
  | "OFFLINE"
  /** Something answered that is not this server's API: a proxy's error page, a login wall. */
  | "BAD_ANSWER"
  /** What this person has done last is not on the server's disk yet. */
  | "NOT_SAVED";

/** A failed call of the REST API. `status` is the HTTP status, 0 where there was no answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode | PageErrorCode;
  readonly status: number;

  constructor(code: ErrorCode | PageErrorCode, status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}
