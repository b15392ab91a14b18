import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * Loaded into every server before its own code: answers the bench, which asks over IPC, with what
 * only the process itself can see.
 */
const resolutionMs = 10;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();

export type ProbeAnswer = { readonly pauseMaxMs: number; readonly heapBytes: number };

process.on("message", (question: unknown) => {
  if (question === "reset") delay.reset();
  else if (question === "collect") globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  // An undisturbed timer shows its own period as delay.
  const pauseMaxMs = Math.max(0, delay.max / 1e6 - resolutionMs);
  process.send?.({ pauseMaxMs, heapBytes: heapUsed + external } satisfies ProbeAnswer);
});
process.channel?.unref();
