import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProbeAnswer } from "./servers/probe.ts";

const probePath = fileURLToPath(new URL("servers/probe.ts", import.meta.url));
const readyPattern = /ready at (http:\/\/[^\s"]+)/;
/** The unit of the times in /proc, on every Linux that Node runs on. */
const tickMs = 10;

export type ServerCommand = {
  readonly script: string;
  readonly nodeOptions?: readonly string[];
  readonly args?: readonly string[];
  /** What the server is told of the folder that it may write to. */
  readonly env?: (dataDir: string) => Record<string, string>;
};

type Running = { readonly child: ChildProcess; readonly url: string };

async function readyUrl(child: ChildProcess, script: string): Promise<string> {
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (text: string) => {
      output = (output + text).slice(-10_000);
      const ready = readyPattern.exec(output);
      if (ready?.[1] !== undefined) resolve(ready[1]);
    };
    child.stdout?.setEncoding("utf8").on("data", hear);
    child.stderr?.setEncoding("utf8").on("data", hear);
    child.once("error", reject);
    child.once("close", (code) => {
      reject(new Error(`${script} ended with ${code} before it was ready:\n${output}`));
    });
  });
  return url.replace("localhost", "127.0.0.1");
}

/** A server of its own process, pinned to cores where some are given. */
export class ServerProcess {
  readonly #run: () => Promise<Running>;
  readonly #dataDir: string;
  #running: Running;

  private constructor(run: () => Promise<Running>, dataDir: string, running: Running) {
    this.#run = run;
    this.#dataDir = dataDir;
    this.#running = running;
  }

  static async start(
    { script, args = [], nodeOptions = [], env }: ServerCommand,
    cores: string | null,
    profileOptions: readonly string[] = [],
  ): Promise<ServerProcess> {
    const dataDir = await mkdtemp(join(tmpdir(), "boardwalk-bench-"));
    const options = ["--expose-gc", ...nodeOptions, ...profileOptions, "--import", probePath];
    const node = [process.execPath, ...options, script];
    const [program = "", ...rest] = cores === null ? node : ["taskset", "-c", cores, ...node];
    const run = async (): Promise<Running> => {
      const child = spawn(program, [...rest, ...args], {
        env: { ...process.env, NODE_ENV: "production", ...env?.(dataDir) },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      });
      return { child, url: await readyUrl(child, script) };
    };
    return new ServerProcess(run, dataDir, await run());
  }

  /** Ends the server and starts it again on the same folder, with another address. */
  async restart(): Promise<void> {
    await this.#end();
    this.#running = await this.#run();
  }

  get url(): string {
    return this.#running.url;
  }

  get pid(): number {
    const { pid } = this.#running.child;
    if (pid === undefined) throw new Error("The server has no process");
    return pid;
  }

  /** Time on a processor since the start, of all threads. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, "utf8");
    // The name, in brackets, may hold spaces; utime and stime are fields 14 and 15 of the whole.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  }

  residentBytes(): number {
    return this.#statusBytes("VmRSS");
  }

  /** The most that was resident since `forgetPeak`. */
  peakBytes(): number {
    return this.#statusBytes("VmHWM");
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, "5");
  }

  #statusBytes(field: "VmRSS" | "VmHWM"): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  }

  /** What has been written to files, in whole pages as the disk gets them. */
  writtenBytes(): number {
    const io = readFileSync(`/proc/${this.pid}/io`, "utf8");
    return Number(/^write_bytes: (\d+)/m.exec(io)?.[1]);
  }

  /** `reset` forgets the pauses so far, `collect` collects garbage first. */
  async probe(question: "read" | "reset" | "collect"): Promise<ProbeAnswer> {
    const answer = once(this.#running.child, "message");
    this.#running.child.send(question);
    return (await answer)[0] as ProbeAnswer;
  }

  async #end(): Promise<void> {
    const { child } = this.#running;
    const closed = once(child, "close");
    // With SIGTERM a profile is written; what hangs on is ended.
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await closed;
    clearTimeout(killer);
  }

  async stop(): Promise<void> {
    await this.#end();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** Whether processes can be pinned to cores here. */
export function canPin(): boolean {
  return existsSync("/usr/bin/taskset") || existsSync("/bin/taskset");
}
