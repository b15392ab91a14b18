export type BoardErrorCode = "BOARD_NOT_FOUND" | "TOKEN_MISSING" | "TOKEN_INVALID";

const messages: Record<BoardErrorCode, string> = {
  BOARD_NOT_FOUND: "There is no such board on this server.",
  TOKEN_MISSING: "This needs the token of a link to the board, or its owner key.",
  TOKEN_INVALID: "This link does not open the board, or no longer does.",
};

/** Why a board is not opened for whoever asks. The message is written for people. */
export class BoardError extends Error {
  readonly code: BoardErrorCode;

  constructor(code: BoardErrorCode) {
    super(messages[code]);
    this.name = "BoardError";
    this.code = code;
  }
}
