/**
 * Why an archive is not taken.
 *
 * - `ARCHIVE_DAMAGED`: its bytes are not those that were written, or some are missing.
 * - `ARCHIVE_FORMAT`: a later version wrote it.
 * - `ARCHIVE_KIND`: it is no archive, or one of something else.
 * - `ARCHIVE_TOO_LARGE`: it holds more than may be taken.
 */
export type ArchiveErrorCode =
  | "ARCHIVE_DAMAGED"
  | "ARCHIVE_FORMAT"
  | "ARCHIVE_KIND"
  | "ARCHIVE_TOO_LARGE";

/** The message is written for people. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ArchiveError";
    this.code = code;
  }
}

export function damaged(what: string, cause?: unknown): ArchiveError {
  return new ArchiveError("ARCHIVE_DAMAGED", `The archive is damaged: ${what}`, cause);
}
