import { availableParallelism } from "node:os";
import { ensurePackages } from "./packages.mjs";
import { ensurePage } from "./page.mjs";
import { run } from "./processes.mjs";
import { command } from "./steps.mjs";

/**
 * Megabytes of each half of the heap for young objects. Under load what the server makes lives until
 * it is on disk: with less room much of it counts as old by then, and has to be collected as such.
 */
const semiSpaceMb = 32;
/**
 * Young objects are collected also while the old are being marked, as in Node 22 and before. Else
 * all that is made meanwhile piles up, is moved in one long pause, and its room is not given back.
 */
const phaseOptions = ["--no-separate-gc-phases"];
/** On one core the collector's threads would only hold up the one that serves. */
const threadOptions =
  availableParallelism() === 1
    ? ["--single-threaded-gc", "--concurrent-array-buffer-sweeping"]
    : [];

const collectorOptions = [
  `--max-semi-space-size=${semiSpaceMb}`,
  ...phaseOptions,
  ...threadOptions,
];

await command(async () => {
  const node = await ensurePackages();
  await ensurePage();
  // The options are V8's, and go with its versions: a Node that does not know them does without.
  const tried = await run(node, [...collectorOptions, "--version"], { capture: true });
  const options = tried.exitCode === 0 ? collectorOptions : [];
  return (await run(node, [...options, "packages/sync-server/src/main.ts"])).exitCode;
});
