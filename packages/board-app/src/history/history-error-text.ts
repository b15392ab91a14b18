import { apiErrorText } from "../api/api-error-text.ts";
import { ApiError } from "../api/api-error.ts";
import { text } from "../text/text.ts";

/** What to tell the person when the board's past could not be read, kept or restored. */
export function historyErrorText(error: unknown): string {
  const words = text.history.errors;
  if (!(error instanceof ApiError)) return words.unreadable;
  switch (error.code) {
    case "NOT_ALLOWED":
    case "TOKEN_INVALID":
    case "LINK_REVOKED":
    case "LINK_EXPIRED":
      return words.notAllowed;
    case "STORE_FULL":
      return words.full;
    case "NOT_SAVED":
      return words.notSaved;
    case "VERSION_NOT_FOUND":
      return words.gone;
    case "VERSION_DAMAGED":
      return words.damaged;
    case "VERSION_IS_NEWER":
      return words.newer;
    case "TOO_MANY_VERSIONS":
      return words.tooMany;
    default:
      return apiErrorText(error);
  }
}
