import { useRef, useState } from "react";

type Attempt =
  | { readonly kind: "idle" | "busy" }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Work that someone asks for by a button: one at a time, and in words why it failed. It stays busy
 * when it is done, since what asked for it goes then.
 */
export function useAttempt(errorText: (error: unknown) => string) {
  const [state, setState] = useState<Attempt>({ kind: "idle" });
  const isRunning = useRef(false);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setState({ kind: "busy" });
    try {
      await work();
    } catch (error) {
      isRunning.current = false;
      setState({ kind: "failed", message: errorText(error) });
    }
  };
  return {
    isBusy: state.kind === "busy",
    /** Why the last attempt failed; null while there is nothing to say. */
    failure: state.kind === "failed" ? state.message : null,
    attempt,
  };
}
