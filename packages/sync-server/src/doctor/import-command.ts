import { openStore, openYLeveldbFolder, StoreError } from "@boardwalk/persistence";
import { describeHome, type Home } from "./home.ts";
import { importYLeveldb } from "./import-y-leveldb.ts";
import { Findings } from "./findings.ts";
import { LinksFile } from "./links-file.ts";
import type { Terminal } from "./progress.ts";

export type ImportOptions = {
  readonly home: Home;
  /** The folder of the y-websocket server. */
  readonly source: string;
  readonly linksPath: string;
  /** Where people will reach the server. */
  readonly origin: string;
};

/**
 * Makes boards of what a y-websocket server kept. @returns the exit code: 0 all is there, 1 some of
 * it is damaged or left out, 2 nothing could be done
 */
export async function importCommand(options: ImportOptions, output: Terminal): Promise<number> {
  const { home, source, linksPath, origin } = options;
  const write = (line: string): unknown => output.write(`${line}\n`);
  const findings = new Findings();
  let count = 0;
  try {
    const folder = await openYLeveldbFolder(source);
    try {
      const store = await openStore({ ...home, logger: silent });
      try {
        const links = await LinksFile.create(linksPath, origin);
        try {
          write(`Importing from ${source} into ${describeHome(home)}. The source is not changed.`);
          for await (const { room, boardId, what } of importYLeveldb(folder, {
            store,
            links,
            findings,
          })) {
            count += 1;
            write(`  ${JSON.stringify(room)} is board ${boardId}: ${what}`);
          }
        } finally {
          await links.close();
        }
        for (const line of findings.lines()) write(line);
        write("");
        write(`${count} ${count === 1 ? "board" : "boards"} imported.`);
        write(`Their links and owner keys are in ${links.path}, and nowhere else: keep it.`);
      } finally {
        await store.close();
      }
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError) && !isFileFault(error)) throw error;
    write(error.message);
    if (count > 0) write(`${count} boards had been imported; they stay, and have their links.`);
    return 2;
  }
  return findings.faultCount === 0 ? 0 : 1;
}

/** The store's own lines are for servers; what concerns the import is rejected with. */
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Of the file of links. */
function isFileFault(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
