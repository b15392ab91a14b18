import { ensurePackages } from "./packages.mjs";
import { run } from "./processes.mjs";
import { command } from "./steps.mjs";

await command(async () => {
  const node = await ensurePackages();
  return (await run(node, ["tests/fuzz/main.ts", ...process.argv.slice(2)])).exitCode;
});
