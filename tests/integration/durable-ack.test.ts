import { afterAll, describe, expect, it } from "vitest";
import type * as Y from "yjs";
import { FileServer } from "./file-server.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { Random } from "./random.ts";
import { ServerProcess } from "./server-process.ts";
import { SmallDisk } from "./small-disk.ts";

const diskMegabytes = 24;
/** Larger than what may be left of a page that the log already has. */
const changeBytes = 16 * 1024;

function put(key: string, value: unknown = 1): (document: Y.Doc) => void {
  return (document) => document.getMap("records").set(key, value);
}

function keysOf(client: RawClient): string[] {
  return [...client.document.getMap("records").keys()].filter((key) => !key.includes(":"));
}

async function readKeys(url: string, link: Link): Promise<string[]> {
  const reader = await RawClient.join(url, link);
  const keys = keysOf(reader);
  await reader.close();
  return keys.sort();
}

describe("an answer to a change", () => {
  const file = new FileServer();

  it("comes once for each, in order, good or bad", async () => {
    const board = await file.server.createBoard();
    const client = await file.join(editLink(board));
    const random = new Random(7);
    const expected: boolean[] = [];
    for (let index = 0; index < 60; index++) {
      const isGood = index % 3 !== 1;
      expected.push(isGood);
      if (isGood) client.change(put(`good-${index}`));
      else client.sendUpdate(Uint8Array.of(255, 255, 255, ...random.bytes(20)));
    }
    await client.answered(expected.length);
    expect(client.answers).toEqual(expected);
    expect(await readKeys(file.server.url, viewLink(board))).toEqual(keysOf(client).sort());
  });

  it("is no for an update that is cut short anywhere", async () => {
    const board = await file.server.createBoard();
    const client = await file.join(editLink(board));
    const honest = await file.join(editLink(board));
    const update = client.draft((document) => {
      document.getMap("records").set("cut", "some text");
      document.getText("text").insert(0, "words");
      document.getText("text").delete(1, 2);
    });
    for (let length = 0; length < update.length; length++) {
      client.sendUpdate(update.subarray(0, length));
    }
    await client.answered(update.length);
    // Only the list of deletions at the end may be missing whole and leave something to take.
    expect(client.answers.filter(Boolean).length).toBe(0);
    expect(client.notices).toContainEqual({ kind: "notSaved", code: "CHANGE_REFUSED" });

    client.sendUpdate(update);
    expect(await client.answered(update.length + 1)).toBe(true);
    await honest.until(() => honest.document.getText("text").toJSON() === "wds");
    expect(await readKeys(file.server.url, viewLink(board))).toContain("cut");
  });

  it("is no for an update that builds on what the server does not have, which is asked for", async () => {
    const board = await file.server.createBoard();
    const client = await file.join(editLink(board));
    const missing = client.draft(put("first"));
    const asked = client.timesAsked;
    client.change(put("second"));
    expect(await client.answered(1)).toBe(false);
    await client.until(() => client.timesAsked === asked + 1);
    expect(client.notices).toContainEqual({ kind: "notSaved", code: "CHANGE_REFUSED" });

    // What was refused must not lie in wait: with the gap filled it still is not there.
    const other = await file.join(editLink(board));
    other.sendUpdate(missing);
    expect(await other.answered(1)).toBe(true);
    expect(await readKeys(file.server.url, viewLink(board))).toEqual(["first"]);

    client.answersStep1 = true;
    client.sendStep1();
    expect(await client.answered(2)).toBe(true);
    expect(await readKeys(file.server.url, viewLink(board))).toEqual(["first", "second"]);
  });

  it("is no for deletions of what the server does not have", async () => {
    const board = await file.server.createBoard();
    const client = await file.join(editLink(board));
    const written = client.draft(put("gone"));
    client.change((document) => document.getMap("records").delete("gone"));
    expect(await client.answered(1)).toBe(false);
    const other = await file.join(editLink(board));
    other.sendUpdate(written);
    expect(await other.answered(1)).toBe(true);
    expect(await readKeys(file.server.url, viewLink(board))).toEqual(["gone"]);
  });

  it("is yes for what the server has already", async () => {
    const board = await file.server.createBoard();
    const client = await file.join(editLink(board));
    const update = client.change(put("twice"));
    client.sendUpdate(update);
    client.sendSync({ kind: "step2", payload: update });
    client.sendSync({ kind: "step2", payload: Uint8Array.of(0, 0) });
    await client.answered(4);
    expect(client.answers).toEqual([true, true, true, true]);
  });
});

const disk = SmallDisk.mount(diskMegabytes);
const isSkipped = disk === null && process.env["CI"] !== "true";
if (isSkipped) console.log("SKIPPED: a full disk, because this machine lets us mount none");

describe.skipIf(isSkipped)("a disk that is full", () => {
  afterAll(() => disk?.unmount());

  it("is told to everyone, loses nothing, and is over when there is room", async () => {
    if (disk === null) throw new Error("This needs to mount a small disk, as root");
    let server = await ServerProcess.start({ dataDir: disk.path });
    try {
      const [board, otherBoard] = [await server.createBoard(), await server.createBoard()];
      const writer = await RawClient.join(server.url, editLink(board));
      const second = await RawClient.join(server.url, editLink(board));
      const elsewhere = await RawClient.join(server.url, viewLink(otherBoard));
      writer.change(put("before"));
      expect(await writer.answered(1)).toBe(true);

      disk.fill();
      const refused = writer.change(put("during", "x".repeat(changeBytes)));
      expect(await writer.answered(2)).toBe(false);
      expect(writer.notices).toContainEqual({ kind: "notSaved", code: "STORE_FULL" });
      await second.until(() => second.notices.some(({ kind }) => kind === "notSaved"));
      second.change(put("during-by-second"));
      expect(await second.answered(1)).toBe(false);

      // Life goes on: reading, presence, other boards, and the truth for operators.
      expect(await server.status("/health")).toBe(200);
      expect(await server.status("/ready")).toBe(503);
      writer.present({ name: "Ann" });
      await second.until(() => second.presenceOf(writer.document.clientID) !== undefined);
      const late = await RawClient.join(server.url, viewLink(otherBoard));
      elsewhere.present({ name: "Bob" });
      await late.until(() => late.presenceOf(elsewhere.document.clientID) !== undefined);
      const newcomer = await RawClient.join(server.url, viewLink(board));
      await newcomer.until(() => newcomer.notices.length > 0);
      expect(newcomer.notices).toContainEqual({ kind: "notSaved", code: "STORE_FULL" });
      expect(keysOf(newcomer).sort()).toEqual(["before", "during", "during-by-second"]);
      // Many who come and go while nothing can be saved do not wear the board out.
      for (let visit = 0; visit < 20; visit++) {
        await (await RawClient.join(server.url, viewLink(board))).close();
      }

      disk.free();
      await writer.until(() => writer.notices.some(({ kind }) => kind === "savedAgain"));
      writer.sendUpdate(refused);
      expect(await writer.answered(3)).toBe(true);
      writer.change(put("after"));
      expect(await writer.answered(4)).toBe(true);
      await expect.poll(() => server.status("/ready")).toBe(200);

      await server.kill();
      server = await ServerProcess.start({ dataDir: disk.path });
      // `during-by-second` was never offered again: savedAgain means that all of it is saved.
      expect(await readKeys(server.url, viewLink(board))).toEqual([
        "after",
        "before",
        "during",
        "during-by-second",
      ]);
    } finally {
      await server.kill();
    }
  });

  it("keeps a board in memory when everyone leaves it unsaved, and saves it later", async () => {
    if (disk === null) throw new Error("This needs to mount a small disk, as root");
    const server = await ServerProcess.start({ dataDir: disk.path });
    try {
      const board = await server.createBoard();
      const writer = await RawClient.join(server.url, editLink(board));
      disk.fill();
      writer.change(put("alone", "x".repeat(changeBytes)));
      expect(await writer.answered(1)).toBe(false);
      await writer.close();
      await expect.poll(() => server.metric("boardwalk_sockets")).toBe(0);
      // Of the board before a version may be kept first, which the killed server owes.
      await expect.poll(() => server.metric("boardwalk_boards_open")).toBe(1);
      expect(await readKeys(server.url, viewLink(board))).toEqual(["alone"]);

      disk.free();
      await expect.poll(() => server.metric("boardwalk_boards_open")).toBe(0);
      expect(await readKeys(server.url, viewLink(board))).toEqual(["alone"]);
    } finally {
      await server.kill();
    }
  });
});
