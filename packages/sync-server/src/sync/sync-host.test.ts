import { closeCode, decodeFrame, encodeFrame, type Message } from "@boardwalk/board-model";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startSyncHost } from "./test-sync-host.ts";

async function startHost() {
  const { store, boards, registry, syncHost: host, url } = await startSyncHost();
  const openBoards = async () => {
    const metric = await registry.getSingleMetric("boardwalk_boards_open")?.get();
    return metric?.values[0]?.value;
  };
  return { store, boards, host, openBoards, url };
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
    await expect.poll(() => host.people(id)).toHaveLength(1);
    const notSaved = { code: "STORE_UNAVAILABLE" };
    await host.withBoard(id, async (board) => {
      // Without length: from here on the document takes changes, and tells nobody of them.
      const update = Uint8Array.of(1, 1, 5, 0, 1, 1, 1, 114, 0, 0);
      await expect(board.apply([update])).rejects.toMatchObject(notSaved);
      await expect(host.renameBoard(id, "Nowhere")).rejects.toMatchObject(notSaved);
      const [code, reason] = (await closed) as [number, Buffer];
      expect([code, reason.toString()]).toEqual([closeCode.boardClosed, "BOARD_CLOSED"]);
    });
    await expect.poll(openBoards).toBe(0);
    expect(await host.readBoardName(id)).toBe("On disk");
    await host.renameBoard(id, "On disk again");
    await expect.poll(openBoards).toBe(0);
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
    await expect.poll(openBoards).toBe(0);
  });
});
