import { ensurePackages } from "./packages.mjs";
import { ensurePage } from "./page.mjs";
import { run } from "./processes.mjs";
import { command } from "./steps.mjs";

await command(async () => {
  const node = await ensurePackages();
  await ensurePage();
  return (await run(node, ["packages/sync-server/src/main.ts"])).exitCode;
});
