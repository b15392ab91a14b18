import { parseArgs } from "node:util";
import { checkCommand } from "./check-command.ts";
import { homeOf } from "./home.ts";

const usage = `Usage: npm run doctor -- <command>

  check [--data-dir DIR | --database-url URL]
      Checks everything that is kept, and changes nothing.
      Ends with 0 when it is sound, 1 when it is damaged, 2 when it cannot be checked.

Without an option the home is that of DATABASE_URL or DATA_DIR, as for npm start.
`;

const exitUsage = 2;

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "data-dir": { type: "string" },
      "database-url": { type: "string" },
      help: { type: "boolean" },
    },
  });
  const home = homeOf(
    { dataDir: values["data-dir"], databaseUrl: values["database-url"] },
    process.env,
  );
  const [command, ...operands] = positionals;
  if (command === "check" && operands.length === 0) return checkCommand(home, process.stdout);
  process.stderr.write(usage);
  return values.help === true ? 0 : exitUsage;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!isOptionFault(error)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = exitUsage;
}

function isOptionFault(error: unknown): error is Error {
  return (
    error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")
  );
}
