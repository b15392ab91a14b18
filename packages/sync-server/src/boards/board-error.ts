export type BoardErrorCode =
  | "BOARD_NOT_FOUND"
  | "BOARD_DELETED"
  | "TOKEN_MISSING"
  | "TOKEN_INVALID"
  | "LINK_REVOKED"
  | "LINK_EXPIRED"
  | "PASSWORD_REQUIRED"
  | "PASSWORD_WRONG"
  | "LINK_NOT_FOUND"
  | "LINK_IS_DERIVED"
  | "TOO_MANY_LINKS"
  | "TOO_MANY_REQUESTS"
  | "PERSON_NOT_FOUND"
  | "REMOVED"
  | "TOKEN_EXPIRED"
  | "LINKS_NOT_USED"
  | "VERSION_NOT_FOUND"
  | "VERSION_DAMAGED"
  | "VERSION_IS_NEWER"
  | "TOO_MANY_VERSIONS"
  | "CREATION_KEY_MISSING"
  | "CREATION_KEY_INVALID";

const messages: Record<BoardErrorCode, string> = {
  BOARD_NOT_FOUND: "There is no such board on this server.",
  BOARD_DELETED: "This board was deleted by its owner.",
  TOKEN_MISSING: "This needs the token of a link to the board, or its owner key.",
  TOKEN_INVALID: "This link does not open the board, or no longer does.",
  LINK_REVOKED: "This link was taken back by the board's owner.",
  LINK_EXPIRED: "This link has expired.",
  PASSWORD_REQUIRED: "This link opens with a password, which is exchanged for a session.",
  PASSWORD_WRONG: "The password is not right.",
  LINK_NOT_FOUND: "The board has no such link.",
  LINK_IS_DERIVED:
    "This view link can be made from an edit link by anyone who has that; it cannot become an edit link itself.",
  TOO_MANY_LINKS: "The board has as many links as it may; revoke one first.",
  TOO_MANY_REQUESTS: "Too many passwords were tried on this link; try again in some minutes.",
  REMOVED: "The board's owner has removed this person.",
  TOKEN_EXPIRED: "This token has expired.",
  LINKS_NOT_USED: "On this server boards are opened by signed tokens, and not by links.",
  PERSON_NOT_FOUND: "This person is not on the board, or has left it.",
  VERSION_NOT_FOUND: "The board has no such version, or no longer has it.",
  VERSION_DAMAGED: "This version was damaged on the server's disk and cannot be read.",
  VERSION_IS_NEWER:
    "The board or this version of it is of a later Boardwalk than this; nothing was changed.",
  TOO_MANY_VERSIONS: "The board has as many named versions as it may; delete one first.",
  CREATION_KEY_MISSING: "Boards are made on this server by those who have its key for that.",
  CREATION_KEY_INVALID: "This is not the key for making boards on this server.",
};

/** Limits of what is kept of a board and of its passwords, as errors and metrics name them. */
export const boardLimits = [
  "LINKS_PER_BOARD",
  "NAMED_VERSIONS_PER_BOARD",
  "WRONG_PASSWORDS",
  "WAITING_PASSWORDS",
] as const;
export type BoardLimit = (typeof boardLimits)[number];

/** Why something on a board is not done for whoever asks. The message is written for people. */
export class BoardError extends Error {
  readonly code: BoardErrorCode;
  /** The name of the limit that this is over, if any. */
  readonly limit: string | null;

  /** `detail` goes into the message. */
  constructor(
    code: BoardErrorCode,
    options: ErrorOptions & { detail?: string; limit?: BoardLimit } = {},
  ) {
    const { detail, limit = null, ...rest } = options;
    super(detail === undefined ? messages[code] : `${messages[code]} ${detail}`, rest);
    this.name = "BoardError";
    this.code = code;
    this.limit = limit;
  }
}

/** What guessing gets: all else is said of who has, or had, something that opens the board. */
const saidOfGuesses: ReadonlySet<string> = new Set<BoardErrorCode>([
  "BOARD_NOT_FOUND",
  "TOKEN_INVALID",
  "CREATION_KEY_INVALID",
]);

/** Whether it is to be counted against whoever asks that this was the answer. */
export function isGuess({ code }: { readonly code: string }): boolean {
  return saidOfGuesses.has(code);
}
