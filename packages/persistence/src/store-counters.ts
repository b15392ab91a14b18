/** What has happened since the store was opened, for metrics. Only ever grows. */
export type StoreCounters = {
  commits: number;
  fsyncs: number;
  committedBytes: number;
  failedCommits: number;
  compactions: number;
  failedCompactions: number;
  /** Log entries, snapshots and records found damaged. */
  damagedEntries: number;
};

export type StoreStats = Readonly<StoreCounters> & {
  /** Operations accepted and not yet settled. */
  readonly queuedOperations: number;
  readonly queuedBytes: number;
};

export function newCounters(): StoreCounters {
  return {
    commits: 0,
    fsyncs: 0,
    committedBytes: 0,
    failedCommits: 0,
    compactions: 0,
    failedCompactions: 0,
    damagedEntries: 0,
  };
}
