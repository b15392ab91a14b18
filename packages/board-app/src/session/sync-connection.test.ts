import type { Notice, Presence } from "@boardwalk/board-model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { PresenceClient } from "./presence-client.ts";
import type { ServerAnswer } from "./session-state.ts";
import { SyncConnection } from "./sync-connection.ts";
import { SyncPeer } from "./test-sync-peer.ts";

const boardId = "a".repeat(22);
const presence: Presence = {
  id: "me",
  name: "Me",
  color: "#123456",
  page: "page:page",
  cursor: null,
  drawing: null,
  selection: [],
  view: null,
  following: null,
  caret: null,
  idle: false,
  viewer: false,
};

let peer: SyncPeer;
let answer: ServerAnswer = "ready";
let collect: () => void = () => undefined;
let connection: SyncConnection;
let doc: Y.Doc;

function connect(unsaved = 0): void {
  connection = new SyncConnection({
    url: peer.url,
    boardId,
    credential: "token",
    doc,
    presence: new PresenceClient(presence),
    unsaved,
    isOtherTab: () => false,
    onChange: () => undefined,
    onNewLink: (token, session) => session ?? token,
    collect: () => collect(),
    askServer: async () => answer,
  });
}

function change(value: number): void {
  doc.getMap("test").set("value", value);
}

function notify(notice: Notice): void {
  peer.send({ type: "stateless", payload: JSON.stringify(notice) });
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition).toBe(true);
}

beforeEach(async () => {
  peer = await SyncPeer.listen(boardId);
  doc = new Y.Doc();
  collect = () => undefined;
});

afterEach(async () => {
  connection.close();
  await peer.close();
});

describe("a sync connection", () => {
  it("brings both documents together and is online when it has what the server has", async () => {
    peer.doc.getMap("test").set("theirs", 1);
    change(1);
    connect();
    expect(connection.link.kind).toBe("connecting");
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    expect(doc.getMap("test").toJSON()).toEqual({ theirs: 1, value: 1 });
    expect(peer.doc.getMap("test").toJSON()).toEqual({ theirs: 1, value: 1 });
    expect(connection.readOnly).toBe(false);
  });

  it("counts a change as unsaved until the server has answered it", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online" && connection.unsaved === 0);
    change(1);
    expect(connection.unsaved).toBe(1);
    await peer.next("sync");
    change(2);
    expect(connection.unsaved).toBe(2);
    peer.acknowledge(true);
    await until(() => connection.unsaved === 1);
    await peer.next("sync");
    peer.acknowledge(true);
    await until(() => connection.unsaved === 0);
  });

  it("joins changes that come thick into one frame and counts each of them", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    change(0);
    for (let value = 1; value <= 10; value++) change(value);
    expect(connection.unsaved).toBe(11);
    const frames = [(await peer.next("sync")).sync, (await peer.next("sync")).sync];
    for (const frame of frames) Y.applyUpdate(peer.doc, frame.payload);
    expect(peer.doc.getMap("test").get("value")).toBe(10);
    peer.acknowledge(true);
    peer.acknowledge(true);
    await until(() => connection.unsaved === 0);
  });

  it("has what waits take along what is on the canvas by then", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    change(1);
    Y.applyUpdate(peer.doc, (await peer.next("sync")).sync.payload);
    collect = () => {
      collect = () => undefined;
      change(3);
    };
    change(2);
    Y.applyUpdate(peer.doc, (await peer.next("sync")).sync.payload);
    expect(peer.doc.getMap("test").get("value")).toBe(3);
    expect(connection.unsaved).toBe(3);
  });

  it("keeps a refused change, says why, and offers it again when the store works", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    change(1);
    await peer.next("sync");
    const payload = JSON.stringify({ kind: "notSaved", code: "STORE_FULL" });
    peer.send({ type: "stateless", payload });
    peer.acknowledge(false);
    await until(() => connection.notSaved === "STORE_FULL");
    expect(connection.unsaved).toBe(1);
    peer.send({ type: "stateless", payload: JSON.stringify({ kind: "savedAgain" }) });
    peer.answerStep1((await peer.next("sync")).sync.payload);
    const offered = await peer.next("sync");
    expect(offered.sync.kind).toBe("step2");
    Y.applyUpdate(peer.doc, offered.sync.payload);
    expect(peer.doc.getMap("test").get("value")).toBe(1);
    peer.acknowledge(true);
    await until(() => connection.unsaved === 0);
    expect(connection.notSaved).toBeNull();
  });

  it("offers a refused change again by itself", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    change(1);
    await peer.next("sync");
    peer.acknowledge(false);
    const asked = await peer.next("sync");
    expect(asked.sync.kind).toBe("step1");
    expect(connection.notSaved).toBe("CHANGE_REFUSED");
  });

  it("sends what was made offline, and what was left unanswered, as one difference", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    change(1);
    await peer.next("sync");
    peer.cut();
    await until(() => connection.link.kind === "offline");
    change(2);
    change(3);
    expect(connection.unsaved).toBe(3);
    await peer.handshake();
    await until(() => connection.unsaved === 0);
    expect(peer.doc.getMap("test").get("value")).toBe(3);
    expect(connection.link.kind).toBe("online");
  });

  it("does not take an answer for a frame of a connection that was lost", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    change(1);
    await peer.next("sync");
    peer.cut();
    await until(() => connection.link.kind === "offline");
    await peer.next("auth");
    peer.letIn();
    peer.acknowledge(true);
    peer.answerStep1((await peer.next("sync")).sync.payload);
    await peer.next("sync");
    expect(connection.unsaved).toBe(1);
    peer.acknowledge(true);
    await until(() => connection.unsaved === 0);
  });

  it("starts with what an earlier session left behind", async () => {
    connect(4);
    expect(connection.unsaved).toBe(4);
    await peer.handshake();
    await until(() => connection.unsaved === 0);
  });

  it("is denied for good by a refusal, but comes back from one that passes", async () => {
    connect();
    await peer.next("auth");
    peer.send({ type: "auth", auth: { kind: "denied", reason: "STORE_UNAVAILABLE" } });
    await until(() => connection.link.kind === "offline");
    await peer.next("auth");
    peer.send({ type: "auth", auth: { kind: "denied", reason: "TOKEN_INVALID" } });
    await until(() => connection.link.kind === "denied");
    expect(connection.link).toEqual({ kind: "denied", reason: "TOKEN_INVALID" });
  });

  it("is let in again by something else after a refusal, with what was made meanwhile", async () => {
    connect();
    await peer.next("auth");
    peer.send({ type: "auth", auth: { kind: "denied", reason: "PASSWORD_REQUIRED" } });
    await until(() => connection.link.kind === "denied");
    change(1);
    connection.reopen("session");
    expect(connection.link.kind).toBe("connecting");
    expect(await peer.next("auth")).toMatchObject({ auth: { token: "session" } });
    peer.letIn();
    await until(() => connection.readOnly === false);
  });

  it("follows what the link allows while it is open, and offers what was refused meanwhile", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online" && connection.unsaved === 0);
    expect(connection.right).toBeNull();
    peer.send({ type: "auth", auth: { kind: "authenticated", readOnly: true } });
    notify({ kind: "role", role: "edit", locked: true, hasViewLink: true, name: null });
    await until(() => connection.right !== null && connection.readOnly === true);
    expect(connection.right).toMatchObject({ role: "edit", locked: true });
    change(1);
    await peer.next("sync");
    peer.acknowledge(false);
    await until(() => connection.notSaved === "CHANGE_REFUSED");
    peer.send({ type: "auth", auth: { kind: "authenticated", readOnly: false } });
    peer.answerStep1((await peer.next("sync")).sync.payload);
    Y.applyUpdate(peer.doc, (await peer.next("sync")).sync.payload);
    peer.acknowledge(true);
    await until(() => connection.unsaved === 0 && connection.notSaved === null);
    expect(peer.doc.getMap("test").get("value")).toBe(1);
  });

  it("comes back by the new link when its own was renewed", async () => {
    connect();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    const token = "t".repeat(43);
    notify({ kind: "link", token, session: null });
    // Answered in order: after this the notice has been read.
    peer.send({ type: "auth", auth: { kind: "authenticated", readOnly: true } });
    await until(() => connection.readOnly === true);
    peer.cut();
    expect(await peer.next("auth")).toMatchObject({ auth: { token } });
  });

  it("is blocked when sockets do not open although the server answers, until one does", async () => {
    const { url } = peer;
    await peer.close();
    answer = "none";
    connect();
    await until(() => connection.link.kind === "offline");
    connection.reconnectNow();
    await until(() => connection.link.kind === "offline");
    connection.reconnectNow();
    await until(() => connection.link.kind === "offline");
    expect(connection.blocked).toBeNull();
    for (const [answered, blocked] of [
      ["ready", "byProxy"],
      ["otherHost", "byHost"],
    ] as const) {
      answer = answered;
      await until(() => {
        connection.reconnectNow();
        return connection.blocked === blocked;
      });
    }
    await until(() => connection.link.kind === "offline");
    peer = await SyncPeer.listen(boardId, Number(new URL(url).port));
    connection.reconnectNow();
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    expect(connection.blocked).toBeNull();
  });

  it("passes over messages it does not know, ends a connection that it cannot read, and comes back", async () => {
    connect();
    await peer.next("auth");
    peer.letIn();
    peer.send({ type: "unknown", code: 99 });
    peer.answerStep1((await peer.next("sync")).sync.payload);
    await until(() => connection.link.kind === "online");
    peer.sendRaw(Uint8Array.of(255, 255, 255));
    await until(() => connection.link.kind === "offline");
    await peer.handshake();
    await until(() => connection.link.kind === "online");
    expect(connection.notSaved).toBeNull();
  });
});
