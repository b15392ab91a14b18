import { ensurePackages } from "./packages.mjs";
import { run } from "./processes.mjs";
import { command } from "./steps.mjs";

await command(async () => {
  const node = await ensurePackages();
  const args = ["packages/sync-server/src/doctor/main.ts", ...process.argv.slice(2)];
  return (await run(node, args)).exitCode;
});
