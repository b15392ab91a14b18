import { ensurePackages } from "./packages.mjs";
import { run } from "./processes.mjs";
import { command, say } from "./steps.mjs";

const checks = [
  ["lint", "oxlint"],
  ["format", "oxfmt", "--check"],
  ["types", "tsc", "--noEmit", "--project", "tsconfig.json"],
  ["types of the page", "tsc", "--noEmit", "--project", "packages/board-app/tsconfig.json"],
  ["types of the browser tests", "tsc", "--noEmit", "--project", "tests/e2e/tsconfig.json"],
  ["types of the page's bench", "tsc", "--noEmit", "--project", "tests/bench/page/tsconfig.json"],
];

// All of them run, whatever the first finds: one round shows every fault.
await command(async () => {
  await ensurePackages();
  const failed = [];
  for (const [name, program, ...args] of checks) {
    say(`\n── ${name}: ${program} ${args.join(" ")}`.trimEnd());
    const { exitCode, interruptedBy } = await run(program, args);
    if (exitCode !== 0) failed.push(name);
    if (interruptedBy !== undefined) return exitCode;
  }
  say(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}.`);
  return failed.length === 0 ? 0 : 1;
});
