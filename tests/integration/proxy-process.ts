import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { access, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { vi } from "vitest";
import type { Certificate } from "./certificate.ts";

export type ProxyKind = "nginx" | "caddy";

const executables: Record<ProxyKind, string | undefined> = {
  nginx: process.env["BOARDWALK_NGINX"] || undefined,
  caddy: process.env["BOARDWALK_CADDY"] || undefined,
};

/** Tests of a proxy are skipped, and said to be, where it is not installed. */
export function hasProxy(kind: ProxyKind): boolean {
  return executables[kind] !== undefined;
}

/** A run that is cut short leaves no proxy behind. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

export type ProxyOptions = {
  kind: ProxyKind;
  /** An empty folder for its configuration and its logs. */
  folder: string;
  certificate: Certificate;
  /** Where it listens; see `freePort`. */
  port: number;
  /** Of the Boardwalk behind it, on loopback. */
  serverPort: number;
  /** What is different from the documented configuration, besides names and addresses. */
  change?: (configuration: string) => string;
};

/** A real proxy on loopback with the configuration that docs/proxy tells people to use. */
export class ProxyProcess {
  readonly url: string;
  readonly #options: ProxyOptions;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = "";

  private constructor(options: ProxyOptions, child: ChildProcess) {
    this.#options = options;
    this.#child = child;
    this.#closed = once(child, "close");
    this.url = `https://localhost:${options.port}`;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
    running.add(child);
    child.once("close", () => running.delete(child));
  }

  static async start(options: ProxyOptions): Promise<ProxyProcess> {
    const { kind } = options;
    const path = kind === "nginx" ? await writeNginx(options) : await writeCaddy(options);
    const env = { ...process.env, HOME: options.folder };
    const child = spawn(executables[kind] ?? kind, startArguments(kind, path), {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const proxy = new ProxyProcess(options, child);
    await proxy.#isListening();
    return proxy;
  }

  async #isListening(): Promise<void> {
    let hasEnded = false;
    this.#child.once("close", () => (hasEnded = true));
    const ask = async () => (hasEnded ? null : (await fetch(`${this.url}/health`)).status);
    const status = await vi.waitFor(ask, { timeout: 20_000, interval: 20 });
    if (status === null) throw new Error(`It ended:\n${await this.logs()}`);
  }

  /** As an operator does after a change: with new workers, and the old ones ending. */
  async reload(): Promise<void> {
    const { kind, folder } = this.#options;
    if (kind === "nginx") {
      this.#child.kill("SIGHUP");
      return;
    }
    const path = executables[kind] ?? kind;
    const address = `unix/${join(folder, "admin.sock")}`;
    const args = ["reload", "--force", "--address", address, "--config", join(folder, "Caddyfile")];
    await promisify(execFile)(path, args);
  }

  /** All that it has written anywhere. */
  async logs(): Promise<string> {
    const files = ["access.log", "error.log"].map((name) => join(this.#options.folder, name));
    const texts = await Promise.all(files.map(readIfThere));
    return [this.#output, ...texts].join("\n");
  }

  async stop(): Promise<void> {
    this.#child.kill(this.#options.kind === "nginx" ? "SIGTERM" : "SIGKILL");
    await this.#closed;
  }
}

/**
 * A port that nothing listens on, and that no one gets who asks for any: it has to be known to the
 * server before the proxy has it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

function startArguments(kind: ProxyKind, path: string): string[] {
  return kind === "nginx" ? ["-c", path] : ["run", "--adapter", "caddyfile", "--config", path];
}

async function writeNginx(options: ProxyOptions): Promise<string> {
  const { folder, certificate, port, serverPort, change } = options;
  const site = await documented("nginx.conf", [
    ["listen 80;", `listen 127.0.0.1:${await freePort()};`],
    ["listen 443 ssl http2;", `listen 127.0.0.1:${port} ssl http2;`],
    ["server_name board.example.org;", "server_name localhost;"],
    ["/etc/letsencrypt/live/board.example.org/fullchain.pem", certificate.certPath],
    ["/etc/letsencrypt/live/board.example.org/privkey.pem", certificate.keyPath],
    ["/var/log/nginx/boardwalk.log", join(folder, "access.log")],
    ["http://127.0.0.1:8080", `http://127.0.0.1:${serverPort}`],
  ]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join("\n");
  const path = join(folder, "nginx.conf");
  await writeFile(
    path,
    `${process.getuid?.() === 0 ? "user root;" : ""}
    daemon off;
    worker_processes 1;
    pid ${join(folder, "nginx.pid")};
    error_log ${join(folder, "error.log")} info;
    events {}
    http {
      ${temporary}
      # Heartbeats go every 5 s; the real one, which is a minute, is treated the same.
      proxy_read_timeout 7s;
      proxy_send_timeout 7s;
      ${change === undefined ? site : change(site)}
    }`,
  );
  return path;
}

async function writeCaddy(options: ProxyOptions): Promise<string> {
  const { folder, certificate, port, serverPort, change } = options;
  const site = await documented("Caddyfile", [
    [
      "\n{\n",
      `\n{\nadmin unix/${join(folder, "admin.sock")}\nauto_https disable_redirects\nstorage file_system ${folder}\n`,
    ],
    [
      "board.example.org {",
      `https://localhost:${port} {\nbind 127.0.0.1\ntls ${certificate.certPath} ${certificate.keyPath}`,
    ],
    ["127.0.0.1:8080", `127.0.0.1:${serverPort}`],
  ]);
  const path = join(folder, "Caddyfile");
  await writeFile(path, change === undefined ? site : change(site));
  return path;
}

/** A documented configuration with other names in it: each has to be there to be changed. */
async function documented(name: string, names: readonly [string, string][]): Promise<string> {
  const path = fileURLToPath(new URL(`../../docs/proxy/${name}`, import.meta.url));
  let text = await readFile(path, "utf8");
  for (const [from, to] of names) {
    if (!text.includes(from)) throw new Error(`docs/proxy/${name} does not hold: ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

async function readIfThere(path: string): Promise<string> {
  try {
    await access(path);
  } catch {
    return "";
  }
  return readFile(path, "utf8");
}
