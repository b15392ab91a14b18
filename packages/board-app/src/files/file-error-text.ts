import { text } from "../text/text.ts";
import { FileError } from "./file-error.ts";
import { maxTldrFileBytes } from "./tldr-import.ts";

/** What to tell people about a failed export or import. */
export function fileErrorText(
  error: unknown,
  limits: { maxPages: number; maxShapesPerPage: number },
): string {
  if (!(error instanceof FileError)) return text.common.somethingElse;
  const exports = text.export.errors;
  const imports = text.import.errors;
  switch (error.code) {
    case "EXPORT_EMPTY":
    case "EXPORT_FAILED":
      return exports[error.code];
    case "FILE_TOO_LARGE":
      return imports.FILE_TOO_LARGE(maxTldrFileBytes / (1024 * 1024));
    case "TOO_MANY_PAGES":
      return imports.TOO_MANY_PAGES(limits.maxPages);
    case "TOO_MANY_SHAPES":
      return imports.TOO_MANY_SHAPES(limits.maxShapesPerPage);
    case "FILE_NOT_TLDR":
    case "FILE_TOO_OLD":
    case "FILE_TOO_NEW":
    case "FILE_DAMAGED":
    case "FILE_EMPTY":
    case "PICTURE_UPLOAD_FAILED":
    case "READ_FAILED":
      return imports[error.code];
  }
}
