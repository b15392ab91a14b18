import { describe, expect, it, onTestFinished } from "vitest";
import type { HocuspocusProvider } from "@hocuspocus/provider";
import type { WebsocketProvider } from "y-websocket";
import { FileServer } from "./file-server.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import {
  expectEventually,
  hocuspocusSynced,
  openHocuspocus,
  openPlain,
  openSharedSocket,
  plainSynced,
  seenBy,
} from "./stock-clients.ts";

const file = new FileServer();

function hocuspocus(link: Link, options?: Parameters<typeof openHocuspocus>[2]) {
  const provider = openHocuspocus(file.server.url, link, options);
  onTestFinished(() => provider.destroy());
  return provider;
}

function plain(link: Link): WebsocketProvider {
  const provider = openPlain(file.server.url, link);
  onTestFinished(() => provider.destroy());
  return provider;
}

/** One stock client of each kind on a new board. */
async function openPair() {
  const board = await file.server.createBoard();
  const one = hocuspocus(editLink(board));
  const other = plain(editLink(board));
  await Promise.all([hocuspocusSynced(one), plainSynced(other)]);
  return { board, one, other };
}

describe("stock clients on one board", () => {
  it("see each other's changes", async () => {
    const { board, one, other } = await openPair();
    const here = one.document.getMap("records");
    const there = other.doc.getMap("records");
    here.set("from-hocuspocus", 1);
    await expectEventually(() => there.get("from-hocuspocus") === 1);
    there.set("from-plain", 2);
    await expectEventually(() => here.get("from-plain") === 2);
    there.delete("from-hocuspocus");
    await expectEventually(() => !here.has("from-hocuspocus"));
    one.document.getText("text").insert(0, "both ");
    other.doc.getText("text").insert(0, "type ");
    await expectEventually(() => one.document.getText("text").length === 10);
    await expectEventually(() => other.doc.getText("text").length === 10);
    expect(one.document.getText("text").toJSON()).toBe(other.doc.getText("text").toJSON());
    await hocuspocusSynced(one);
    expect(other.doc.getMap("board").get("name")).toBe(board.name);
  });

  it("see each other, and no longer when one leaves", async () => {
    const { one, other } = await openPair();
    one.setAwarenessField("name", "Ann");
    other.awareness.setLocalStateField("name", "Bob");
    await expectEventually(() => seenBy(one.awareness, other.doc) !== undefined);
    await expectEventually(() => seenBy(other.awareness, one.document) !== undefined);
    expect(seenBy(one.awareness, other.doc)).toEqual({ name: "Bob" });
    expect(seenBy(other.awareness, one.document)).toEqual({ name: "Ann" });

    one.setAwarenessField("name", "Anna");
    await expectEventually(() => {
      const state = seenBy(other.awareness, one.document) as { name: string } | undefined;
      return state?.name === "Anna";
    });

    one.destroy();
    await expectEventually(() => seenBy(other.awareness, one.document) === undefined);
  });

  it("a plain client that leaves is gone for a Hocuspocus client", async () => {
    const { one, other } = await openPair();
    other.awareness.setLocalStateField("name", "Bob");
    await expectEventually(() => seenBy(one.awareness, other.doc) !== undefined);
    other.destroy();
    await expectEventually(() => seenBy(one.awareness, other.doc) === undefined);
  });

  it("shows who is there already to who comes later", async () => {
    const { board, one, other } = await openPair();
    one.setAwarenessField("name", "Ann");
    other.awareness.setLocalStateField("name", "Bob");
    await expectEventually(() => seenBy(one.awareness, other.doc) !== undefined);
    await expectEventually(() => seenBy(other.awareness, one.document) !== undefined);
    const lateOne = hocuspocus(viewLink(board));
    const lateOther = plain(viewLink(board));
    for (const document of [one.document, other.doc]) {
      await expectEventually(() => seenBy(lateOne.awareness, document) !== undefined);
      await expectEventually(() => seenBy(lateOther.awareness, document) !== undefined);
    }
  });

  it("come back by themselves after a restart, with what they did meanwhile", async () => {
    const { one, other } = await openPair();
    one.setAwarenessField("name", "Ann");
    other.awareness.setLocalStateField("name", "Bob");
    await expectEventually(() => seenBy(one.awareness, other.doc) !== undefined);
    const { port } = file.server;
    expect(await file.server.stop()).toBe(0);
    await expectEventually(() => !one.isSynced && !other.wsconnected);
    one.document.getMap("records").set("offline-hocuspocus", 1);
    other.doc.getMap("records").set("offline-plain", 2);

    await file.start(port);
    await expectEventually(() => one.document.getMap("records").get("offline-plain") === 2);
    await expectEventually(() => other.doc.getMap("records").get("offline-hocuspocus") === 1);
    // Stock clients take a state of which they know the clock for a repeat: they see each other
    // with the next movement.
    one.setAwarenessField("name", "Anna");
    other.awareness.setLocalStateField("name", "Bobby");
    await expectEventually(() => seenBy(one.awareness, other.doc) !== undefined);
    await expectEventually(() => seenBy(other.awareness, one.document) !== undefined);
  });

  it("lets viewers see and not touch", async () => {
    const { board, one, other } = await openPair();
    const viewer = hocuspocus(viewLink(board));
    const plainViewer = plain(viewLink(board));
    await Promise.all([hocuspocusSynced(viewer), plainSynced(plainViewer)]);
    expect(viewer.authorizedScope).toBe("readonly");
    expect(one.authorizedScope).toBe("read-write");

    viewer.document.getMap("records").set("by-viewer", 1);
    plainViewer.doc.getMap("records").set("by-plain-viewer", 1);
    one.document.getMap("records").set("by-editor", 1);
    await expectEventually(() => viewer.document.getMap("records").has("by-editor"));
    await expectEventually(() => plainViewer.doc.getMap("records").has("by-editor"));
    await expectEventually(() => other.doc.getMap("records").has("by-editor"));
    expect(viewer.unsyncedChanges).toBeGreaterThan(0);

    const reader = await RawClient.join(file.server.url, editLink(board));
    const keys = [...reader.document.getMap("records").keys()];
    expect(keys).toContain("by-editor");
    expect(keys.filter((key) => key.includes("viewer"))).toEqual([]);
    await reader.close();

    viewer.setAwarenessField("name", "Vera");
    await expectEventually(() => seenBy(one.awareness, viewer.document) !== undefined);
  });

  it("tells a Hocuspocus client why its token is refused", async () => {
    const [board, otherBoard] = [await file.server.createBoard(), await file.server.createBoard()];
    const cases: [Link, string][] = [
      [{ boardId: board.id, token: otherBoard.editToken }, "TOKEN_INVALID"],
      [{ boardId: board.id, token: "wrong" }, "TOKEN_INVALID"],
      [{ boardId: board.id, token: "" }, "TOKEN_MISSING"],
      [{ boardId: "AAAAAAAAAAAAAAAAAAAAAA", token: board.editToken }, "BOARD_NOT_FOUND"],
      [{ boardId: "constructor", token: board.editToken }, "BOARD_NOT_FOUND"],
    ];
    for (const [link, expected] of cases) {
      const provider = hocuspocus(link);
      const { reason } = await new Promise<{ reason: string }>((resolve) => {
        provider.on("authenticationFailed", resolve);
      });
      expect(reason).toBe(expected);
      expect(provider.document.getMap("board").size).toBe(0);
    }
  });

  it("closes a plain client with a wrong token for good", async () => {
    const [board, otherBoard] = [await file.server.createBoard(), await file.server.createBoard()];
    for (const token of [otherBoard.editToken, "wrong", ""]) {
      const provider = plain({ boardId: board.id, token });
      const closed = await new Promise<{ code: number; reason: string }>((resolve) => {
        provider.on("closed", resolve);
      });
      expect(closed.code).toBe(4401);
      expect(closed.reason).toBe(token === "" ? "TOKEN_MISSING" : "TOKEN_INVALID");
      expect(provider.shouldConnect).toBe(false);
      expect(provider.doc.getMap("board").size).toBe(0);
    }
  });

  it("serves several session-aware clients of a board on one socket", async () => {
    const board = await file.server.createBoard();
    const otherBoard = await file.server.createBoard();
    const socket = openSharedSocket(file.server.url);
    onTestFinished(() => socket.destroy());
    const options = { sessionAwareness: true, socket };
    const [first, second] = [
      hocuspocus(editLink(board), options),
      hocuspocus(editLink(board), options),
    ];
    const viewer = hocuspocus(viewLink(board), options);
    const elsewhere = hocuspocus(editLink(otherBoard), options);
    const providers: HocuspocusProvider[] = [first, second, viewer, elsewhere];
    await Promise.all(providers.map(async (provider) => hocuspocusSynced(provider)));
    expect(await file.server.metric("boardwalk_sockets")).toBeGreaterThan(0);

    first.document.getMap("records").set("first", 1);
    await expectEventually(() => second.document.getMap("records").has("first"));
    await expectEventually(() => viewer.document.getMap("records").has("first"));
    expect(elsewhere.document.getMap("records").has("first")).toBe(false);
    expect(viewer.authorizedScope).toBe("readonly");

    first.setAwarenessField("name", "First");
    await expectEventually(() => seenBy(second.awareness, first.document) !== undefined);
    await expectEventually(() => seenBy(viewer.awareness, first.document) !== undefined);
    expect(seenBy(elsewhere.awareness, first.document)).toBeUndefined();

    // One leaves; the socket stays for the others.
    first.destroy();
    await expectEventually(() => seenBy(second.awareness, first.document) === undefined);
    second.document.getMap("records").set("second", 1);
    await expectEventually(() => viewer.document.getMap("records").has("second"));
    await hocuspocusSynced(second);
  });
});
