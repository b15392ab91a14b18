import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll } from "vitest";

const executable = process.env["BOARDWALK_POSTGRES"];

/** Tests that need a server are skipped, and said to be, where there is none. */
export const isSkipped = executable === undefined || executable === "";
if (isSkipped) {
  if (process.env["CI"]) throw new Error("BOARDWALK_POSTGRES does not name PostgreSQL's server");
  process.stderr.write("skipped: BOARDWALK_POSTGRES does not name PostgreSQL's server\n");
}

const START_TIMEOUT_MS = 60_000;
const START_POLL_MS = 20;

/** As PostgreSQL is built. */
const BLOCK_BYTES = 8192;

/** What makes a small server, that still syncs to disk like a real one. */
const SETTINGS = {
  fsync: "on",
  listen_addresses: "",
  max_connections: "60",
  shared_buffers: "16MB",
  log_min_messages: "fatal",
  autovacuum_naptime: "5min",
  // One call instead of one for each file, of which every test makes hundreds.
  recovery_init_sync_method: process.platform === "linux" ? "syncfs" : "fsync",
};

/** A PostgreSQL server in a folder of its own, reached by a socket there. */
export class PostgresServer {
  readonly #folder: string;
  readonly #dataPath: string;
  readonly #owner: { uid?: number; gid?: number };
  #process: ChildProcess | null = null;
  #databases = 0;

  private constructor(folder: string, dataPath: string, owner: { uid?: number; gid?: number }) {
    this.#folder = folder;
    this.#dataPath = dataPath;
    this.#owner = owner;
  }

  /**
   * Starts one server for the calling file, and ends it after its tests. `dataPath` may put the
   * tables elsewhere, as on a small disk; the log stays in the server's own folder.
   */
  static forFile(dataPath?: () => Promise<string>): { readonly server: PostgresServer } {
    let server: PostgresServer | null = null;
    beforeAll(async () => {
      if (!isSkipped) server = await PostgresServer.create(await dataPath?.());
    });
    afterAll(async () => {
      await server?.remove();
    });
    return {
      get server() {
        if (server === null) throw new Error("The server has not been started");
        return server;
      },
    };
  }

  static async create(dataPath?: string): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), "boardwalk-postgres-"));
    const owner = serverOwner();
    const server = new PostgresServer(folder, dataPath ?? join(folder, "data"), owner);
    for (const path of dataPath === undefined ? [folder] : [folder, dataPath]) {
      if (owner.uid !== undefined) await chown(path, owner.uid, owner.gid ?? owner.uid);
    }
    execFileSync(
      join(dirname(executable ?? ""), "initdb"),
      [
        `--pgdata=${server.#dataPath}`,
        `--waldir=${join(folder, "wal")}`,
        "--username=postgres",
        "--auth-local=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
        "--data-checksums",
      ],
      { ...owner, cwd: folder, env: { PATH: process.env["PATH"] }, stdio: "pipe" },
    );
    await server.start();
    return server;
  }

  get socketPath(): string {
    return join(this.#folder, ".s.PGSQL.5432");
  }

  /** The address of a database on this server. */
  url(database: string, user = "postgres"): string {
    return `postgres:///${database}?host=${this.#folder}&user=${user}`;
  }

  /** Makes an empty database and gives its address. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query("postgres", `CREATE DATABASE ${name}`);
    return this.url(name);
  }

  /** Runs a statement as the server's owner; `database` is a name or an address. */
  async query(
    database: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    const connectionString = database.includes(":") ? database : this.url(database);
    const client = new Client({ connectionString });
    client.on("error", () => {}); // Servers are killed here; the query reports it.
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Resolves when the server answers. */
  async start(): Promise<void> {
    const settings = { ...SETTINGS, unix_socket_directories: this.#folder };
    const endMs = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const started = spawn(
        executable ?? "",
        [
          `-D${this.#dataPath}`,
          ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
        ],
        { ...this.#owner, cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] },
      );
      let complaint = "";
      started.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
      let hasEnded = false;
      started.once("exit", () => (hasEnded = true));
      this.#process = started;
      if (await this.#answers(() => hasEnded || performance.now() > endMs)) return;
      // Processes of a killed server may take a moment to let go of its memory.
      if (performance.now() > endMs) throw new Error(`PostgreSQL does not start: ${complaint}`);
      await delay(START_POLL_MS);
    }
  }

  /** Kills every process of the server at once. */
  async kill(): Promise<void> {
    const server = this.#process;
    if (server?.pid === undefined) return;
    const exited = once(server, "exit");
    // The server before its children, which it would start anew.
    const children = childrenOf(server.pid);
    process.kill(server.pid, "SIGKILL");
    for (const child of children) {
      try {
        process.kill(child, "SIGKILL");
      } catch {
        continue; // It has gone with its parent.
      }
    }
    await exited;
    this.#process = null;
  }

  /** Flips a byte in the middle of a block of a table's file, while the server is down. */
  async damageBlock(database: string, table: string, block: number): Promise<void> {
    // What the server replays at its start from its own log would be whole again.
    await this.query(database, "CHECKPOINT");
    const [row] = await this.query(database, "SELECT pg_relation_filepath($1) AS path", [table]);
    const server = this.#process;
    if (server === null) throw new Error("The server has not been started");
    const exited = once(server, "exit");
    server.kill("SIGINT"); // Its fast shutdown.
    await exited;
    this.#process = null;
    const file = await open(join(this.#dataPath, String(row?.["path"])), "r+");
    try {
      const at = block * BLOCK_BYTES + BLOCK_BYTES / 2;
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
      await file.write(Buffer.of((buffer[0] ?? 0) ^ 0xff), 0, 1, at);
    } finally {
      await file.close();
    }
    await this.start();
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(isHopeless: () => boolean): Promise<boolean> {
    while (!isHopeless()) {
      try {
        await this.query("postgres", "SELECT 1");
        return true;
      } catch {
        await delay(START_POLL_MS); // Not yet.
      }
    }
    return false;
  }
}

/** The user to run the server as: it refuses to be root. */
function serverOwner(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  const idOf = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

function childrenOf(parent: number): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}
