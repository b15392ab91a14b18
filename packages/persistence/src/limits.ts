const KIB = 1024;
const MIB = 1024 * KIB;

/** UTF-8 bytes of a document name or record key. */
export const MAX_NAME_BYTES = 1024;

/**
 * One update or record value. PostgreSQL gives bytes back as text of twice their length, of which
 * Node.js takes 512 MiB.
 */
export const MAX_VALUE_BYTES = 128 * MIB;

/**
 * A whole document, as a snapshot or a version, which are kept in pieces. What is larger than an
 * update may be has become so in small changes, and is many items: of so many bytes it would take
 * some 9 GB of memory.
 */
export const MAX_DOCUMENT_BYTES = 512 * MIB;

/** What a caller may keep beside a version. */
export const MAX_DETAILS_BYTES = 16 * KIB;

/** Bounds a host may set; the defaults suit one process on one disk. */
export type StoreLimits = {
  /** Operations accepted and not yet settled, past which calls reject with STORE_BUSY. */
  maxQueuedOperations: number;
  /** Bytes accepted and not yet settled, past which calls reject with STORE_BUSY. */
  maxQueuedBytes: number;
  /** Bytes in one commit; what is queued beyond them goes in the next. */
  maxBatchBytes: number;
  /** Documents whose numbering is remembered; of others it is read again when needed. */
  maxNamesInMemory: number;
  /** A log smaller than this is never compacted. */
  minCompactionBytes: number;
  /** One snapshot or version; past it a log is kept as it is, and what is put is refused. */
  maxDocumentBytes: number;
  /** Snapshots and versions are stored in pieces of this size, so that no value is a giant. */
  snapshotChunkBytes: number;
  /** Versions of one document, past which making one rejects with VERSIONS_FULL. */
  maxVersions: number;
  /**
   * A log that is long when its document is loaded is compacted so much later: who loads it applies
   * the same, and would have to share the core.
   */
  compactionAfterLoadMs: number;
  /** The compaction thread ends after this long without work. */
  compactionIdleMs: number;
};

export const DEFAULT_LIMITS: StoreLimits = {
  maxQueuedOperations: 100_000,
  // The largest value finds room beside as much of others as a slow disk may hold up.
  maxQueuedBytes: MAX_VALUE_BYTES + 64 * MIB,
  maxBatchBytes: 4 * MIB,
  maxNamesInMemory: 10_000,
  minCompactionBytes: 64 * KIB,
  maxDocumentBytes: MAX_DOCUMENT_BYTES,
  snapshotChunkBytes: MIB,
  maxVersions: 1000,
  compactionAfterLoadMs: 2000,
  compactionIdleMs: 30_000,
};
