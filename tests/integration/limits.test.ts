import { closeCode, encodeFrame, limits } from "@boardwalk/board-model";
import { openStore } from "@boardwalk/persistence";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { varUint } from "../fuzz/mutations.ts";
import { editLink, RawClient, viewLink } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

const megabyte = 1024 * 1024;
let dataDir = "";
let server: ServerProcess;
let board: Awaited<ReturnType<ServerProcess["createBoard"]>>;
/** Two who do nothing wrong on the board that is abused. */
let ann: RawClient;
let bob: RawClient;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await ServerProcess.start({ dataDir, env: { TRUSTED_PROXY_HOPS: "1" } });
});

afterAll(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

beforeEach(async () => {
  board = await server.createBoard();
  ann = await RawClient.join(server.url, editLink(board));
  bob = await RawClient.join(server.url, viewLink(board));
});

afterEach(async () => {
  const due = ann.answers.length + 1;
  ann.change((document) => document.getMap("records").set("honest", 1));
  if ((await ann.answered(due)) !== true) throw new Error("An honest change was refused");
  await bob.until(() => bob.document.getMap("records").get("honest") === 1);
  ann.terminate();
  bob.terminate();
});

function endWithTest(client: RawClient): RawClient {
  onTestFinished(() => client.terminate());
  return client;
}

async function join(): Promise<RawClient> {
  return endWithTest(await RawClient.join(server.url, editLink(board)));
}

/** So many letters of one text, each put before the one before it: seven bytes an item. */
function manyItems(count: number): Uint8Array {
  const [client, letter, hasRightOrigin] = [1, 4, 0x40];
  const first = [letter, 1, ...encodedText("flood"), ...encodedText("a")];
  const bytes = [1, ...varUint(count), client, 0, ...first];
  for (let before = 0; before < count - 1; before++) {
    bytes.push(letter | hasRightOrigin, client, ...varUint(before), ...encodedText("a"));
  }
  bytes.push(0);
  return Uint8Array.from(bytes);
}

function encodedText(ascii: string): number[] {
  return [ascii.length, ...Buffer.from(ascii)];
}

const from = (address: string) => ({ "x-forwarded-for": address });
const overLimit = (reason: string) => ({ code: closeCode.overLimit, reason });

async function refusals(limit: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text
    .split("\n")
    .find((each) => each.startsWith(`boardwalk_limit_refusals_total{limit="${limit}"}`));
  return Number(line?.slice(line.lastIndexOf(" ")) ?? 0);
}

function lastNotice(client: RawClient): unknown {
  return client.notices.at(-1);
}

describe("over its limit", () => {
  it("a socket that sends frames without end is closed", async () => {
    const client = await join();
    const frame = encodeFrame(board.id, { type: "close", reason: "" }).with(-2, 99);
    for (let count = 0; count < 40_000 && client.isOpen; count++) client.sendFrame(frame);
    expect(await client.closed).toEqual(overLimit("FRAMES_PER_SECOND"));
    expect(await refusals("FRAMES_PER_SECOND")).toBe(1);
  });

  it("a socket that asks for all of the board again and again is closed", async () => {
    for (const ask of [
      (client: RawClient) => client.sendSync({ kind: "step1", payload: Uint8Array.of(1, 1, 0) }),
      (client: RawClient) => client.send({ type: "queryAwareness" }),
    ]) {
      const client = await join();
      for (let count = 0; count < 100; count++) ask(client);
      expect(await client.closed).toEqual(overLimit("SYNC_REQUESTS"));
    }
    expect(await refusals("SYNC_REQUESTS")).toBe(2);
  });

  it("a frame ends its connection", async () => {
    const client = await join();
    client.sendUpdate(new Uint8Array(limits.frameBytes + 1));
    expect((await client.closed).code).toBe(1009);
    expect(await refusals("FRAME_BYTES")).toBe(1);
  });

  it("an update of too many clients is refused as a whole", async () => {
    const updates = Array.from({ length: limits.clientsPerUpdate + 1 }, (_, client) => {
      const document = new Y.Doc();
      document.clientID = client + 1;
      document.getMap("records").set(`flood-${client}`, 1);
      return Y.encodeStateAsUpdate(document);
    });
    const client = await join();
    client.sendUpdate(Y.mergeUpdates(updates));
    expect(await client.answered(1)).toBe(false);
    expect(lastNotice(client)).toEqual({ kind: "notSaved", code: "CHANGE_REFUSED" });
    expect(await refusals("CLIENTS_PER_UPDATE")).toBe(1);
    expect((await join()).document.store.clients.size).toBeLessThan(5);
  });

  it("an update of too many items is refused as a whole", async () => {
    const client = await join();
    const update = manyItems(limits.documentItems + 1);
    expect(update.length).toBeLessThan(limits.frameBytes / 2);
    client.sendUpdate(update);
    expect(await client.answered(1)).toBe(false);
    expect(lastNotice(client)).toEqual({ kind: "notSaved", code: "DOCUMENT_FULL" });
    expect(await refusals("DOCUMENT_ITEMS")).toBe(1);
    client.change((document) => document.getMap("records").set("a", 1));
    expect(await client.answered(2)).toBe(true);
  });

  it("a document takes nothing more until something is deleted", async () => {
    const client = await join();
    const piece = 15 * megabyte;
    for (let number = 1; number <= 4; number++) {
      client.change((document) =>
        document.getMap("records").set(`piece-${number}`, "x".repeat(piece)),
      );
      expect(await client.answered(number)).toBe(true);
    }
    const tooMuch = client.draft((document) =>
      document.getMap("records").set("piece-5", "x".repeat(piece)),
    );
    client.sendUpdate(tooMuch);
    expect(await client.answered(5)).toBe(false);
    expect(lastNotice(client)).toEqual({ kind: "notSaved", code: "DOCUMENT_FULL" });
    expect(await refusals("DOCUMENT_BYTES")).toBe(1);
    expect(ann.document.getMap("records").has("piece-5")).toBe(false);

    client.change((document) => document.getMap("records").delete("piece-1"));
    expect(await client.answered(6)).toBe(true);
    await expect
      .poll(
        async () => {
          const due = client.answers.length + 1;
          client.sendUpdate(tooMuch);
          return client.answered(due);
        },
        { interval: 500 },
      )
      .toBe(true);
  });

  it("a name in presence ends the connection", async () => {
    const name = "a".repeat(limits.personNameLength + 1);
    for (const state of [{ id: "x", name }, { user: { name } }]) {
      const client = await join();
      client.present(state);
      expect(await client.closed).toEqual(overLimit("PERSON_NAME_LENGTH"));
    }
    expect(ann.presence.size).toBe(0);
  });

  it("presence that is too large, or of too many, ends the connection", async () => {
    const large = await join();
    large.present({ id: "x", note: "a".repeat(limits.presenceBytes) });
    expect(await large.closed).toEqual(overLimit("PRESENCE_BYTES"));
    const many = await join();
    for (let clientId = 1; clientId <= 5; clientId++) many.present({ id: "x" }, clientId);
    expect(await many.closed).toEqual(overLimit("PRESENCE_CLIENTS"));
  });

  it("what sockets without a board hold in total ends those that hold most, parts of frames too", async () => {
    const clients = await Promise.all(
      Array.from({ length: 80 }, async () =>
        endWithTest(await RawClient.connect(server.url, board.id)),
      ),
    );
    // Frames that never end.
    const head = Buffer.of(0x82, 0xff, 0, 0, 0, 0, 0, 0xff, 0, 0, 1, 2, 3, 4);
    for (const { tcp } of clients) tcp.write(Buffer.concat([head, Buffer.alloc(900 * 1024)]));
    const closed = await Promise.race(clients.map((client) => client.closed));
    expect(closed).toEqual(overLimit("HELD_BEFORE_OPEN_IN_TOTAL"));
    // The others hold all they may; whoever means to draw comes in all the same.
    const honest = await join();
    expect(honest.isOpen).toBe(true);
    const single = endWithTest(await RawClient.connect(server.url, board.id));
    for (const client of clients) client.terminate();
    await Promise.all(clients.map((client) => client.closed));
    single.tcp.write(Buffer.concat([head, Buffer.alloc(2 * megabyte)]));
    expect(await single.closed).toEqual(overLimit("HELD_BEFORE_OPEN"));
  });

  it("tokens tried from one address close the sockets that try them, and no other", async () => {
    const denied = async (address: string) => {
      const client = endWithTest(await RawClient.connect(server.url, board.id, from(address)));
      for (let count = 0; count < 31; count++) client.authenticate(`wrong-${count}`);
      const isOver = client.closed.then(({ reason }) => reason);
      const isHeard = client.until(() => client.heard.length === 31).then(() => "denied");
      return Promise.race([isOver, isHeard.catch(() => isOver)]);
    };
    const outcomes: string[] = [];
    for (let socket = 0; socket < 12; socket++) outcomes.push(await denied("192.0.2.7"));
    expect(outcomes.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => "denied"));
    expect(outcomes.at(-1)).toBe("AUTH_ATTEMPTS_PER_ADDRESS");
    // Nobody else is refused, be they behind the same router.
    for (const address of ["192.0.2.7", "192.0.2.8"]) {
      const other = endWithTest(await RawClient.connect(server.url, board.id, from(address)));
      other.authenticate(board.editToken);
      other.sendStep1();
      await other.synced();
    }
  });

  it("boards that are opened one after the other on one socket are no attempts", async () => {
    const client = endWithTest(await RawClient.connect(server.url, board.id));
    for (let opened = 1; opened <= 50; opened++) {
      client.authenticate(board.editToken);
      client.sendStep1();
      await client.until(() => client.timesAsked === opened);
      client.send({ type: "close", reason: "" });
    }
    expect(client.isOpen).toBe(true);
  });

  it("sockets of one address are refused, whatever address it claims before the proxy's", async () => {
    const url = `${server.url.replace(/^http/, "ws")}/sync`;
    const open = (address: string) => new WebSocket(url, { headers: from(address) });
    const sockets = Array.from({ length: 1_000 }, (_, number) =>
      open(`198.51.100.${number % 250}, 192.0.2.1`),
    );
    onTestFinished(() => {
      for (const socket of sockets) socket.terminate();
    });
    await Promise.all(sockets.map(async (socket) => once(socket, "open")));
    const refused = open("192.0.2.1");
    refused.on("error", () => undefined);
    const [, response] = (await once(refused, "unexpected-response")) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(429);
    expect(JSON.parse((await response.toArray()).join(""))).toMatchObject({
      error: { code: "SOCKETS_PER_ADDRESS" },
    });
    expect(await refusals("SOCKETS_PER_ADDRESS")).toBe(1);
    const other = open("192.0.2.2");
    await once(other, "open");
    other.terminate();
    sockets[0]?.terminate();
    await expect
      .poll(async () => {
        const again = open("192.0.2.1");
        again.on("error", () => undefined);
        const opened = once(again, "open").then(() => true);
        const isOpen = await Promise.race([
          opened,
          once(again, "unexpected-response").then(() => false),
        ]);
        again.terminate();
        return isOpen;
      })
      .toBe(true);
  });

  it("requests are refused with the limit's name", async () => {
    const refused = async () =>
      fetch(`${server.url}/api/boards/${board.id}`, {
        headers: { authorization: `Bearer ${"A".repeat(43)}`, ...from("192.0.2.9") },
      });
    const attempts = await Promise.all(Array.from({ length: 300 }, refused));
    await Promise.all(attempts.map((response) => response.arrayBuffer()));
    const response = await refused();
    expect([response.status, await response.text()]).toEqual([
      429,
      expect.stringContaining("FAILED_AUTHORISATIONS"),
    ]);
    expect(await refusals("FAILED_AUTHORISATIONS")).toBeGreaterThan(0);
    const honest = await fetch(`${server.url}/api/boards/${board.id}`, {
      headers: { authorization: `Bearer ${board.viewToken}`, ...from("192.0.2.9") },
    });
    expect(honest.status).toBe(200);
  });
});

describe("a fault inside the hooks of the synchronisation", () => {
  it("is the end of one attempt, and not of the process", async () => {
    const folder = await temporaryFolder();
    let own = await ServerProcess.start({ dataDir: folder });
    onTestFinished(async () => {
      await own.kill();
      await removeFolder(folder);
    });
    const [broken, whole] = [await own.createBoard(), await own.createBoard()];
    await own.stop();
    const logger = { info() {}, warn() {}, error() {} };
    const store = await openStore({ dataDir: folder, databaseUrl: null, logger });
    // Not what decodes a record expects: it throws where a token is checked.
    await store.commit([{ type: "put", key: `board/${broken.id}`, value: Uint8Array.of(0xff, 0) }]);
    await store.close();
    own = await ServerProcess.start({ dataDir: folder });
    const honest = await RawClient.join(own.url, editLink(whole));
    for (let count = 0; count < 20; count++) {
      const client = await RawClient.connect(own.url, broken.id);
      client.authenticate(broken.editToken);
      client.sendUpdate(Uint8Array.of(1, 2, 3));
      expect((await client.closed).code).toBe(closeCode.tryAgainLater);
    }
    const plain = await RawClient.connectPlain(own.url, editLink(broken));
    expect((await plain.closed).code).toBe(closeCode.tryAgainLater);
    honest.change((document) => document.getMap("records").set("a", 1));
    expect(await honest.answered(1)).toBe(true);
    expect(own.isRunning).toBe(true);
  });
});
