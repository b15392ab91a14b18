import { once } from "node:events";
import { getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";

const moduleUrl = new URL("./thread-priority.ts", import.meta.url).href;
const givingWay = `
  const { getPriority } = require("node:os");
  const { parentPort } = require("node:worker_threads");
  import(${JSON.stringify(moduleUrl)}).then(({ giveWay }) => {
    giveWay();
    giveWay();
    parentPort.postMessage(getPriority());
  });`;

describe.runIf(process.platform === "linux")("a thread that gives way", () => {
  it("has a lower priority than before, and the others have theirs", async () => {
    const before = getPriority();
    const worker = new Worker(givingWay, { eval: true });
    const [priority] = (await once(worker, "message")) as [number];
    await worker.terminate();
    expect(priority).toBe(Math.max(before, 10));
    expect(getPriority()).toBe(before);
  });
});
