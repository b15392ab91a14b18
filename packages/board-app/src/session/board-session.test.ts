import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestApiServer } from "../api/test-api-server.ts";
import { BoardSession } from "./board-session.ts";
import { SyncPeer } from "./test-sync-peer.ts";

const identity = { id: "ada", name: "Ada", color: "#123456" };
// Where the page asks whether the server is there: it answers nothing.
TestApiServer.forFile();
const sessions: BoardSession[] = [];
let boards = 0;

function newBoardId(): string {
  return `${"b".repeat(20)}${String(boards++).padStart(2, "0")}`;
}

/** A tab of this browser; away from the server unless its address is given. */
function openTab(boardId: string, url = "ws://127.0.0.1:9/sync"): BoardSession {
  const session = BoardSession.open({ boardId, token: "t".repeat(43), identity, url });
  sessions.push(session);
  return session;
}

function change(session: BoardSession, key: string): void {
  session.doc.transact(() => session.doc.getMap("test").set(key, true), "person");
}

function content(session: BoardSession): string[] {
  return [...session.doc.getMap("test").keys()];
}

async function untilOffline(session: BoardSession): Promise<void> {
  await expect.poll(() => session.state.status).toBe("offline");
}

beforeEach(() => {
  vi.stubGlobal("window", new EventTarget());
});

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

describe("the tabs of one browser, without the network", () => {
  it("lack nothing of what is done in one while another opens and the first is closed", async () => {
    const boardId = newBoardId();
    const first = openTab(boardId);
    await untilOffline(first);
    // At every step of the second tab's opening something is done in the first.
    const second = openTab(boardId);
    const wanted: string[] = [];
    while (second.state.status !== "offline") {
      const key = `change ${wanted.length}`;
      wanted.push(key);
      change(first, key);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await first.close();
    expect(wanted.length).toBeGreaterThan(3);
    await expect.poll(() => content(second)).toEqual(wanted);
    expect(second.doc.store.pendingStructs).toBeNull();
  });

  it("keep what is still on the canvas when the board is left", async () => {
    const boardId = newBoardId();
    const first = openTab(boardId);
    await untilOffline(first);
    first.onCollect(() => change(first, "on the canvas"));
    await first.close();
    const second = openTab(boardId);
    await expect.poll(() => content(second)).toEqual(["on the canvas"]);
  });

  it("say in each that something is kept on this device alone, and so does the next session", async () => {
    const boardId = newBoardId();
    const [first, second] = [openTab(boardId), openTab(boardId)];
    await untilOffline(first);
    await untilOffline(second);
    expect([first.state.unsaved, second.state.unsaved]).toEqual([0, 0]);
    change(first, "mine");
    expect(first.state.unsaved).toBe(1);
    await expect.poll(() => second.state.unsaved).toBe(1);
    await first.close();
    await second.close();
    const next = openTab(boardId);
    await untilOffline(next);
    expect(content(next)).toEqual(["mine"]);
    expect(next.state.unsaved).toBeGreaterThan(0);
  });

  it("have what a closed one did sent by another, which then forgets that it was unsaved", async () => {
    const boardId = newBoardId();
    const first = openTab(boardId);
    await untilOffline(first);
    change(first, "mine");
    await first.close();
    const peer = await SyncPeer.listen(boardId);
    try {
      const second = openTab(boardId, peer.url);
      await peer.handshake();
      await expect.poll(() => second.state).toMatchObject({ status: "online", unsaved: 0 });
      expect(peer.doc.getMap("test").toJSON()).toEqual({ mine: true });
      await second.close();
    } finally {
      await peer.close();
    }
    const next = openTab(boardId);
    await untilOffline(next);
    expect(next.state.unsaved).toBe(0);
  });
});

describe("a tab that goes on when another is closed", () => {
  it("has what both have done saved, and says so in the next session", async () => {
    const boardId = newBoardId();
    const peer = await SyncPeer.listen(boardId);
    const { url } = peer;
    await peer.close();
    const [first, second] = [openTab(boardId), openTab(boardId, url)];
    await untilOffline(first);
    await untilOffline(second);
    change(first, "first");
    await expect.poll(() => content(second)).toEqual(["first"]);
    change(second, "second");
    await first.close();
    const back = await SyncPeer.listen(boardId, Number(new URL(url).port));
    try {
      second.reconnectNow();
      await back.handshake();
      await expect.poll(() => second.state).toMatchObject({ status: "online", unsaved: 0 });
      expect(back.doc.getMap("test").toJSON()).toEqual({ first: true, second: true });
      await second.close();
    } finally {
      await back.close();
    }
    const next = openTab(boardId);
    await untilOffline(next);
    expect(next.state.unsaved).toBe(0);
  });
});

describe("a tab that may only look", () => {
  it("neither sends nor counts what another tab does by a better link", async () => {
    const boardId = newBoardId();
    const peer = await SyncPeer.listen(boardId);
    try {
      const viewer = openTab(boardId, peer.url);
      await peer.next("auth");
      peer.send({ type: "auth", auth: { kind: "authenticated", readOnly: true } });
      peer.answerStep1((await peer.next("sync")).sync.payload);
      await peer.next("sync");
      peer.acknowledge(true);
      await expect.poll(() => viewer.state.status).toBe("online");
      const editor = openTab(boardId);
      await untilOffline(editor);
      change(editor, "edited");
      await expect.poll(() => content(viewer)).toEqual(["edited"]);
      expect(viewer.state).toMatchObject({ unsaved: 0, notSaved: null });
    } finally {
      await peer.close();
    }
  });
});
