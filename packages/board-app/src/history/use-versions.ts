import type { Version } from "@boardwalk/board-model";
import { useCallback, useEffect, useState } from "react";
import type { VersionApi } from "../api/version-api.ts";
import { historyErrorText } from "./history-error-text.ts";

/** How often the list is read again while it is shown: others keep versions, too. */
const refreshIntervalMs = 10_000;

export interface VersionList {
  /** Newest first; null until they have been read once. */
  readonly versions: readonly Version[] | null;
  /** Why they could not be read; what was read before stays. */
  readonly failure: string | null;
}

/** The versions as the server has them, and a way to read them again. */
export function useVersions(api: VersionApi): VersionList & { refresh: () => Promise<void> } {
  const [list, setList] = useState<VersionList>({ versions: null, failure: null });
  const refresh = useCallback(async (): Promise<void> => {
    try {
      setList({ versions: await api.list(), failure: null });
    } catch (error) {
      setList(({ versions }) => ({ versions, failure: historyErrorText(error) }));
    }
  }, [api]);
  useEffect(() => {
    const read = (): void => void refresh();
    read();
    const timer = setInterval(read, refreshIntervalMs);
    return () => clearInterval(timer);
  }, [refresh]);
  return { ...list, refresh };
}
