import { apiErrorText } from "../api/api-error-text.ts";
import { ApiError } from "../api/api-error.ts";
import { text } from "../text/text.ts";

/** What to tell the person when no board could be made of an archive. */
export function archiveErrorText(error: unknown): string {
  const words = text.archive.errors;
  if (!(error instanceof ApiError)) return apiErrorText(error);
  switch (error.code) {
    case "ARCHIVE_DAMAGED":
      return words.damaged;
    case "ARCHIVE_FORMAT":
      return words.newer;
    case "ARCHIVE_KIND":
      return words.otherKind;
    case "ARCHIVE_TOO_LARGE":
      return words.tooLarge;
    case "CREATION_KEY_MISSING":
    case "CREATION_KEY_INVALID":
      return words.keyNeeded;
    case "STORE_FULL":
      return text.createErrors.full;
    default:
      return apiErrorText(error);
  }
}
