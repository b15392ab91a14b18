import { Counter, type Registry } from "prom-client";

export type UpkeepMetrics = ReturnType<typeof createUpkeepMetrics>;

export function createUpkeepMetrics(registry: Registry) {
  const registers = [registry];
  return {
    removedBoards: new Counter({
      name: "boardwalk_boards_removed_total",
      help: "Deleted boards removed for good",
      registers,
    }),
    removedAssets: new Counter({
      name: "boardwalk_assets_removed_total",
      help: "Files removed for good, as no board had them",
      registers,
    }),
    removedBoardFiles: new Counter({
      name: "boardwalk_board_files_removed_total",
      help: "Files taken off boards, as no board and no version has shown them for a while",
      registers,
    }),
    removedImports: new Counter({
      name: "boardwalk_unfinished_imports_removed_total",
      help: "Imports of boards that were cut short and whose remains were removed",
      registers,
    }),
    failures: new Counter({
      name: "boardwalk_upkeep_failures_total",
      help: "Work in the background that failed and is tried again later",
      labelNames: ["work"],
      registers,
    }),
  };
}
