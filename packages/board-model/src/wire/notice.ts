import { z } from "zod";
import { isToken } from "../ids.ts";
import { linkRoles } from "../links.ts";

const token = z.string().refine(isToken);

/** What the server tells a board's clients beside the document, as the JSON of a Stateless frame. */
export const noticeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("notSaved"),
    code: z.enum(["STORE_FULL", "STORE_UNAVAILABLE", "CHANGE_REFUSED", "DOCUMENT_FULL"]),
  }),
  /** The store works again: what was refused may be sent once more. */
  z.object({ kind: z.literal("savedAgain") }),
  /** What the link allows. On a locked board everybody may only look, whatever their link says. */
  z.object({
    kind: z.literal("role"),
    role: z.enum(linkRoles),
    locked: z.boolean(),
    /** Whether the view link that can be derived from the link's token opens the board. */
    hasViewLink: z.boolean(),
    /** Under which name others see this person, where the signed token says it; else null. */
    name: z.string().nullable(),
  }),
  /**
   * The link was renewed, and this is its new token; the old one opens nothing any more. `session`
   * stands for it where the link has a password.
   */
  z.object({ kind: z.literal("link"), token, session: token.nullable() }),
  /** A signed token that should have followed the present one is not taken, and why. */
  z.object({ kind: z.literal("tokenRefused"), code: z.string() }),
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
  /** The board was closed under the socket: reconnect. */
  boardClosed: 4005,
  /** What the link allows has changed, and the plain protocol cannot say so: reconnect. */
  rightChanged: 4006,
  /** More than a limit allows; the reason is the limit's name. Reconnect later. */
  overLimit: 4007,
  /** The token does not open the board, or no longer does. y-websocket takes 4400-4499 as final. */
  denied: 4401,
} as const;
