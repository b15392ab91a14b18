export type FileErrorCode =
  | "EXPORT_EMPTY"
  | "EXPORT_FAILED"
  | "FILE_TOO_LARGE"
  | "FILE_NOT_TLDR"
  | "FILE_TOO_OLD"
  | "FILE_TOO_NEW"
  | "FILE_DAMAGED"
  | "FILE_EMPTY"
  | "TOO_MANY_PAGES"
  | "TOO_MANY_SHAPES"
  | "PICTURE_UPLOAD_FAILED"
  | "READ_FAILED";

/** Why an export or an import did not happen. Nothing was changed on the board. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
