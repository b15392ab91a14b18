import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { PolledSocket } from "./polled-socket.ts";

/** One whose handshake is over, and what has been read of it. */
function open() {
  const socket = new PolledSocket();
  socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  const read: string[] = [];
  socket.on("data", (chunk: Buffer) => read.push(chunk.toString()));
  return { socket, read };
}

const bytes = (text: string) => Buffer.from(text);

async function textOf(poll: Promise<Buffer | null>): Promise<string | null> {
  return (await poll)?.toString() ?? null;
}

describe("a socket that requests carry", () => {
  it("answers with all that a turn writes, and with nothing of the handshake", async () => {
    const { socket } = open();
    const poll = socket.poll(0);
    socket.write("one ");
    socket.write("two");
    expect(await textOf(poll)).toBe("one two");
    socket.write("three ");
    await nextTurn();
    socket.write("four");
    expect(await textOf(socket.poll(7))).toBe("three four");
  });

  it("counts as unread what no request has fetched", async () => {
    const { socket } = open();
    for (let count = 0; count < 10; count++) socket.write(Buffer.alloc(1000));
    await nextTurn();
    expect(socket.writableLength).toBe(10_000);
    const isDrained = once(socket, "drain");
    for (let count = 0; count < 100; count++) socket.write(Buffer.alloc(1000));
    expect((await socket.poll(0))?.length).toBe(110_000);
    await isDrained;
    expect(socket.writableLength).toBe(0);
  });

  it("answers a repeated poll with the same bytes, also where nobody was left to answer", async () => {
    const { socket } = open();
    const abandoned = socket.poll(0);
    const repeated = socket.poll(0);
    expect(await textOf(abandoned)).toBe("");
    socket.write("one");
    expect(await textOf(repeated)).toBe("one");
    expect(await textOf(socket.poll(0))).toBe("one");
    const next = socket.poll(3);
    socket.write("two");
    expect(await textOf(next)).toBe("two");
  });

  it("takes what was sent once, however often it comes", async () => {
    const { socket, read } = open();
    expect(await socket.receive(0, bytes("one"))).toBe(true);
    expect(await socket.receive(0, bytes("one"))).toBe(true);
    expect(await socket.receive(3, bytes("two"))).toBe(true);
    expect(socket.bytesRead).toBe(6);
    await nextTurn();
    expect(read.join("")).toBe("onetwo");
  });

  it.each([
    ["sent", (socket: PolledSocket) => socket.receive(5, bytes("two"))],
    ["sent, in part", (socket: PolledSocket) => socket.receive(1, bytes("ne, two"))],
    ["fetched", (socket: PolledSocket) => socket.poll(2)],
  ])("ends when bytes that were %s are missing", async (_name, ask) => {
    const { socket } = open();
    await socket.receive(0, bytes("one"));
    socket.write("one");
    await socket.poll(0);
    const closed = once(socket, "close");
    expect([null, false]).toContain(await ask(socket));
    await closed;
    expect(await socket.poll(3)).toBeNull();
    expect(await socket.receive(3, bytes("two"))).toBe(false);
  });

  it("takes no more than is read of it", async () => {
    const socket = new PolledSocket();
    const large = Buffer.alloc(socket.readableHighWaterMark);
    let isTaken = false;
    const taken = socket.receive(0, large).then(() => (isTaken = true));
    await nextTurn();
    expect(isTaken).toBe(false);
    socket.resume();
    await taken;
    expect(socket.bytesRead).toBe(large.length);

    const other = new PolledSocket();
    const never = other.receive(0, large);
    other.destroy();
    expect(await never).toBe(false);
  });

  it("brings what was written before its end, and answers who waits when it ends", async () => {
    const { socket } = open();
    const closed = once(socket, "close");
    socket.end("last");
    expect(await textOf(socket.poll(0))).toBe("last");
    expect(await socket.poll(4)).toBeNull();
    await closed;

    const other = open().socket;
    const waiting = other.poll(0);
    other.destroySoon();
    expect(await waiting).toBeNull();
  });
});
