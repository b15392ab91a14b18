/** Limits of the WebSocket side that clients need not know. Sizes are bytes, times milliseconds. */
export const syncLimits = {
  /** Longest address of a board and session, in UTF-16 code units: every frame repeats it. */
  addressLength: 128,
  /** Boards that one socket may open at once. */
  boardsPerSocket: 16,
  /** Auth frames of one socket that may be refused in its life. */
  authAttemptsPerSocket: 32,
  /** A socket must open its first board within this time. */
  authTimeoutMs: 10_000,
  /** Tokens refused to one address within a minute, past which sockets that show another are closed. */
  refusedTokensPerAddress: 300,
  refusedTokensWindowMs: 60_000,
  /** Frames a second that one socket may send for long, and in one go. */
  framesPerSecond: 1_000,
  framesAtOnce: 20_000,
  /**
   * How often one socket may ask for all that it lacks, or for everyone's presence: each answer
   * takes as long as the board is large. Clients ask when they come and when a change was refused.
   */
  requestsPerSecond: 2,
  requestsAtOnce: 60,
  /** What a socket may send before its board is open, and all such sockets together. */
  heldFrames: 1_000,
  heldBytes: 1024 * 1024,
  heldBytesInTotal: 64 * 1024 * 1024,
  /** How often a socket is asked whether it is alive, and how long it may stay silent. */
  heartbeatIntervalMs: 5_000,
  silenceMs: 12_500,
  /**
   * Behind a frame this large a reader's answers wait, on the slowest link that is served, for as
   * long as the frame takes: so much longer the socket may stay silent.
   */
  largeFrameBytes: 64 * 1024,
  slowestLinkBytesPerMs: 64,
  /**
   * Unread output past which presence is left out for a socket; past which changes wait for it, and
   * come as one update when it has read all; and past which it is closed.
   */
  presenceBacklogBytes: 256 * 1024,
  updateBacklogBytes: 1024 * 1024,
  backlogBytes: 4 * 1024 * 1024,
  /** Presence entries of one connection. Ours has one; other Yjs clients may pass on a few. */
  presenceClientsPerChannel: 4,
  /** People whose presence a slow reader is told of later; of more, the earliest are forgotten. */
  missedPresence: 2_000,
  /**
   * Fewest milliseconds between two answers to a client that no WebSocket reaches: each is a request,
   * at a third of a millisecond.
   */
  polledIntervalMs: 50,
  /** Frames of one board are joined on this tick while they come thick. */
  flushIntervalMs: 16,
  /** So much later a tick may come: those of all boards that are due by then come together. */
  tickResolutionMs: 4,
  /** Changes of one board that are joined at most, before the tick is over. */
  joinedUpdateBytes: 1024 * 1024,
  /**
   * A board at least this large, encoded, is kept for those who join after, for so long after the
   * last of them, and with so much that came since. Encoding less takes half a millisecond.
   */
  keptStateBytes: 64 * 1024,
  keptStateMs: 30_000,
  keptUpdates: 512,
  keptUpdateBytes: 64 * 1024,
  /**
   * Changes of one board that may wait to be applied, after they were logged and passed on, and
   * bytes of them; a larger one is applied at once.
   */
  waitingUpdates: 32,
  waitingBytes: 64 * 1024,
  waitingUpdateBytes: 16 * 1024,
  /** A document that seems full is measured so often at most, or after so much was added. */
  measureIntervalMs: 5_000,
  measureAfterBytes: 8 * 1024 * 1024,
  /** A document's items are counted anew after so many more: many of them replace earlier ones. */
  countAfterItems: 1_000,
  /** While a board cannot be saved, its changes are joined to updates of about this size. */
  unsavedUpdateBytes: 8 * 1024 * 1024,
  /**
   * How long a stored board is applied before others get their turn. Its snapshot is cut into
   * updates of about this size: one takes a millisecond, where the code is not compiled yet two.
   */
  loadSliceMs: 8,
  loadSliceBytes: 16 * 1024,
  /** First and longest wait before a board that could not be saved is tried again. */
  saveRetryMinMs: 500,
  saveRetryMaxMs: 15_000,
} as const;
