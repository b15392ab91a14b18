import { openStore, type Store } from "@boardwalk/persistence";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { OwedVersions } from "../history/owed-versions.ts";
import { killedAfter } from "../test-killed-store.ts";
import { temporaryFolder } from "../test-server.ts";
import { BoardAssets } from "./board-assets.ts";
import { Boards } from "./boards.ts";
import { Trash } from "./trash.ts";

const dayMs = 24 * 60 * 60_000;
const startMs = Date.parse("2026-11-25T12:00:00Z");

async function startTrash(keptMs = 30 * dayMs) {
  const logger = pino({ level: "silent" });
  const store = await openStore({ dataDir: await temporaryFolder(), logger });
  onTestFinished(() => store.close());
  const clock = { nowMs: startMs };
  const nowMs = () => clock.nowMs;
  const boards = new Boards({ store });
  const trash = new Trash({ store, boards, keptMs, nowMs });
  return { store, boards, trash, clock, nowMs };
}

async function listOf<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const entry of entries) list.push(entry);
  return list;
}

/** Everything that the store holds of a board. */
async function remainsOf(store: Store, boardId: string): Promise<string[]> {
  const keys = (await listOf(store.records.entries(""))).map(([key]) => key);
  const versions = await store.versions.list(boardId);
  const documents = await listOf(store.updates.names());
  return [...keys, ...documents, ...versions.map(({ id }) => `version ${id}`)].filter(
    (key) => key.includes(boardId) || key.startsWith("version"),
  );
}

describe("the trash", () => {
  it("keeps a board for its time, and gives it back as it was", async () => {
    const { boards, trash, clock } = await startTrash();
    const { id, ownerKey, editToken } = await boards.create("Plans");
    const before = await boards.get(id);
    const deletion = await trash.delete(id);
    expect(deletion).toMatchObject({
      deletedAt: "2026-11-25T12:00:00.000Z",
      goneAt: "2026-12-25T12:00:00.000Z",
    });
    await expect(boards.authorise(id, editToken)).rejects.toMatchObject({ code: "BOARD_DELETED" });
    await expect(trash.delete(id)).rejects.toMatchObject({ code: "BOARD_DELETED" });
    expect(await trash.find(id, ownerKey)).toMatchObject({ goneAt: deletion.goneAt });
    await expect(trash.takeBack(id, editToken)).rejects.toMatchObject({ code: "BOARD_DELETED" });
    clock.nowMs += 30 * dayMs - 1;
    expect(await listOf(trash.expired())).toEqual([]);
    await trash.remove(id);
    await trash.takeBack(id, ownerKey);
    expect(await boards.get(id)).toEqual(before);
    expect(await listOf(trash.expired())).toEqual([]);
    await expect(trash.find(id, ownerKey)).rejects.toMatchObject({ code: "BOARD_NOT_FOUND" });
  });

  it("gives nothing back when the time is over, although it is still there", async () => {
    const { store, boards, trash, clock } = await startTrash();
    const { id, ownerKey } = await boards.create();
    await trash.delete(id);
    clock.nowMs += 30 * dayMs;
    await expect(trash.takeBack(id, ownerKey)).rejects.toMatchObject({ code: "BOARD_DELETED" });
    expect(await listOf(trash.expired())).toEqual([id]);
    await trash.remove(id);
    expect(await remainsOf(store, id)).toEqual([]);
    await expect(boards.get(id)).rejects.toMatchObject({ code: "BOARD_NOT_FOUND" });
  });

  it("is emptied to the end, wherever that was cut short", async () => {
    for (let writes = 0; ; writes++) {
      const { store, boards, trash, clock, nowMs } = await startTrash();
      const [gone, other] = [await boards.create(), await boards.create()];
      for (const { id } of [gone, other]) {
        await store.versions.create(id, new Uint8Array());
        const assets = new BoardAssets({ store });
        await assets.add(id, "a".repeat(64), { mimeType: "image/png", bytes: 1 });
        boards.use.note(id, "edit", startMs);
        await new OwedVersions({ store }).note({ boardId: id, names: [] });
      }
      await boards.close();
      await trash.delete(gone.id);
      const kept = await remainsOf(store, other.id);
      expect(kept.length).toBe(6);
      const files = (await remainsOf(store, gone.id)).filter((key) => key.startsWith("asset/"));
      clock.nowMs += 31 * dayMs;

      const killed = killedAfter(store, writes);
      const killedBoards = new Boards({ store: killed });
      const killedTrash = new Trash({ store: killed, boards: killedBoards, keptMs: 0, nowMs });
      const isDone = await killedTrash.remove(gone.id).then(
        () => true,
        () => false,
      );
      // Once begun it goes on, also when the clock is set back: nothing comes back in part.
      if (writes > 0) clock.nowMs = startMs;
      if (!isDone) {
        await expect(boards.get(gone.id)).rejects.toMatchObject({ code: "BOARD_DELETED" });
        const back = trash.takeBack(gone.id, gone.ownerKey);
        await expect(back).rejects.toMatchObject({ code: "BOARD_DELETED" });
      }
      for (const id of await listOf(trash.expired())) await trash.remove(id);
      // Another board may show them: that is for the upkeep of files to find out.
      expect(await remainsOf(store, gone.id)).toEqual(files);
      expect(await remainsOf(store, other.id)).toEqual(kept);
      if (isDone) {
        expect(writes).toBeGreaterThan(3);
        return;
      }
    }
  });
});
