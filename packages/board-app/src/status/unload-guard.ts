import type { SessionState } from "../session/session-state.ts";
import { wouldLoseWork } from "./save-badge.ts";

/**
 * Makes the browser ask before the page is closed while that would lose work. Returns what ends it.
 */
export function guardUnload(session: { readonly state: SessionState }): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (wouldLoseWork(session.state)) event.preventDefault();
  };
  window.addEventListener("beforeunload", onBeforeUnload);
  return () => window.removeEventListener("beforeunload", onBeforeUnload);
}
