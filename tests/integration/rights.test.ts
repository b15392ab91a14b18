import { closeCode, encodeFrame } from "@boardwalk/board-model";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { FileServer } from "./file-server.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";

const file = new FileServer();

function endWithTest(client: RawClient): RawClient {
  onTestFinished(() => client.terminate());
  return client;
}

async function joinPlain(link: Link): Promise<RawClient> {
  return endWithTest(await RawClient.joinPlain(file.server.url, link));
}

const joins = { "/sync": (link: Link) => file.join(link), "/yjs": joinPlain } as const;
const paths = ["/sync", "/yjs"] as const;

/** What a newcomer finds on the board. */
async function stateOf(link: Link): Promise<Uint8Array> {
  const reader = await file.join(link);
  const state = Y.encodeStateAsUpdate(reader.document);
  await reader.close();
  return state;
}

/** After this, all that `client` sent before was dealt with. */
async function handled(client: RawClient): Promise<void> {
  const before = client.timesAsked;
  client.sendStep1();
  await client.until(() => client.timesAsked > before);
}

describe("a viewer who sends frames by hand", () => {
  it.each(paths)("changes nothing for anyone over %s", async (path) => {
    const board = await file.server.createBoard();
    const editor = await file.join(editLink(board));
    editor.change((document) => document.getMap("records").set("kept", 1));
    await editor.answered(1);
    const before = await stateOf(viewLink(board));
    const heardBefore = Y.encodeStateAsUpdate(editor.document);

    const viewer = await joins[path](viewLink(board));
    const forged = viewer.draft((document) => document.getMap("records").set("forged", 1));
    const overwritten = viewer.draft((document) => document.getMap("records").set("kept", 2));
    const deleted = viewer.draft((document) => document.getMap("records").delete("kept"));
    const complete = Y.encodeStateAsUpdate(viewer.document);
    const attempts = [forged, overwritten, deleted, complete];
    for (const payload of attempts) {
      viewer.sendSync({ kind: "update", payload });
      viewer.sendSync({ kind: "step2", payload });
    }
    await handled(viewer);
    // Plain clients know of no answers.
    if (path === "/sync") {
      await viewer.answered(attempts.length * 2);
      await viewer.answered(attempts.length * 2);
      const answers = viewer.answers;
      // Only a step 2 that adds nothing may be what an honest viewer sends.
      expect(answers.filter((_, index) => index % 2 === 0)).toEqual([false, false, false, false]);
      expect(answers).toHaveLength(attempts.length * 2);
      expect(answers[1]).toBe(false);
      expect(answers[7]).toBe(false);
    }
    expect(await stateOf(viewLink(board))).toEqual(before);
    expect(Y.encodeStateAsUpdate(editor.document)).toEqual(heardBefore);
  });

  it("has its honest answer to the server's question accepted", async () => {
    const board = await file.server.createBoard();
    const viewer = await file.join(viewLink(board));
    viewer.answersStep1 = true;
    viewer.sendStep1();
    expect(await viewer.answered(1)).toBe(true);
  });

  it("cannot come to rights by a second token on the same connection", async () => {
    const board = await file.server.createBoard();
    const viewer = await file.join(viewLink(board));
    viewer.authenticate("A".repeat(43));
    const update = viewer.draft((document) => document.getMap("records").set("forged", 1));
    viewer.sendUpdate(update);
    expect(await viewer.answered(1)).toBe(false);
    expect(await stateOf(editLink(board))).toEqual(await stateOf(viewLink(board)));
  });
});

describe("presence in the name of another", () => {
  it.each(paths)("is refused over %s, from viewers and editors", async (path) => {
    const board = await file.server.createBoard();
    const watcher = await file.join(editLink(board));
    const ann = await file.join(editLink(board));
    const annId = ann.document.clientID;
    ann.present({ name: "Ann" });
    await watcher.until(() => watcher.presenceOf(annId) !== undefined);

    for (const link of [viewLink(board), editLink(board)]) {
      const liar = await joins[path](link);
      const refusedBefore = await file.server.metric("boardwalk_presence_refused_total");
      const clock = 1_000;
      liar.sendPresence([{ clientId: annId, clock, state: JSON.stringify({ name: "Mallory" }) }]);
      liar.sendPresence([{ clientId: annId, clock: clock + 1, state: "null" }]);
      // Its own goes through, in the same frame as the false one too.
      const liarId = liar.document.clientID;
      liar.sendPresence([
        { clientId: annId, clock: clock + 2, state: "null" },
        { clientId: liarId, clock: 1, state: JSON.stringify({ name: "Liar" }) },
      ]);
      await watcher.until(() => watcher.presenceOf(liarId) !== undefined);
      expect(watcher.presenceOf(annId)).toEqual({ name: "Ann" });
      expect(await file.server.metric("boardwalk_presence_refused_total")).toBe(refusedBefore + 3);
      liar.terminate();
      await watcher.until(() => watcher.presenceOf(liarId) === undefined);
      expect(watcher.presenceOf(annId)).toEqual({ name: "Ann" });
    }

    ann.present({ name: "Anna" });
    await watcher.until(() => JSON.stringify(watcher.presenceOf(annId)) === '{"name":"Anna"}');
  });
});

async function denialOf(address: string, token: string): Promise<string> {
  const client = endWithTest(await RawClient.connect(file.server.url, address));
  client.authenticate(token);
  client.sendStep1();
  await client.until(() => client.heard.length > 0);
  const [message] = client.heard;
  if (message?.type !== "auth" || message.auth.kind !== "denied") throw new Error("Let in");
  expect(client.document.getMap("board").size).toBe(0);
  return message.auth.reason;
}

describe("who has no right to a board", () => {
  it("is told why", async () => {
    const [board, otherBoard] = [await file.server.createBoard(), await file.server.createBoard()];
    expect(await denialOf(board.id, otherBoard.editToken)).toBe("TOKEN_INVALID");
    expect(await denialOf(board.id, otherBoard.ownerKey)).toBe("TOKEN_INVALID");
    expect(await denialOf(board.id, board.editToken.slice(1))).toBe("TOKEN_INVALID");
    expect(await denialOf(board.id, "x".repeat(100_000))).toBe("TOKEN_INVALID");
    expect(await denialOf(board.id, "")).toBe("TOKEN_MISSING");
    expect(await denialOf("A".repeat(22), board.editToken)).toBe("BOARD_NOT_FOUND");
  });

  it.each([
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "",
    " ",
    "../../etc/passwd",
    "board/x",
    "\0",
    "\0session",
    "__proto__\0__proto__",
    "é".repeat(22),
  ])("is told that there is no board %j", async (name) => {
    const board = await file.server.createBoard();
    expect(await denialOf(name, board.editToken)).toBe("BOARD_NOT_FOUND");
  });

  it("cannot make the server carry a name of a megabyte", async () => {
    const board = await file.server.createBoard();
    const megabyte = "x".repeat(1024 * 1024);
    for (const address of [megabyte, `${board.id}\0${megabyte}`]) {
      const client = endWithTest(await RawClient.connect(file.server.url, address));
      client.authenticate(board.editToken);
      expect((await client.closed).code).toBe(closeCode.overLimit);
      // The name does not come back either.
      expect(client.receivedBytes).toBeLessThan(1024);
    }
  });

  it("can ask again on the same socket, and is let in with the right token", async () => {
    const board = await file.server.createBoard();
    const client = endWithTest(await RawClient.connect(file.server.url, board.id));
    client.authenticate("wrong");
    await client.until(() => client.heard.length > 0);
    client.authenticate(board.editToken);
    client.sendStep1();
    await client.synced();
    expect(client.document.getMap("board").get("name")).toBe(board.name);
  });

  it("gets a plain socket closed for good", async () => {
    const [board, otherBoard] = [await file.server.createBoard(), await file.server.createBoard()];
    const cases = [
      [board.id, otherBoard.viewToken, "TOKEN_INVALID"],
      [board.id, "", "TOKEN_MISSING"],
      ["A".repeat(22), board.editToken, "BOARD_NOT_FOUND"],
    ] as const;
    for (const [boardId, token, reason] of cases) {
      const client = endWithTest(await RawClient.connectPlain(file.server.url, { boardId, token }));
      expect(await client.closed).toEqual({ code: closeCode.denied, reason });
    }
  });
});

/** The HTTP status of a refused upgrade, or 101. */
async function upgradeStatus(path: string, origin?: string): Promise<number> {
  const url = file.server.url.replace(/^http/, "ws") + path;
  const webSocket = new WebSocket(url, origin === undefined ? {} : { origin });
  webSocket.on("error", () => undefined);
  const refused = once(webSocket, "unexpected-response").then((args) => {
    const [, response] = args as [unknown, IncomingMessage];
    response.resume();
    return response.statusCode ?? 0;
  });
  const status = await Promise.race([refused, once(webSocket, "open").then(() => 101)]);
  webSocket.terminate();
  return status;
}

describe("an upgrade", () => {
  it("is refused to pages of other sites", async () => {
    const board = await file.server.createBoard();
    for (const path of ["/sync", `/yjs/${board.id}?token=${board.editToken}`]) {
      expect(await upgradeStatus(path)).toBe(101);
      expect(await upgradeStatus(path, file.server.url)).toBe(101);
      for (const origin of [
        "https://evil.example",
        "http://127.0.0.1:1",
        "null",
        "file://",
        `${file.server.url}.evil.example`,
        `http://evil.example/${file.server.url}`,
      ]) {
        expect(await upgradeStatus(path, origin)).toBe(403);
      }
    }
  });

  it("is refused on other paths", async () => {
    for (const path of [
      "/",
      "/syn",
      "/sync/x",
      "/yjs",
      "/yjs/",
      "/yjs/constructor",
      "/api/boards",
    ]) {
      expect(await upgradeStatus(path)).toBe(404);
    }
  });

  it("is refused on a path with more after the board", async () => {
    const board = await file.server.createBoard();
    expect(await upgradeStatus(`/yjs/${board.id}/x?token=${board.editToken}`)).toBe(404);
  });
});

describe("an address with a session", () => {
  it("names the same board, and is answered to that session", async () => {
    const board = await file.server.createBoard();
    const one = endWithTest(await RawClient.join(file.server.url, editLink(board), "one"));
    const other = await file.join(editLink(board));
    other.change((document) => document.getMap("records").set("x", 1));
    await one.until(() => one.document.getMap("records").has("x"));
    // A frame to the board without the session was not opened on this socket.
    one.sendFrame(encodeFrame(board.id, { type: "queryAwareness" }));
    one.change((document) => document.getMap("records").set("y", 1));
    expect(await one.answered(1)).toBe(true);
  });
});
