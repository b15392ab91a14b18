import { createdBoardSchema, type CreatedBoard } from "@boardwalk/board-model";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const mainPath = fileURLToPath(new URL("../../packages/sync-server/src/main.ts", import.meta.url));
const readyPattern = /"url":"([^"]+)","msg":"Boardwalk is ready/;

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "boardwalk-integration-"));
}

export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** The whole server as a process of its own, on loopback. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly #output: () => string;

  private constructor(
    child: ChildProcess,
    exited: Promise<number | null>,
    output: () => string,
    url: string,
  ) {
    this.#child = child;
    this.#exited = exited;
    this.#output = output;
    this.url = url;
  }

  /**
   * Resolves when the server says that it is ready, rejects when it ends before. `port` 0 is any
   * free one.
   */
  static async start(options: {
    dataDir: string;
    databaseUrl?: string | null;
    port?: number;
    env?: Record<string, string>;
  }): Promise<ServerProcess> {
    const child = spawn(process.execPath, [mainPath], {
      env: {
        ...process.env,
        PORT: String(options.port ?? 0),
        HOST: "127.0.0.1",
        DATA_DIR: options.dataDir,
        LOG_LEVEL: "info",
        ...(typeof options.databaseUrl === "string" ? { DATABASE_URL: options.databaseUrl } : {}),
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // A run that is cut short leaves no server behind.
    const killOnExit = () => child.kill("SIGKILL");
    process.once("exit", killOnExit);
    child.once("close", () => process.off("exit", killOnExit));
    let output = "";
    const exited = once(child, "close").then(([code]) => code as number | null);
    const url = await new Promise<string>((resolve, reject) => {
      const read = (text: string) => {
        output += text;
        const ready = readyPattern.exec(output);
        if (ready?.[1] !== undefined) resolve(ready[1]);
      };
      child.stdout.setEncoding("utf8").on("data", read);
      child.stderr.setEncoding("utf8").on("data", read);
      void exited.then((code) => {
        reject(new Error(`The server ended with ${code} before it was ready:\n${output}`));
      });
    });
    return new ServerProcess(child, exited, () => output, url);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Everything it has written so far. */
  get output(): string {
    return this.#output();
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.#exited;
  }

  /** SIGSTOP: it keeps its sockets and answers nothing, until `thaw`. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** `creationKey`: where boards are made by key. */
  async createBoard(name?: string, creationKey?: string): Promise<CreatedBoard> {
    const response = await fetch(`${this.url}/api/boards`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(creationKey === undefined ? {} : { authorization: `Bearer ${creationKey}` }),
      },
      body: JSON.stringify({ name }),
    });
    if (response.status !== 201) throw new Error(await response.text());
    return createdBoardSchema.parse(await response.json());
  }

  async status(path: string): Promise<number> {
    const response = await fetch(this.url + path);
    await response.arrayBuffer();
    return response.status;
  }

  /** The sum of a metric over its labels; 0 when it was never set. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return text
      .split("\n")
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }
}
