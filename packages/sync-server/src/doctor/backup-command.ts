import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ArchiveError } from "../archive/archive-error.ts";
import { decodeArchive } from "../archive/archive-reader.ts";
import { ArchiveSummary } from "../archive/archive-summary.ts";
import { Findings } from "./findings.ts";
import { formatBytes, Progress, type Terminal } from "./progress.ts";
import { describeArchive } from "./restore-command.ts";

export type BackupOptions = {
  /** Where the server is reached. */
  readonly url: string;
  readonly token: string;
  readonly outPath: string;
};

/** The server refuses, or cannot be reached. */
class BackupRefused extends Error {}

/**
 * Fetches a backup from a running server, and holds every checksum of it while it comes. @returns
 * the exit code: 0 it is whole, 1 it is whole but some of what it is of is damaged, 2 there is none
 */
export async function backupCommand(options: BackupOptions, output: Terminal): Promise<number> {
  const write = (line: string): unknown => output.write(`${line}\n`);
  const outPath = resolve(options.outPath);
  const partialPath = `${outPath}.partial`;
  const progress = new Progress(output);
  const summary = new ArchiveSummary();
  let bytes = 0;
  try {
    // Both are refused where they exist, before anything is asked for.
    await (await open(outPath, "wx", 0o600)).close();
    try {
      const file = await open(partialPath, "wx", 0o600);
      try {
        const body = await request(options);
        write(`Fetching a backup from ${options.url}.`);
        const received = async function* (): AsyncGenerator<Uint8Array> {
          for await (const chunk of body) {
            await file.writeFile(chunk);
            bytes += chunk.length;
            progress.tell(() => `${formatBytes(bytes)} so far`);
            yield chunk;
          }
        };
        for await (const part of decodeArchive(received(), "server")) summary.take(part);
        progress.end();
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partialPath, outPath);
      await syncFolder(dirname(outPath));
    } catch (error) {
      await rm(outPath, { force: true });
      await rm(partialPath, { force: true });
      throw error;
    }
  } catch (error) {
    progress.end();
    const message = messageOf(error);
    if (message === null) throw error;
    write(`There is no backup: ${message}`);
    return 2;
  }
  write(`${outPath}: ${formatBytes(bytes)}, whole. ${describeArchive(summary)}`);
  const findings = new Findings();
  for (const { subject, message } of summary.damages) findings.fault(subject, message);
  for (const line of findings.lines()) write(line);
  return summary.damageCount === 0 ? 0 : 1;
}

async function request({ url, token }: BackupOptions): Promise<AsyncIterable<Uint8Array>> {
  const address = `${url.replace(/\/$/, "")}/api/admin/backup`;
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  if (response.status === 404) {
    await response.body?.cancel();
    throw new BackupRefused("the server has no ADMIN_TOKEN set, or is no Boardwalk.");
  }
  if (!response.ok || response.body === null) {
    const refusal = refusalSchema.safeParse(await response.json().catch(() => null));
    const why = refusal.success ? refusal.data.error.message : `status ${response.status}`;
    throw new BackupRefused(`the server refuses it: ${why}`);
  }
  return response.body;
}

const refusalSchema = z.object({ error: z.object({ message: z.string() }) });

/** Null for an error that is nobody's fault but the program's. */
function messageOf(error: unknown): string | null {
  if (error instanceof BackupRefused || error instanceof ArchiveError) return error.message;
  if (!(error instanceof Error)) return null;
  if ("syscall" in error) return error.message;
  // What fetch rejects with: why is in the cause.
  if (!(error instanceof TypeError)) return null;
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return `the connection failed: ${cause}`;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
