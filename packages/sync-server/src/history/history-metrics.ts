import { Counter, type Registry } from "prom-client";

export type HistoryMetrics = ReturnType<typeof createHistoryMetrics>;

export function createHistoryMetrics(registry: Registry) {
  const registers = [registry];
  return {
    versions: new Counter({
      name: "boardwalk_versions_kept_total",
      help: "Versions of boards kept",
      labelNames: ["kind"],
      registers,
    }),
    failedVersions: new Counter({
      name: "boardwalk_versions_failed_total",
      help: "Versions of boards that could not be kept",
      labelNames: ["kind"],
      registers,
    }),
    thinnedOut: new Counter({
      name: "boardwalk_versions_thinned_out_total",
      help: "Versions deleted because of their age",
      registers,
    }),
    restores: new Counter({
      name: "boardwalk_versions_restored_total",
      help: "Boards made what they were in a version",
      registers,
    }),
  };
}
