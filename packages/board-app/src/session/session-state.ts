import type { LinkRole, Presence, Role } from "@boardwalk/board-model";

/** Whether the board is connected. `denied` is final for this link; the others change by themselves. */
export type ConnectionStatus = "connecting" | "online" | "offline" | "denied";

/** Why the server refused this link, or why this page cannot show the board. */
export type DenialCode =
  /** The server has no such board. */
  | "BOARD_NOT_FOUND"
  /** Its owner has deleted it, and can still take it back. */
  | "BOARD_DELETED"
  | "TOKEN_INVALID"
  | "TOKEN_MISSING"
  /** The signed token has ended, and no fresh one has come. */
  | "TOKEN_EXPIRED"
  | "LINK_REVOKED"
  | "LINK_EXPIRED"
  /** The link has a password, which was not given, or was changed since. */
  | "PASSWORD_REQUIRED"
  /** The owner has put this person out. */
  | "REMOVED"
  | "BOARD_IS_NEWER"
  | "BOARD_IS_DAMAGED";

/** Why changes could not be saved although the board is connected. */
export type NotSavedCode = "STORE_FULL" | "STORE_UNAVAILABLE" | "CHANGE_REFUSED" | "DOCUMENT_FULL";

/** What an ordinary request gets: nothing, or an answer, by a server that may take this page's host for another's. */
export type ServerAnswer = "none" | "ready" | "otherHost";

/** Why sockets do not open although the server answers: a proxy, or the host the page came from. */
export type Blocked = "byProxy" | "byHost";

/** What the page shows of someone else. Cursor, selection and view change too often to be state. */
export interface Peer extends Readonly<
  Omit<Presence, "cursor" | "drawing" | "selection" | "view" | "caret">
> {
  /** Awareness client id: unique per tab and connection. */
  readonly clientId: number;
}

/** Name and colour under which this browser takes part; remembered across boards. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
}

/** A snapshot of the session; replaced as a whole whenever something in it changes. */
export interface SessionState {
  readonly status: ConnectionStatus;
  readonly denial: DenialCode | null;
  /** The token of the link; another one once the owner has renewed the link. */
  readonly token: string;
  /** What may be done now; null until the server has said it. */
  readonly role: Role | null;
  /** What the link allows where the board is not locked; null until the server has said it. */
  readonly linkRole: LinkRole | null;
  /** Whether the owner lets everybody only look. */
  readonly locked: boolean;
  /** Whether the view link derived from this one opens the board; taken to until the server says no. */
  readonly hasViewLink: boolean;
  /** The document is here (from the server, or from this device): the canvas may be shown. */
  readonly ready: boolean;
  /** The board holds records of a later canvas: it may be looked at here, and not changed. */
  readonly boardIsNewer: boolean;
  /** Number of records on the board that this page cannot show. */
  readonly unreadable: number;
  /** The server answers, but the board's connection to it does not open; null where it may. */
  readonly blocked: Blocked | null;
  /** Number of this person's changes that are not yet durable on the server. */
  readonly unsaved: number;
  /** Set while the server refuses to save. */
  readonly notSaved: NotSavedCode | null;
  /** Whether unsaved changes are at least kept in this browser. */
  readonly keptLocally: boolean;
  readonly boardName: string;
  /** Everyone else on the board, in a stable order. */
  readonly peers: readonly Peer[];
  readonly identity: Identity;
  /** The name is that of the signed token, and cannot be changed here. */
  readonly nameIsGiven: boolean;
  /** Milliseconds since the epoch of the next attempt to connect, while offline. */
  readonly nextAttemptAtMs: number | null;
}
