import { ensurePackages } from "./packages.mjs";
import { environmentWithPackages, run } from "./processes.mjs";
import { command } from "./steps.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

await command(async () => {
  const node = await ensurePackages();
  const { environment } = await ensureSystemPackages(["BOARDWALK_POSTGRES"]);
  const args = ["packages/persistence/src/torture/test-main.ts", ...process.argv.slice(2)];
  return (await run(node, args, { env: environmentWithPackages(environment) })).exitCode;
});
