import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { FileServer } from "./file-server.ts";
import { editLink, viewLink } from "./raw-client.ts";

const megabyte = 1024 * 1024;
const file = new FileServer();

function put(key: string, value: unknown = 1): (document: Y.Doc) => void {
  return (document) => document.getMap("records").set(key, value);
}

describe("what the server holds for a reader", () => {
  it("is bounded, and its slowness is nobody else's", async () => {
    const board = await file.server.createBoard();
    const reader = await file.join(viewLink(board));
    const writer = await file.join(editLink(board));
    const changeBytes = 2 * megabyte;
    /** Sends so much to whoever is there; returns the most that the server held. */
    const write = async (changes: number): Promise<number> => {
      let most = 0;
      for (let count = 0; count < changes; count++) {
        const number = writer.answers.length + 1;
        writer.change(put("large", `${number}:${"x".repeat(changeBytes)}`));
        expect(await writer.answered(number)).toBe(true);
        await reader.until(() => {
          const large = reader.document.getMap("records").get("large");
          return typeof large === "string" && large.startsWith(`${number}:`);
        });
        most = Math.max(most, await file.server.metric("nodejs_external_memory_bytes"));
      }
      return most;
    };
    const usual = await write(10);
    const slow = await file.join(viewLink(board));
    slow.pause();
    // 120 MB, of which the server may hold one change, what it takes to tell of the others, and what
    // it has not collected yet.
    const withSlow = await write(60);
    expect(await file.server.metric("boardwalk_unread_bytes")).toBeLessThan(8 * megabyte);
    expect(withSlow - usual).toBeLessThan(90 * megabyte);
    expect(await file.server.metric("boardwalk_updates_postponed_total")).toBeGreaterThan(10);
    slow.resume();
    const last = reader.document.getMap("records").get("large");
    await slow.until(() => slow.document.getMap("records").get("large") === last);
    expect(slow.receivedBytes).toBeLessThan(40 * megabyte);
    // And from then on like everyone.
    writer.change(put("after", 1));
    for (const each of [slow, reader]) {
      await each.until(() => each.document.getMap("records").has("after"));
    }
    expect(Y.encodeStateVector(slow.document)).toEqual(Y.encodeStateVector(reader.document));
  });

  it("ends the connection of one who asks for more than it reads", async () => {
    const board = await file.server.createBoard();
    const writer = await file.join(editLink(board));
    writer.change(put("large", "x".repeat(3 * megabyte)));
    expect(await writer.answered(1)).toBe(true);
    const slow = await file.join(viewLink(board));
    slow.pause();
    for (let asked = 0; asked < 20; asked++) {
      slow.sendSync({ kind: "step1", payload: Uint8Array.of(0) });
    }
    await expect
      .poll(() => file.server.metric("boardwalk_limit_refusals_total"))
      .toBeGreaterThan(0);
    await expect.poll(() => file.server.metric("boardwalk_unread_bytes")).toBe(0);
    slow.resume();
    expect((await slow.closed).code).toBe(1006);
    writer.change(put("after", 1));
    expect(await writer.answered(2)).toBe(true);
  });

  it("is sent once to who comes first to a board that was not in memory", async () => {
    const board = await file.server.createBoard();
    const writer = await file.join(editLink(board));
    // Below the size at which Hocuspocus does not wait before it sends.
    const boardBytes = megabyte / 2;
    writer.change(put("large", "x".repeat(boardBytes)));
    expect(await writer.answered(1)).toBe(true);
    await file.restart();
    const first = await file.join(viewLink(board));
    const asked = first.timesAsked;
    first.sendStep1();
    await first.until(() => first.timesAsked > asked);
    expect(first.receivedBytes).toBeGreaterThan(boardBytes);
    expect(first.receivedBytes).toBeLessThan(boardBytes * 1.5);
  });

  it("lets a board through that is larger than that bound", async () => {
    const board = await file.server.createBoard();
    const writer = await file.join(editLink(board));
    const pieces = 20;
    for (let piece = 1; piece <= pieces; piece++) {
      writer.change(put(`piece-${piece}`, "x".repeat(megabyte)));
      expect(await writer.answered(piece)).toBe(true);
    }
    await file.restart();
    const first = await file.join(viewLink(board));
    expect(first.document.getMap("records").has(`piece-${pieces}`)).toBe(true);
    expect(first.receivedBytes).toBeGreaterThan(pieces * megabyte);
    expect(first.receivedBytes).toBeLessThan((pieces + 1) * megabyte);
    first.present({ name: "Ann" });
    const second = await file.join(viewLink(board));
    await second.until(() => second.presence.size === 1);
  });
});
