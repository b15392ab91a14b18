import type { PageConfig } from "@boardwalk/board-model";
import { useEffect, useState } from "react";
import { getConfig } from "./board-api.ts";

/** What the page may guess. Nobody deletes a board on a guess of how long it is kept. */
type GuessedConfig = Omit<PageConfig, "trashDays" | "hosts">;

const defaults: GuessedConfig = { tldrawLicenseKey: null, boardCreation: "open", auth: "links" };

/** The operator's settings; the defaults where they cannot be had, null while they are on their way. */
export function useConfig(): GuessedConfig | null {
  const [config, setConfig] = useState<GuessedConfig | null>(null);
  useEffect(() => {
    let isWanted = true;
    const settle = (settled: GuessedConfig): void => {
      if (isWanted) setConfig(settled);
    };
    getConfig().then(settle, () => settle(defaults));
    return () => {
      isWanted = false;
    };
  }, []);
  return config;
}
