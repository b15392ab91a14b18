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

await command(async () => {
  const node = await ensurePackages();
  await ensurePage();
  return (
    await run(node, [`--max-semi-space-size=${semiSpaceMb}`, "packages/sync-server/src/main.ts"])
  ).exitCode;
});
