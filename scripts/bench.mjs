import { ensurePackages } from "./packages.mjs";
import { ensurePage } from "./page.mjs";
import { environmentWithPackages, run } from "./processes.mjs";
import { command } from "./steps.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

// `npm run bench` measures the servers and then the page; `npm run bench -- page` only the page, and
// with any other options only the servers.
await command(async () => {
  const node = await ensurePackages();
  const [first, ...rest] = process.argv.slice(2);
  if (first !== "page") {
    const options = process.argv.slice(2);
    const { exitCode } = await run(node, ["tests/bench/main.ts", ...options]);
    if (exitCode !== 0 || first !== undefined) return exitCode;
  }
  await ensurePage();
  const { environment } = await ensureSystemPackages(["BOARDWALK_CHROMIUM"]);
  const env = environmentWithPackages(environment);
  return (await run(node, ["tests/bench/page/main.ts", ...rest], { env })).exitCode;
});
