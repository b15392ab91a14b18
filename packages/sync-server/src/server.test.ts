import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseConfig } from "./config.ts";
import { startServer } from "./server.ts";
import { bearer, errorOf, startTestServer, temporaryFolder } from "./test-server.ts";

const deadlineMs = 600;

/** A WebSocket whose other side does not answer, not even to be closed. */
async function connectDeafClient(url: string): Promise<Duplex> {
  const upgrade = request(`${url}/sync`, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    },
  });
  upgrade.end();
  const [, socket] = (await once(upgrade, "upgrade")) as [unknown, Duplex];
  socket.on("error", () => {});
  return socket;
}

describe("startServer", () => {
  it.each(["localhost", "127.0.0.1", "0.0.0.0"])("listens on HOST=%s", async (host) => {
    const { url } = await startTestServer({ HOST: host });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("listens on every interface by default, by IPv4 and whatever localhost is", async () => {
    const { url } = await startTestServer({ HOST: "" });
    const { port } = new URL(url);
    expect(url).toBe(`http://localhost:${port}`);
    for (const name of ["localhost", "127.0.0.1"]) {
      expect((await fetch(`http://${name}:${port}/health`)).status).toBe(200);
    }
  });

  it("frees the data folder when it cannot listen", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    await once(busy, "listening");
    onTestFinished(() => {
      busy.close();
    });
    const { port } = busy.address() as AddressInfo;
    const dataDir = await temporaryFolder();
    const start = async (portSetting: number) => {
      const env = { PORT: String(portSetting), HOST: "127.0.0.1", DATA_DIR: dataDir };
      const parsed = parseConfig(env);
      if (!parsed.ok) throw new Error("The settings of this test are wrong.");
      return startServer(parsed.config, pino({ level: "silent" }));
    };
    await expect(start(port)).rejects.toMatchObject({ code: "EADDRINUSE" });
    const server = await start(0);
    await server.close(deadlineMs);
  });

  it("refuses a data folder that is in use", async () => {
    const { dataDir } = await startTestServer();
    await expect(startTestServer({ DATA_DIR: dataDir })).rejects.toMatchObject({
      code: "STORE_LOCKED",
    });
  });
});

describe("close", () => {
  it("can be asked for twice, and ends what is idle", async () => {
    const { url, server } = await startTestServer();
    // Leaves a connection that is kept alive.
    await (await fetch(`${url}/health`)).text();
    const first = server.close(deadlineMs);
    expect(server.close(deadlineMs)).toBe(first);
    await first;
    await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
  });

  it("does not wait for a connection that asks for nothing", async () => {
    const { url, server } = await startTestServer();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    const closed = once(socket, "close");
    socket.resume();
    // Waiting for it would take longer than this test may.
    await server.close(10 * 60_000);
    await closed;
    expect(socket.destroyed).toBe(true);
  });

  it("takes no new work while clients finish, and says so", async () => {
    const { url, server, get, send } = await startTestServer();
    const client = await connectDeafClient(url);
    const closing = server.close(deadlineMs);
    const ready = await get("/ready");
    expect(await errorOf(ready)).toEqual([503, "SHUTTING_DOWN"]);
    expect((await get("/health")).status).toBe(200);
    const refused = await send("POST", "/api/boards", {});
    expect(refused.headers.get("connection")).toBe("close");
    expect(refused.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await errorOf(refused)).toEqual([503, "SHUTTING_DOWN"]);
    client.resume();
    await closing;
  });

  it("cuts off a client that does not let go", async () => {
    const { url, server } = await startTestServer();
    const client = await connectDeafClient(url);
    const closed = once(client, "close");
    client.resume();
    await server.close(deadlineMs);
    await closed;
    expect(client.destroyed).toBe(true);
  });

  it("cuts off a request that does not end, and frees the data folder", async () => {
    const { url, server, dataDir, createBoard } = await startTestServer();
    const { id, editToken } = await createBoard();
    const upload = request(`${url}/api/boards/${id}/assets`, {
      method: "POST",
      headers: { ...bearer(editToken), "content-length": 1_000_000 },
    });
    const failed = once(upload, "error");
    upload.write("GIF89a");
    // Connections are served in order of their arrival, so the upload has begun.
    await once(upload, "socket").then(([socket]) => once(socket as Duplex, "connect"));
    await fetch(`${url}/health`);
    await server.close(deadlineMs);
    await failed;
    const successor = await startTestServer({ DATA_DIR: dataDir });
    const kept = await successor.get(`/api/boards/${id}`, bearer(editToken));
    expect(kept.status).toBe(200);
  });
});
