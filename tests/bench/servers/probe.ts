import { isMainThread } from "node:worker_threads";

/**
 * Loaded into every server before its own code: answers the bench, which asks over IPC, with what
 * only the process itself can see.
 */
const periodMs = 10;

export type ProbeAnswer = {
  /** The longest that the event loop was late. */
  readonly pauseMaxMs: number;
  /**
   * The most time that the main thread was on the processor in one such pause. The rest of a pause
   * is not the server's own: the machine gave its processor to others.
   */
  readonly pauseCpuMaxMs: number;
  readonly heapBytes: number;
};

let pauseMaxMs = 0;
let pauseCpuMaxMs = 0;
let lookedAtMs = performance.now();
let cpuThenMs = threadCpuMs();

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function look(): void {
  const [nowMs, cpuMs] = [performance.now(), threadCpuMs()];
  // An undisturbed timer comes after its own period.
  const pauseMs = Math.max(0, nowMs - lookedAtMs - periodMs);
  pauseMaxMs = Math.max(pauseMaxMs, pauseMs);
  pauseCpuMaxMs = Math.max(pauseCpuMaxMs, Math.min(pauseMs, cpuMs - cpuThenMs));
  [lookedAtMs, cpuThenMs] = [nowMs, cpuMs];
}

if (isMainThread) setInterval(look, periodMs).unref();

process.on("message", (question: unknown) => {
  look();
  if (question === "collect") {
    globalThis.gc?.();
    // A collection that was asked for is not one of the server's own pauses.
    [lookedAtMs, cpuThenMs] = [performance.now(), threadCpuMs()];
  } else if (question === "reset") [pauseMaxMs, pauseCpuMaxMs] = [0, 0];
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({
    pauseMaxMs,
    pauseCpuMaxMs,
    heapBytes: heapUsed + external,
  } satisfies ProbeAnswer);
});
process.channel?.unref();
