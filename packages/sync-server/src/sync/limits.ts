/** Limits of the WebSocket side that clients need not know. Sizes are bytes, times milliseconds. */
export const syncLimits = {
  /** Boards that one socket may open at once. */
  boardsPerSocket: 16,
  /** Auth frames that one socket may send in its life. */
  authAttemptsPerSocket: 32,
  /** A socket must open its first board within this time. */
  authTimeoutMs: 10_000,
  /** What a socket may send before its board is open. */
  pendingFrames: 1_000,
  pendingBytes: 16 * 1024 * 1024,
  /** How often a socket is asked whether it is alive, and how long it may stay silent. */
  heartbeatIntervalMs: 5_000,
  silenceMs: 12_500,
  /** Unread output past which presence is left out for a socket, and past which it is closed. */
  presenceBacklogBytes: 256 * 1024,
  backlogBytes: 16 * 1024 * 1024,
  /** Presence entries of one connection. Ours has one; other Yjs clients may pass on a few. */
  presenceClientsPerChannel: 4,
  /** Frames of one board are joined on this tick while they come thick. */
  flushIntervalMs: 16,
  /** First and longest wait before a board that could not be saved is tried again. */
  saveRetryMinMs: 500,
  saveRetryMaxMs: 15_000,
} as const;
