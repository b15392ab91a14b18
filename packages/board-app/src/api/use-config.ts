import type { PageConfig } from "@boardwalk/board-model";
import { useEffect, useState } from "react";
import { getConfig } from "./board-api.ts";

const defaults: PageConfig = { tldrawLicenseKey: null, boardCreation: "open", auth: "links" };

/** The operator's settings; the defaults where they cannot be had, null while they are on their way. */
export function useConfig(): PageConfig | null {
  const [config, setConfig] = useState<PageConfig | null>(null);
  useEffect(() => {
    let isWanted = true;
    const settle = (settled: PageConfig): void => {
      if (isWanted) setConfig(settled);
    };
    getConfig().then(settle, () => settle(defaults));
    return () => {
      isWanted = false;
    };
  }, []);
  return config;
}
