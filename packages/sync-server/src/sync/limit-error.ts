/** Limits of the WebSocket side, as closes and metrics name them. */
export const socketLimits = [
  "ADDRESS_LENGTH",
  "AUTH_ATTEMPTS",
  "AUTH_ATTEMPTS_PER_ADDRESS",
  "BOARDS_PER_SOCKET",
  "SOCKETS_PER_ADDRESS",
  "FRAME_BYTES",
  "FRAMES_PER_SECOND",
  "SYNC_REQUESTS",
  "HELD_BEFORE_OPEN",
  "HELD_BEFORE_OPEN_IN_TOTAL",
  "PRESENCE_BYTES",
  "PRESENCE_CLIENTS",
  "PERSON_NAME_LENGTH",
  "CLIENTS_PER_UPDATE",
  "DOCUMENT_BYTES",
  "DOCUMENT_ITEMS",
  "UNREAD_BYTES",
] as const;
export type LimitName = (typeof socketLimits)[number];

/** A client has asked for more than a limit allows; its socket is closed with the limit's name. */
export class LimitError extends Error {
  readonly limit: LimitName;

  constructor(limit: LimitName) {
    super(`Over the limit ${limit}`);
    this.name = "LimitError";
    this.limit = limit;
  }
}
