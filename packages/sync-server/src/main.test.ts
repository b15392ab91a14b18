import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { temporaryFolder } from "./test-server.ts";

const mainPath = fileURLToPath(new URL("main.ts", import.meta.url));
const startTimeoutMs = 30_000;

async function runMain(env: Record<string, string>) {
  const dataDir = await temporaryFolder();
  const child = spawn(process.execPath, [mainPath], {
    env: { ...process.env, PORT: "0", HOST: "127.0.0.1", DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  return {
    child,
    dataDir,
    log: () => out,
    exitCode: async () => (await closed)[0],
    complaint: () => err,
    url: async () =>
      vi.waitFor(
        () => {
          const ready = /Boardwalk is ready at (http:\/\/[^\s"]+)/.exec(out);
          if (ready?.[1] === undefined) throw new Error(`Not ready yet: ${out}${err}`);
          return ready[1];
        },
        { timeout: startTimeoutMs },
      ),
  };
}

describe("main", () => {
  it("says where it is ready, and ends with 0 when it is told to", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const main = await runMain({});
      const url = await main.url();
      expect((await fetch(`${url}/ready`)).status).toBe(200);
      main.child.kill(signal);
      expect(await main.exitCode()).toBe(0);
      expect(main.complaint()).toBe("");
      for (const line of main.log().trim().split("\n")) {
        expect(JSON.parse(line)).toHaveProperty("level");
      }
    }
  });

  it("takes the same signal from two senders for one", async () => {
    const main = await runMain({});
    await main.url();
    main.child.kill("SIGINT");
    main.child.kill("SIGINT");
    main.child.kill("SIGTERM");
    expect(await main.exitCode()).toBe(0);
  });

  it("ends at once when it is told again while a request keeps it waiting", async () => {
    const main = await runMain({});
    const url = await main.url();
    const board = await fetch(`${url}/api/boards`, { method: "POST" });
    const { id, editToken } = (await board.json()) as { id: string; editToken: string };
    const upload = request(`${url}/api/boards/${id}/assets`, {
      method: "POST",
      headers: { authorization: `Bearer ${editToken}`, "content-length": 1_000 },
    });
    upload.on("error", () => {});
    upload.write("GIF89a");
    await once(upload, "socket").then(([socket]) => once(socket as Socket, "connect"));
    await fetch(`${url}/health`);
    const repeat = setInterval(() => main.child.kill("SIGTERM"), 100);
    onTestFinished(() => clearInterval(repeat));
    expect(await main.exitCode()).toBe(1);
    expect(main.log()).toContain("asked a second time");
  });

  it("keeps a token that came in an address out of the log", async () => {
    const main = await runMain({ LOG_LEVEL: "trace" });
    const url = await main.url();
    const token = "0123456789012345678901234567890123456789012";
    await fetch(`${url}/yjs/abc?token=${token}`, { headers: { authorization: `Bearer ${token}` } });
    await fetch(`${url}/api/boards/abc?token=${token}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    main.child.kill("SIGTERM");
    expect(await main.exitCode()).toBe(0);
    expect(main.log()).toContain("/api/boards/abc");
    expect(main.log()).not.toContain(token);
  });

  it("names every wrong setting in one message", async () => {
    const main = await runMain({ PORT: "abc", LOG_LEVEL: "loud", REDIS_URL: "redis://x:y@cache" });
    expect(await main.exitCode()).toBe(1);
    for (const name of ["PORT", "LOG_LEVEL", "REDIS_URL"]) expect(main.complaint()).toContain(name);
    expect(main.complaint()).not.toContain("redis://");
    expect(main.log()).toBe("");
  });

  it("says that the port is in use", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    await once(busy, "listening");
    onTestFinished(() => {
      busy.close();
    });
    const port = String((busy.address() as AddressInfo).port);
    const main = await runMain({ PORT: port });
    expect(await main.exitCode()).toBe(1);
    expect(main.complaint()).toContain(`port ${port} is already in use`);
    expect(main.complaint().trim().split("\n")).toHaveLength(1);
  });

  it("says that an address is not one of this machine", async () => {
    const main = await runMain({ HOST: "192.0.2.1" });
    expect(await main.exitCode()).toBe(1);
    expect(main.complaint()).toContain("HOST=192.0.2.1");
  });

  it("says that the data folder cannot be written", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    const main = await runMain({ DATA_DIR: join(file, "data") });
    expect(await main.exitCode()).toBe(1);
    expect(main.complaint()).toContain(`the data folder ${join(file, "data")} cannot be written`);
    expect(main.complaint().trim().split("\n")).toHaveLength(1);
  });

  it("says that the database does not answer, without its password", async () => {
    const main = await runMain({ DATABASE_URL: "postgres://me:s3cret@127.0.0.1:1/boards" });
    expect(await main.exitCode()).toBe(1);
    expect(main.complaint()).toContain("the database boards on 127.0.0.1:1 cannot be opened");
    expect(main.complaint()).toContain("DATABASE_URL");
    expect(main.complaint().trim().split("\n")).toHaveLength(1);
    expect(main.complaint() + main.log()).not.toContain("s3cret");
  });

  it("says that another process has the data folder", async () => {
    const first = await runMain({});
    await first.url();
    const second = await runMain({ DATA_DIR: first.dataDir });
    expect(await second.exitCode()).toBe(1);
    expect(second.complaint()).toContain("another Boardwalk is using the data folder");
    expect((await fetch(`${await first.url()}/ready`)).status).toBe(200);
  });
});
