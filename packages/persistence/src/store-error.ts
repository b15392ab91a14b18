/**
 * Every way the store can refuse.
 *
 * - `STORE_ABSENT`: there is no data folder at the path that was to be read.
 * - `STORE_LOCKED`: another process has the data folder open.
 * - `STORE_UNWRITABLE`: the data folder cannot be created or written; the database lets nobody in.
 * - `STORE_FORMAT`: the data folder or database was written by a later version.
 * - `STORE_DAMAGED`: stored bytes cannot be read back as what was written.
 * - `STORE_FULL`: no space or no quota left; nothing of the call is kept.
 * - `STORE_WRITE`: any other failure to write; nothing of the call is kept.
 * - `STORE_READ`: the disk failed to give back what it holds.
 * - `STORE_UNAVAILABLE`: the database does not answer; whether the call is kept is not known.
 * - `STORE_BUSY`: the bounded queue of unwritten operations is full; try again later.
 * - `STORE_CLOSED`: the store is closing or closed.
 * - `STORE_BAD_NAME`: a document name or record key is empty, too long or not Unicode.
 * - `STORE_TOO_LARGE`: an update, a record value, a whole document or a version's details are larger
 *   than the store takes.
 * - `DOCUMENT_EXISTS`: there is such a document already.
 * - `VERSIONS_FULL`: the document has as many versions as the store keeps of one.
 * - `ASSET_TOO_LARGE`: an asset is larger than its caller allows.
 * - `ASSET_BAD_HASH`: an asset's name is not 64 lower-case hexadecimal digits.
 */
export type StoreErrorCode =
  | "STORE_ABSENT"
  | "STORE_LOCKED"
  | "STORE_UNWRITABLE"
  | "STORE_FORMAT"
  | "STORE_DAMAGED"
  | "STORE_FULL"
  | "STORE_WRITE"
  | "STORE_READ"
  | "STORE_UNAVAILABLE"
  | "STORE_BUSY"
  | "STORE_CLOSED"
  | "STORE_BAD_NAME"
  | "STORE_TOO_LARGE"
  | "DOCUMENT_EXISTS"
  | "VERSIONS_FULL"
  | "ASSET_TOO_LARGE"
  | "ASSET_BAD_HASH";

/** The only error the store rejects with; `cause` keeps what the disk or the database said. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
  }
}

export function documentExistsError(name: string): StoreError {
  return new StoreError("DOCUMENT_EXISTS", `There is a document ${name} already`);
}

/** The POSIX error name of a Node file system error, or null. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}

/** LevelDB gives an errno only as its text, so both forms are known here. */
export function isOutOfSpace(error: unknown): boolean {
  const errno = errnoOf(error);
  if (errno !== null) return errno === "ENOSPC" || errno === "EDQUOT";
  return (
    error instanceof Error && /no space left|quota exceeded|not enough space/i.test(error.message)
  );
}

/** What a failed write is called: `STORE_FULL` for want of room, else `STORE_WRITE`. */
export function writeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return isOutOfSpace(error)
    ? new StoreError("STORE_FULL", `There is no room left on the disk: ${reason}`, error)
    : new StoreError("STORE_WRITE", `Writing to the disk failed: ${reason}`, error);
}

/** What a failed read is called. */
export function readError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return isCorruption(error)
    ? new StoreError("STORE_DAMAGED", `Stored bytes are damaged: ${reason}`, error)
    : new StoreError("STORE_READ", `Reading from the disk failed: ${reason}`, error);
}

/** Whether LevelDB found one of its own blocks unreadable. */
export function isCorruption(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "LEVEL_CORRUPTION";
}
