import { once } from "node:events";
import { getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { backgroundThread } from "./thread-priority.ts";

const tellPriority = `
  import { getPriority } from "node:os";
  import { parentPort } from "node:worker_threads";
  parentPort.postMessage(getPriority());`;

describe.runIf(process.platform === "linux")("a background thread", () => {
  it("has a lower priority before its code begins, and the others have theirs", async () => {
    const before = getPriority();
    const worker = new Worker(new URL(`data:text/javascript,${tellPriority}`), backgroundThread);
    const [priority] = (await once(worker, "message")) as [number];
    await worker.terminate();
    expect(priority).toBe(Math.max(before, 10));
    expect(getPriority()).toBe(before);
  });
});
