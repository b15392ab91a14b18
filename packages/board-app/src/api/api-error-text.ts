import { text } from "../text/text.ts";
import { ApiError } from "./api-error.ts";

/** What to tell the person about a failed call. */
export function apiErrorText(error: unknown): string {
  const words = text.apiErrors;
  if (!(error instanceof ApiError)) return words.other("PAGE");
  switch (error.code) {
    case "OFFLINE":
      return words.offline;
    case "TOO_MANY_REQUESTS":
      return words.tooMany;
    case "STORE_FULL":
    case "STORE_UNAVAILABLE":
    case "SHUTTING_DOWN":
      return words.unavailable;
    case "TOKEN_INVALID":
    case "NOT_ALLOWED":
      return words.notOwner;
    case "PASSWORD_WRONG":
      return words.wrongPassword;
    case "BOARD_DELETED":
      return words.boardDeleted;
    case "BOARD_NOT_FOUND":
      return words.boardGone;
    case "LINK_NOT_FOUND":
      return words.linkGone;
    case "PERSON_NOT_FOUND":
      return words.personGone;
    case "TOO_MANY_LINKS":
      return words.tooManyLinks;
    default:
      return words.other(error.code);
  }
}
