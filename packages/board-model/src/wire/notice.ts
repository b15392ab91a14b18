import { z } from "zod";

/** What the server tells a board's clients beside the document, as the JSON of a Stateless frame. */
export const noticeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("notSaved"),
    code: z.enum(["STORE_FULL", "STORE_UNAVAILABLE", "CHANGE_REFUSED"]),
  }),
  /** The store works again: what was refused may be sent once more. */
  z.object({ kind: z.literal("savedAgain") }),
]);
export type Notice = z.infer<typeof noticeSchema>;

/** Codes with which the server closes a socket, beside the standard ones. */
export const closeCode = {
  /** The server is going down and will be back: reconnect. Standard. */
  restart: 1012,
  /** More is asked than the server can give now: reconnect later. Standard. */
  tryAgainLater: 1013,
  badFrame: 4000,
  tooManyBoards: 4001,
  tooManyAttempts: 4002,
  authTimeout: 4003,
  /** What the client did not read has grown too large: reconnect and sync anew. */
  slowReader: 4004,
  /** The board was closed under the socket: reconnect. */
  boardClosed: 4005,
  /** y-websocket takes 4400-4499 as final: the token is not valid for this board. */
  denied: 4401,
} as const;
