import { inspectHome, StoreError } from "@boardwalk/persistence";
import { checkHome, describeCounts, type CheckReport } from "./check.ts";
import { describeHome, type Home } from "./home.ts";
import { Progress, type Terminal } from "./progress.ts";

/** Checks a home and reports. @returns the exit code: 0 sound, 1 damaged, 2 cannot be checked */
export async function checkCommand(home: Home, output: Terminal): Promise<number> {
  const write = (line: string): unknown => output.write(`${line}\n`);
  write(`Checking ${describeHome(home)}. Nothing is changed.`);
  try {
    const report = await checkHome(inspectHome(home), new Progress(output));
    for (const line of reportLines(report)) write(line);
    return report.findings.faultCount === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    write(error.message);
    write(adviceOf(error));
    return error.code === "STORE_DAMAGED" ? 1 : 2;
  }
}

function reportLines({ counts, findings }: CheckReport): string[] {
  const { boards } = counts;
  const lines = [`${boards} ${boards === 1 ? "board" : "boards"}: ${describeCounts(counts)}`];
  lines.push(...findings.lines());
  if (findings.faultCount === 0) return [...lines, "", "Sound: everything that is there is whole."];
  return [
    ...lines,
    "",
    "Damaged. Keep a copy of everything as it is now, then either restore a backup into an empty",
    "home (npm run doctor -- restore), or start the server: boards open with all that is intact,",
    "and damaged bytes are set aside, not deleted.",
  ];
}

/** What to do about a home that could not be checked. */
function adviceOf({ code }: StoreError): string {
  switch (code) {
    case "STORE_LOCKED":
      return "Stop the server that uses it, and check again.";
    case "STORE_ABSENT":
      return "Name the folder with --data-dir, or the database with --database-url.";
    case "STORE_FORMAT":
      return "Check it with the version that wrote it, or a later one.";
    case "STORE_DAMAGED":
      return "Keep a copy of it as it is, then restore a backup into an empty home.";
    default:
      return "It could not be read; that says nothing about whether it is sound.";
  }
}
