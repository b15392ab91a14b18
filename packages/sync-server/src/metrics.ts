import type { Store, StoreStats } from "@boardwalk/persistence";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { limitNames } from "./limit-names.ts";

const requestSecondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

const storeCounters: Partial<Record<keyof StoreStats, readonly [name: string, help: string]>> = {
  commits: ["boardwalk_store_commits_total", "Commits written"],
  fsyncs: ["boardwalk_store_fsyncs_total", "Times the disk was asked to make writes durable"],
  committedBytes: ["boardwalk_store_committed_bytes_total", "Bytes committed"],
  failedCommits: ["boardwalk_store_failed_commits_total", "Commits that the disk refused"],
  compactions: ["boardwalk_store_compactions_total", "Logs replaced by a snapshot"],
  failedCompactions: ["boardwalk_store_failed_compactions_total", "Compactions given up"],
  damagedEntries: ["boardwalk_store_damaged_entries_total", "Stored entries found damaged"],
};

const storeGauges: Partial<Record<keyof StoreStats, readonly [name: string, help: string]>> = {
  queuedOperations: ["boardwalk_store_queued_operations", "Operations not yet durable"],
  queuedBytes: ["boardwalk_store_queued_bytes", "Bytes not yet durable"],
};

export type RequestLabels = {
  readonly method: string;
  /** The pattern, never the address: that holds ids. */
  readonly route: string;
  readonly status: number;
};

/** All that `/metrics` tells. */
export class Metrics {
  readonly registry = new Registry();
  /** What was refused because of a limit, by its name. */
  readonly limitRefusals: Counter<"limit">;
  readonly #requestSeconds: Histogram<"method" | "route" | "status">;

  constructor(store: Store) {
    collectDefaultMetrics({ register: this.registry });
    this.#requestSeconds = new Histogram({
      name: "boardwalk_http_request_seconds",
      help: "Time from a request's first byte to its answer's last",
      labelNames: ["method", "route", "status"],
      buckets: requestSecondsBuckets,
      registers: [this.registry],
    });
    this.limitRefusals = new Counter({
      name: "boardwalk_limit_refusals_total",
      help: "Requests, sockets, frames and changes refused because of a limit",
      labelNames: ["limit"],
      registers: [this.registry],
    });
    for (const limit of limitNames) this.limitRefusals.inc({ limit }, 0);
    this.#watchStore(store);
  }

  observeRequest({ method, route, status }: RequestLabels, seconds: number): void {
    this.#requestSeconds.observe({ method, route, status }, seconds);
  }

  /** Reads the store's own numbers when Prometheus asks, so that nothing is counted twice. */
  #watchStore(store: Store): void {
    const registers = [this.registry];
    for (const [stat, [name, help]] of entriesOf(storeCounters)) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(store.stats()[stat]);
        },
      });
    }
    for (const [stat, [name, help]] of entriesOf(storeGauges)) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(store.stats()[stat]);
        },
      });
    }
  }

  close(): void {
    this.registry.clear();
  }
}

function entriesOf<Key extends string, Value>(record: Partial<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
