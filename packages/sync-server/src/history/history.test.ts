import { encodePlainFrame } from "@boardwalk/board-model";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { startSyncHost } from "../sync/test-sync-host.ts";
import { editingTimeMs, longestPauseMs } from "./auto-versions.ts";
import { History } from "./history.ts";

const dayMs = 24 * 60 * 60_000;

/** A board with its history, whose clock stands still until it is set. */
async function startHistory() {
  const { store, boards, logger, registry, syncHost, url } = await startSyncHost();
  const clock = { nowMs: Date.parse("2026-11-25T12:00:00Z") };
  const nowMs = () => clock.nowMs;
  const history = new History({ store, syncHost, logger, registry, nowMs });
  onTestFinished(() => history.close());
  const { id, editToken } = await boards.create();
  const socket = new WebSocket(`${url}/yjs/${id}?token=${editToken}`);
  await once(socket, "open");
  const document = new Y.Doc();
  let made = 0;
  /** Makes a change and waits until the server has taken it. */
  const edit = async () => {
    const update = new Promise<Uint8Array>((resolve) => document.once("update", resolve));
    document.getMap("records").set(`shape:${++made}`, "{}");
    const payload = await update;
    socket.send(encodePlainFrame({ type: "sync", sync: { kind: "update", payload } }));
    await expect.poll(() => syncHost.withBoard(id, (board) => board.count().shapes)).toBe(made);
  };
  return { boardId: id, history, clock, edit, socket, store };
}

describe("a version by itself", () => {
  it("is kept after some time of editing, and again after as much more", async () => {
    const { boardId, history, clock, edit } = await startHistory();
    const changes = editingTimeMs / longestPauseMs;
    await edit();
    for (let count = 1; count < changes; count++) {
      // A night does not count for more than the longest pause.
      clock.nowMs += dayMs / 24;
      await edit();
    }
    expect(await history.list(boardId)).toEqual([]);
    clock.nowMs += longestPauseMs;
    await edit();
    await expect.poll(() => history.list(boardId)).toHaveLength(1);
    const [version] = await history.list(boardId);
    expect(version).toMatchObject({ kind: "auto", shapes: changes + 1, pages: 1 });
    for (let count = 0; count <= changes; count++) {
      clock.nowMs += longestPauseMs;
      await edit();
    }
    await expect.poll(() => history.list(boardId)).toHaveLength(2);
  });

  it("is not kept for a change that a version by hand holds", async () => {
    const { boardId, history, edit, socket } = await startHistory();
    await edit();
    await history.create(boardId, { name: "By hand" });
    socket.terminate();
    await history.close();
    expect((await history.list(boardId)).map(({ name }) => name)).toEqual(["By hand"]);
  });
});

describe("old versions", () => {
  it("thin out when another is kept, but for those with a name", async () => {
    const { boardId, history, clock } = await startHistory();
    for (const name of ["", "Named", "", ""]) {
      await history.create(boardId, { name });
      clock.nowMs += 60_000;
    }
    expect(await history.list(boardId)).toHaveLength(4);
    clock.nowMs += 2 * dayMs;
    await history.create(boardId, {});
    expect((await history.list(boardId)).map(({ name }) => name)).toEqual(["", "", "Named"]);
  });

  it("of which nothing is known are left where they are, and left out", async () => {
    const { boardId, history, clock, store } = await startHistory();
    const odd = await store.versions.create(boardId, Uint8Array.of(1, 2, 3));
    clock.nowMs += 9 * 365 * dayMs;
    await history.create(boardId, {});
    expect(await history.list(boardId)).toHaveLength(1);
    expect((await store.versions.list(boardId)).map(({ id }) => id)).toContain(odd?.id);
  });

  it("with a name are bounded in number", async () => {
    const { boardId, history } = await startHistory();
    for (let count = 0; count < 100; count++) await history.create(boardId, { name: `${count}` });
    const full = { code: "TOO_MANY_VERSIONS" };
    await expect(history.create(boardId, { name: "One more" })).rejects.toMatchObject(full);
    const unnamed = await history.create(boardId, {});
    await expect(history.name(boardId, unnamed.id, "One more")).rejects.toMatchObject(full);
    const [, named] = await history.list(boardId);
    await history.name(boardId, named?.id ?? "", "");
    expect((await history.name(boardId, unnamed.id, "One more")).name).toBe("One more");
  });
});
