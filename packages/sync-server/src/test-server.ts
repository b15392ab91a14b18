import type { CreatedBoard } from "@boardwalk/board-model";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { describeFaults, parseConfig } from "./config.ts";
import { startServer } from "./server.ts";

const closeDeadlineMs = 5_000;

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "boardwalk-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

/** The whole server on a free port and an empty data folder, closed when the test is over. */
export async function startTestServer(env: Record<string, string> = {}, pageDir?: string) {
  const dataDir = await temporaryFolder();
  const parsed = parseConfig({ PORT: "0", HOST: "127.0.0.1", DATA_DIR: dataDir, ...env });
  if (!parsed.ok) throw new Error(describeFaults(parsed.faults));
  const page = pageDir ?? join(dataDir, "no-page");
  const server = await startServer(parsed.config, pino({ level: "silent" }), page);
  onTestFinished(() => server.close(closeDeadlineMs));
  const { url } = server;
  return {
    url,
    dataDir,
    server,
    get: (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers }),
    send: (method: string, path: string, body: unknown, token?: string) =>
      fetch(url + path, {
        method,
        headers: { "content-type": "application/json", ...bearer(token) },
        body: JSON.stringify(body),
      }),
    createBoard: async (name?: string): Promise<CreatedBoard> => {
      const response = await fetch(`${url}/api/boards`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name }),
      });
      if (response.status !== 201) throw new Error(await response.text());
      return (await response.json()) as CreatedBoard;
    },
  };
}

export function bearer(token?: string): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The status and the code of a coded error. */
export async function errorOf(response: Response): Promise<[status: number, code: string]> {
  const body = (await response.json()) as { error: { code: string; message: string } };
  return [response.status, body.error.code];
}
