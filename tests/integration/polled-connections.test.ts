import { openPolledSocket } from "@boardwalk/board-app/polled-socket";
import {
  closeCode,
  decodeFrame,
  encodeFrame,
  limits,
  openedConnectionSchema,
  pongFrame,
  type Message,
} from "@boardwalk/board-model";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import { SlowLink } from "./slow-link.ts";
import { expectEventually } from "./stock-clients.ts";

const maxSockets = 6;
let dataDir = "";
let server: ServerProcess;
let board: Awaited<ReturnType<ServerProcess["createBoard"]>>;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  const env = { MAX_SOCKETS_PER_ADDRESS: String(maxSockets), TRUSTED_PROXY_HOPS: "1" };
  server = await ServerProcess.start({ dataDir, env });
  board = await server.createBoard();
});

afterAll(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

/** A page's connection by requests, in a board, with its document. */
class PolledClient {
  readonly document = new Y.Doc();
  readonly heard: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #boardId: string;
  readonly #socket: ReturnType<typeof openPolledSocket>;

  constructor(url: string, { boardId, token }: Link) {
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    this.#boardId = boardId;
    this.#socket = openPolledSocket(`${url.replace(/^http/, "ws")}/sync`, {
      opened: () => {
        this.send({ type: "auth", auth: { kind: "token", token } });
        this.send({
          type: "sync",
          sync: { kind: "step1", payload: Y.encodeStateVector(this.document) },
        });
      },
      received: (frame) => this.#receive(frame),
      closed: (code, reason) => resolve({ code, reason }),
    });
    onTestFinished(() => this.close());
  }

  static async join(url: string, link: Link): Promise<PolledClient> {
    const client = new PolledClient(url, link);
    await expectEventually(() => client.#isSynced);
    return client;
  }

  get #isSynced(): boolean {
    return this.heard.some((message) => message.type === "sync" && message.sync.kind === "step2");
  }

  #receive(frame: Uint8Array): void {
    if (frame.length === 1) {
      this.#socket.send(pongFrame);
      return;
    }
    const { message } = decodeFrame(frame);
    this.heard.push(message);
    if (message.type !== "sync" || message.sync.kind === "step1") return;
    Y.applyUpdate(this.document, message.sync.payload);
  }

  send(message: Message): void {
    this.#socket.send(encodeFrame(this.#boardId, message));
  }

  /** Makes a change and sends it. */
  set(key: string, value: unknown): void {
    this.document.once("update", (payload: Uint8Array) => {
      this.send({ type: "sync", sync: { kind: "update", payload } });
    });
    this.document.getMap("records").set(key, value);
  }

  get(key: string): unknown {
    return this.document.getMap("records").get(key);
  }

  get acknowledged(): number {
    return this.heard.filter((message) => message.type === "syncStatus" && message.durable).length;
  }

  close(): void {
    this.#socket.close();
  }
}

async function joinByWebSocket(link: Link): Promise<RawClient> {
  const client = await RawClient.join(server.url, link);
  onTestFinished(() => client.terminate());
  return client;
}

const large = "x".repeat(5 * limits.polledBytes);

describe("a connection by requests", () => {
  it("is one like those by WebSocket, large frames included", async () => {
    const ann = await PolledClient.join(server.url, editLink(board));
    const bob = await joinByWebSocket(viewLink(board));
    expect(await server.metric("boardwalk_sockets_polled")).toBe(1);
    ann.set("small", 1);
    ann.set("large", large);
    await bob.until(() => bob.document.getMap("records").get("large") === large);
    await expectEventually(() => ann.acknowledged === 2);
    const cleo = await PolledClient.join(server.url, viewLink(board));
    expect(cleo.get("large")).toBe(large);
    const drawer = await joinByWebSocket(editLink(board));
    drawer.change((document) => document.getMap("records").set("from a socket", 1));
    await expectEventually(() => cleo.get("from a socket") === 1);
  });

  it("brings many changes of several in order, and each is acknowledged once", async () => {
    const [ann, bob] = [
      await PolledClient.join(server.url, editLink(board)),
      await PolledClient.join(server.url, editLink(board)),
    ];
    for (let count = 1; count <= 300; count++) {
      ann.set("ann", count);
      bob.set("bob", count);
      if (count % 10 === 0) await expectEventually(() => ann.acknowledged >= count - 50);
    }
    await expectEventually(() => ann.acknowledged === 300 && bob.acknowledged === 300);
    await expectEventually(() => ann.get("bob") === 300 && bob.get("ann") === 300);
    // They come in order: one too many would be there before this one's.
    ann.set("last", 1);
    await expectEventually(() => bob.get("last") === 1 && ann.acknowledged > 300);
    expect(ann.acknowledged).toBe(301);
  });

  it("tells why it is not let in, and counts no more once it has ended", async () => {
    const client = new PolledClient(server.url, { boardId: board.id, token: "wrong" });
    const reason = () =>
      client.heard.flatMap((message) =>
        message.type === "auth" && message.auth.kind === "denied" ? message.auth.reason : [],
      );
    await expectEventually(() => reason().length > 0);
    expect(reason()).toEqual(["TOKEN_INVALID"]);
    client.close();
    await expect.poll(() => server.metric("boardwalk_sockets_polled")).toBe(0);
  });

  it("is closed with a code: when its link is revoked, and when the server restarts", async () => {
    const own = await server.createBoard();
    const bearer = { authorization: `Bearer ${own.ownerKey}` };
    const links = `${server.url}/api/boards/${own.id}/links`;
    const made = await fetch(links, {
      method: "POST",
      headers: { ...bearer, "content-type": "application/json" },
      body: JSON.stringify({ role: "edit" }),
    });
    const { id, token } = (await made.json()) as { id: string; token: string };
    const client = await PolledClient.join(server.url, { boardId: own.id, token });
    await fetch(`${links}/${id}`, { method: "DELETE", headers: bearer });
    expect(await client.closed).toEqual({ code: closeCode.denied, reason: "LINK_REVOKED" });

    const restarted = await temporaryFolder();
    const other = await ServerProcess.start({ dataDir: restarted });
    onTestFinished(async () => {
      await other.kill();
      await removeFolder(restarted);
    });
    const ann = await PolledClient.join(other.url, editLink(await other.createBoard()));
    const exit = other.stop();
    expect(await ann.closed).toEqual({ code: closeCode.restart, reason: "RESTART" });
    expect(await exit).toBe(0);
  });
});

it("is ended when no more requests come", async () => {
  const folder = await temporaryFolder();
  const own = await ServerProcess.start({ dataDir: folder });
  onTestFinished(async () => {
    await own.kill();
    await removeFolder(folder);
  });
  const way = await SlowLink.open(own.url, 10 * 1024 * 1024);
  const ann = await PolledClient.join(way.url, editLink(await own.createBoard()));
  expect(await own.metric("boardwalk_sockets_polled")).toBe(1);
  way.close();
  expect(await ann.closed).toEqual({ code: 1006, reason: "" });
  // Found by its silence.
  await expect
    .poll(() => own.metric("boardwalk_sockets_polled"), { timeout: 60_000, interval: 250 })
    .toBe(0);
  expect(await own.metric("boardwalk_sockets")).toBe(0);
});

/** What a hostile client, or a broken proxy, makes of it. */
describe("requests of a connection", () => {
  async function open(headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${server.url}/api/connections`, { method: "POST", headers });
  }

  async function opened(): Promise<string> {
    return openedConnectionSchema.parse(await (await open()).json()).connection;
  }

  async function codeOf(response: Response): Promise<string> {
    const { error } = (await response.json()) as { error: { code: string; limit?: string } };
    return `${response.status} ${error.code} ${error.limit ?? ""}`.trim();
  }

  function poll(connection: string, from: number): Promise<Response> {
    return fetch(`${server.url}/api/connections/current?from=${from}`, {
      headers: { authorization: `Bearer ${connection}` },
    });
  }

  function send(connection: string, at: number, body: Uint8Array): Promise<Response> {
    return fetch(`${server.url}/api/connections/current?at=${at}`, {
      method: "POST",
      headers: { authorization: `Bearer ${connection}` },
      body: Buffer.from(body),
    });
  }

  it("are refused to pages of other sites, and to who does not know it", async () => {
    const refused = await open({ origin: "https://elsewhere.example" });
    expect(await codeOf(refused)).toBe("403 ORIGIN_NOT_ALLOWED");
    const own = await open({ origin: server.url });
    expect(own.status).toBe(201);
    expect(await codeOf(await poll("guessed", 0))).toBe("404 CONNECTION_NOT_FOUND");
    expect(await codeOf(await send("guessed", 0, Uint8Array.of(1)))).toBe(
      "404 CONNECTION_NOT_FOUND",
    );
    const bare = await fetch(`${server.url}/api/connections/current?from=0`);
    expect(await codeOf(bare)).toBe("404 CONNECTION_NOT_FOUND");
  });

  it("have a size", async () => {
    const connection = await opened();
    const refused = await send(connection, 0, new Uint8Array(limits.polledBytes + 1));
    expect(await codeOf(refused)).toBe("413 BODY_TOO_LARGE BODY_BYTES");
    expect((await send(connection, -1, Uint8Array.of(1))).status).toBe(400);
    expect((await poll(connection, Number.NaN)).status).toBe(400);
  });

  it("end it when they bring no frames, or leave bytes out", async () => {
    const garbled = await opened();
    // Not masked, as a client's frames have to be: the server says 1002 and waits no more.
    await send(garbled, 0, Uint8Array.of(0x82, 0x01, 0x00));
    const close = Buffer.from(await (await poll(garbled, 0)).arrayBuffer());
    expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, 1002]);

    const torn = await opened();
    expect(await codeOf(await send(torn, 9, Uint8Array.of(0x82)))).toBe("404 CONNECTION_NOT_FOUND");
    expect(await codeOf(await poll(torn, 0))).toBe("404 CONNECTION_NOT_FOUND");
  });

  it("count with the sockets of their address", async () => {
    const from = { "x-forwarded-for": "203.0.113.9" };
    for (let count = 0; count < maxSockets; count++) expect((await open(from)).status).toBe(201);
    const refused = await open(from);
    expect(await codeOf(refused)).toBe("429 TOO_MANY_REQUESTS SOCKETS_PER_ADDRESS");
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('boardwalk_limit_refusals_total{limit="SOCKETS_PER_ADDRESS"} 1\n');
    expect((await open({ "x-forwarded-for": "203.0.113.10" })).status).toBe(201);
  });
});
