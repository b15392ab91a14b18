import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backupCommand } from "./backup-command.ts";
import { checkCommand } from "./check-command.ts";
import { homeOf } from "./home.ts";
import { importCommand } from "./import-command.ts";
import { restoreCommand } from "./restore-command.ts";

const usage = `Usage: npm run doctor -- <command>

  check
      Checks everything that is kept, and changes nothing.
      Ends with 0 when it is sound, 1 when it is damaged, 2 when it cannot be checked.

  import-y-leveldb <folder> [--links FILE] [--url ORIGIN]
      Makes boards of the documents that a y-websocket server kept with y-leveldb.
      Their links and owner keys are written to FILE (boardwalk-links.jsonl); ORIGIN is where
      people reach the server. Ends with 0 when all is there, 1 when some of it is damaged or left
      out, 2 when nothing could be done.

  backup --url ORIGIN [--token-file FILE] --out FILE
      Fetches everything from a running server, and checks what it gets. The token is the server's
      ADMIN_TOKEN, in a file or in the environment. Ends with 0 when the backup is whole, 1 when it
      is but some of what it is of is damaged, 2 when there is none.

  restore <file>
      Restores a backup into an empty home, once every checksum in it has held. A backup of a folder
      goes into a database as well, and the other way round.

What is worked on is named by --data-dir DIR or --database-url URL, or else by DATABASE_URL or
DATA_DIR, as for npm start. No server may have the folder open.
`;

const exitUsage = 2;

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "data-dir": { type: "string" },
      "database-url": { type: "string" },
      links: { type: "string" },
      url: { type: "string" },
      out: { type: "string" },
      "token-file": { type: "string" },
      help: { type: "boolean" },
    },
  });
  const { env } = process;
  const home = homeOf({ dataDir: values["data-dir"], databaseUrl: values["database-url"] }, env);
  const [command, operand, ...others] = positionals;
  if (values.help !== true && others.length === 0) {
    if (command === "check" && operand === undefined) return checkCommand(home, process.stdout);
    if (command === "restore" && operand !== undefined) {
      return restoreCommand({ home, archivePath: operand }, process.stdout);
    }
    if (command === "backup" && operand === undefined) {
      const { url, out } = values;
      const token = await tokenOf(values["token-file"], env.ADMIN_TOKEN);
      if (url !== undefined && out !== undefined && token !== "") {
        return backupCommand({ url, token, outPath: out }, process.stdout);
      }
    }
    if (command === "import-y-leveldb" && operand !== undefined) {
      const linksPath = values.links ?? "boardwalk-links.jsonl";
      const origin = values.url ?? env.PUBLIC_URL ?? `http://localhost:${env.PORT ?? "8080"}`;
      const options = { home, source: operand, linksPath, origin: origin.replace(/\/$/, "") };
      return importCommand(options, process.stdout);
    }
  }
  process.stderr.write(usage);
  return values.help === true ? 0 : exitUsage;
}

async function tokenOf(path: string | undefined, setting: string | undefined): Promise<string> {
  return (path === undefined ? (setting ?? "") : await readFile(path, "utf8")).trim();
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!isOptionFault(error)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = exitUsage;
}

/** Of an option, or of the file that one names. */
function isOptionFault(error: unknown): error is Error {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return String(error.code).startsWith("ERR_PARSE_ARGS") || "syscall" in error;
}
