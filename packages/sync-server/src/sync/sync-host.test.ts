import { closeCode, decodeFrame, encodeFrame, type Message } from "@boardwalk/board-model";
import { openStore } from "@boardwalk/persistence";
import { once } from "node:events";
import { createServer } from "node:http";
import { pino } from "pino";
import { Counter, Registry } from "prom-client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { Boards } from "../boards/boards.ts";
import { temporaryFolder } from "../test-server.ts";
import { SyncHost } from "./sync-host.ts";

async function startHost() {
  const logger = pino({ level: "silent" });
  const store = await openStore({ dataDir: await temporaryFolder(), logger });
  onTestFinished(() => store.close());
  const boards = new Boards({ store });
  const registry = new Registry();
  const host = new SyncHost({
    store,
    boards,
    logger,
    registry,
    publicOrigin: null,
    trustedProxyHops: 0,
    maxSocketsPerAddress: 10,
    limitRefusals: new Counter({
      name: "refusals",
      help: "Refusals",
      labelNames: ["limit"],
      registers: [],
    }),
  });
  const http = createServer().on("upgrade", (request, socket, head) => {
    host.handleUpgrade(request, socket, head);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    await host.close(1_000);
    http.close();
  });
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("Not listening");
  const openBoards = async () => {
    const metric = await registry.getSingleMetric("boardwalk_boards_open")?.get();
    return metric?.values[0]?.value;
  };
  return { store, boards, host, openBoards, url: `ws://127.0.0.1:${address.port}` };
}

/** Sends a token and resolves with the end of the socket and what was said before. */
async function turnedAway(url: string, first?: Uint8Array) {
  const webSocket = new WebSocket(url);
  const heard: Message[] = [];
  webSocket.on("message", (data: Buffer) => heard.push(decodeFrame(data).message));
  if (first !== undefined) webSocket.on("open", () => webSocket.send(first));
  const [code, reason] = (await once(webSocket, "close")) as [number, Buffer];
  return { code, reason: reason.toString(), heard };
}

describe("a store that cannot be read", () => {
  it("has clients come back later, and does not tell them that they have no right", async () => {
    const { store, boards, url } = await startHost();
    const { id, editToken } = await boards.create();
    await store.close();
    const later = { code: closeCode.tryAgainLater, reason: "STORE_UNAVAILABLE", heard: [] };
    const auth = encodeFrame(id, { type: "auth", auth: { kind: "token", token: editToken } });
    expect(await turnedAway(`${url}/sync`, auth)).toEqual(later);
    expect(await turnedAway(`${url}/yjs/${id}?token=${editToken}`)).toEqual(later);
  });
});

describe("a board on which Yjs fails", () => {
  it("is let go with everyone on it, and read anew from the disk", async () => {
    const { boards, host, openBoards, url } = await startHost();
    const { id, editToken } = await boards.create("On disk");
    const webSocket = new WebSocket(`${url}/yjs/${id}?token=${editToken}`);
    const closed = once(webSocket, "close");
    await vi.waitFor(() => expect(host.people(id)).toHaveLength(1));
    const notSaved = { code: "STORE_UNAVAILABLE" };
    await host.withBoard(id, async (board) => {
      // Without length: from here on the document takes changes, and tells nobody of them.
      const update = Uint8Array.of(1, 1, 5, 0, 1, 1, 1, 114, 0, 0);
      await expect(board.apply([update])).rejects.toMatchObject(notSaved);
      await expect(host.renameBoard(id, "Nowhere")).rejects.toMatchObject(notSaved);
      const [code, reason] = (await closed) as [number, Buffer];
      expect([code, reason.toString()]).toEqual([closeCode.boardClosed, "BOARD_CLOSED"]);
    });
    await vi.waitFor(async () => expect(await openBoards()).toBe(0));
    expect(await host.readBoardName(id)).toBe("On disk");
    await host.renameBoard(id, "On disk again");
    await vi.waitFor(async () => expect(await openBoards()).toBe(0));
    expect(await host.readBoardName(id)).toBe("On disk again");
  });
});

describe("a board's name", () => {
  it("can be read and changed by many at once, with nobody there", async () => {
    const { boards, host } = await startHost();
    const { id } = await boards.create("First");
    const names = await Promise.all(Array.from({ length: 20 }, () => host.readBoardName(id)));
    expect(new Set(names)).toEqual(new Set(["First"]));
    await Promise.all([
      host.renameBoard(id, "Second"),
      host.readBoardName(id),
      host.readBoardName(id),
    ]);
    expect(await host.readBoardName(id)).toBe("Second");
  });

  it("is that of the one board there is, however often it is let go and opened again", async () => {
    const { boards, host, openBoards } = await startHost();
    const { id } = await boards.create("0");
    for (let round = 1; round <= 20; round++) {
      expect(await host.readBoardName(id)).toBe(String(round - 1));
      // Hocuspocus looks once more, a moment later, whether to unload what was read; by then the
      // board is open again for the change.
      await host.renameBoard(id, String(round));
    }
    await vi.waitFor(async () => expect(await openBoards()).toBe(0));
  });
});
