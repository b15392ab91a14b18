import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePackages } from "./packages.mjs";
import { ensurePage } from "./page.mjs";
import { environmentWithPackages, run } from "./processes.mjs";
import { command, say, SetupError } from "./steps.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

const inContinuousIntegration = Boolean(process.env.CI) && process.env.CI !== "false";

// The counts are the last line whatever happens, so that a script can read them there.
await command(async () => {
  let counts = { passed: 0, failed: 1, skipped: 0 };
  try {
    counts = await runTests(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
  } finally {
    say(lineOf(counts));
  }
  return isSuccess(counts) ? 0 : 1;
});

async function runTests(vitestArguments) {
  const node = await ensurePackages();
  await ensurePage();
  const { environment, missing } = await ensureSystemPackages();
  if (missing.length > 0 && inContinuousIntegration) {
    throw new SetupError(
      `CI is set, where nothing may be skipped; missing: ${missing.join(", ")}.`,
    );
  }

  const folder = mkdtempSync(join(tmpdir(), "boardwalk-test-"));
  try {
    const reportPath = join(folder, "report.json");
    const { exitCode } = await run(
      node,
      [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${reportPath}`,
        ...vitestArguments,
      ],
      { env: environmentWithPackages(environment) },
    );
    return countsOf(readReport(reportPath), exitCode);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new SetupError("vitest ended without a report.", { cause });
  }
}

function countsOf(report, exitCode) {
  // A file that does not load, or whose hooks fail, has no failed test of its own to count.
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    // Errors outside every test show in the exit code only.
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function isSuccess({ passed, failed, skipped }) {
  return failed === 0 && passed > 0 && !(inContinuousIntegration && skipped > 0);
}

function lineOf({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
