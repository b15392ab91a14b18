import { availableParallelism } from "node:os";
import { ensurePackages } from "./packages.mjs";
import { ensurePage } from "./page.mjs";
import { run } from "./processes.mjs";
import { command } from "./steps.mjs";

/**
 * Megabytes of each half of the heap for young objects. What the server makes dies at once or lives
 * as long as a connection: less is collected too often, more is memory that the first crowd takes
 * and never gives back.
 */
const semiSpaceMb = 8;
/** On one core the collector's threads would only hold up the one that serves. */
const collectorOptions = availableParallelism() === 1 ? ["--single-threaded-gc"] : [];

await command(async () => {
  const node = await ensurePackages();
  await ensurePage();
  const options = [`--max-semi-space-size=${semiSpaceMb}`, ...collectorOptions];
  return (await run(node, [...options, "packages/sync-server/src/main.ts"])).exitCode;
});
