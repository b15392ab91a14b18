/** Every limit that both ends of a board agree on. Sizes are bytes, times milliseconds. */
export const limits = {
  /** Longest board name, in UTF-16 code units. */
  boardNameLength: 200,
  /** Longest name a person may show to others. */
  personNameLength: 40,
  /** Longest name of a link, in UTF-16 code units. */
  linkNameLength: 60,
  /** Links of one board that are not revoked. */
  linksPerBoard: 100,
  /** Longest name of a version, in UTF-16 code units. */
  versionNameLength: 100,
  /** Versions of one board that have a name: those do not thin out. */
  namedVersionsPerBoard: 100,
  /** Most people that a version names as having worked on it. */
  versionAuthors: 20,
  /** Shortest and longest password of a link, in UTF-16 code units. */
  passwordMinLength: 6,
  passwordMaxLength: 200,
  /** Longest signed token, in characters. */
  signedTokenLength: 4_096,
  /** Longest name of the person behind a signed token, in UTF-16 code units. */
  subjectLength: 200,
  /** Largest single WebSocket frame the server reads; holds the first sync of a large offline edit. */
  frameBytes: 16 * 1024 * 1024,
  /** Most that one request brings of a connection which no WebSocket carries. */
  polledBytes: 64 * 1024,
  /** Largest document, as one update; past it nothing is added, and deleting makes room. */
  documentBytes: 64 * 1024 * 1024,
  /**
   * Most items of a document: written as tersely as can be, those of 64 MB would take 4 GB of memory.
   * Of 50,000 shapes, a fifth of them moved, there are 60,000.
   */
  documentItems: 1_000_000,
  /** Yjs clients whose changes one update may hold: each costs everyone a place in state vectors. */
  clientsPerUpdate: 5_000,
  /** Largest presence state of one person, as JSON. */
  presenceBytes: 16 * 1024,
  /** Most selected shapes that presence mentions. */
  presenceSelection: 200,
  /** Largest uploaded picture or video. */
  assetBytes: 20 * 1024 * 1024,
  /** Largest archive of a board that is taken in, with all of its pictures and versions. */
  archiveBytes: 512 * 1024 * 1024,
  /** Fewest milliseconds between two presence frames of one person: at most 20 a second. */
  presenceIntervalMs: 50,
  /** Fewest milliseconds between two document frames of one person: every second frame of a screen goes out at once. */
  updateIntervalMs: 24,
  /** So long after the frame before, a change goes out that no later one takes along: a little more than two frames of a screen. */
  updateDelayMs: 36,
  /** A person who did not move for this long is shown as idle. */
  idleAfterMs: 60_000,
} as const;
