import { openStore, StoreError, type Store } from "@boardwalk/persistence";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { ArchiveError } from "../archive/archive-error.ts";
import type { ArchivePart } from "../archive/archive-part.ts";
import { decodeArchive } from "../archive/archive-reader.ts";
import { ArchiveSummary } from "../archive/archive-summary.ts";
import { isEmptyStore, StoreRestoring } from "../archive/restore-store.ts";
import { Findings } from "./findings.ts";
import { describeHome, type Home } from "./home.ts";
import { formatBytes, Progress, type Terminal } from "./progress.ts";

export type RestoreOptions = {
  readonly home: Home;
  readonly archivePath: string;
};

/**
 * Restores a backup into an empty home, after every checksum in it has held. @returns the exit code:
 * 0 all is there, 1 all of the backup is there but some was damaged when it was made, 2 nothing is
 */
export async function restoreCommand(options: RestoreOptions, output: Terminal): Promise<number> {
  const { home, archivePath } = options;
  const write = (line: string): unknown => output.write(`${line}\n`);
  let hasBegun = false;
  try {
    const summary = new ArchiveSummary();
    write(`Checking ${archivePath}. Nothing is changed before all of it has been read.`);
    await readAll(archivePath, output, "checked", async (part) => summary.take(part));
    write(`It is whole: ${describeArchive(summary)}`);
    const store = await openStore({ ...home, logger: silent });
    try {
      if (!(await isEmptyStore(store))) {
        write(`There is something in ${describeHome(home)} already. Name a home that is empty.`);
        return 2;
      }
      hasBegun = true;
      write(`Restoring into ${describeHome(home)}.`);
      await restore(store, archivePath, output);
    } finally {
      await store.close();
    }
    write("Restored. To look it over: npm run doctor -- check");
    const findings = new Findings();
    for (const { subject, message } of summary.damages) findings.fault(subject, message);
    for (const line of findings.lines()) write(line);
    return summary.damageCount === 0 ? 0 : 1;
  } catch (error) {
    const isKnown = error instanceof ArchiveError || error instanceof StoreError;
    if (!isKnown && !(error instanceof Error && "syscall" in error)) throw error;
    write(error.message);
    write(
      hasBegun
        ? "The restoring was cut short, and no server will start on what there is. Empty it first."
        : "Nothing was changed.",
    );
    return 2;
  }
}

async function restore(store: Store, archivePath: string, output: Terminal): Promise<void> {
  const restoring = new StoreRestoring(store);
  await restoring.begin();
  await readAll(archivePath, output, "restored", (part) => restoring.take(part));
  await restoring.end();
}

async function readAll(
  archivePath: string,
  output: Terminal,
  done: string,
  take: (part: ArchivePart) => Promise<void>,
): Promise<void> {
  const { size } = await stat(archivePath);
  const progress = new Progress(output);
  const file = createReadStream(archivePath, { highWaterMark: 1024 * 1024 });
  for await (const part of decodeArchive(file, "server")) {
    await take(part);
    progress.tell(() => `${formatBytes(file.bytesRead)} of ${formatBytes(size)} ${done}`);
  }
  progress.end();
}

/** `3 documents, 2 versions, …` */
export function describeArchive({ counts, createdAt }: ArchiveSummary): string {
  const { record, document, version, asset } = counts;
  return (
    `${document} documents, ${version} versions, ${record} records and ${asset} assets ` +
    `of ${createdAt}`
  );
}

/** The store's own lines are for servers; what concerns the restoring is rejected with. */
const silent = { info: () => {}, warn: () => {}, error: () => {} };
