import fc from "fast-check";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import {
  decodeClose,
  encodeClose,
  encodeWebSocketFrame,
  opcode,
  WebSocketFrameReader,
  type WebSocketFrame,
} from "./web-socket-frames.ts";

/** Where the form of a frame's length changes, and beyond. */
const lengths = [0, 1, 125, 126, 127, 0xffff, 0x10000, 200_000];
const handshake = [
  "GET / HTTP/1.1",
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}`,
].join("\r\n");

let server: WebSocketServer;
let tcp: Socket;

beforeAll(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (webSocket) => {
    webSocket.on("message", (data: Buffer) => webSocket.send(data));
    webSocket.on("close", (code, reason) => server.emit("ended", code, reason.toString()));
  });
  tcp = connect((server.address() as AddressInfo).port, "127.0.0.1");
  tcp.write(`${handshake}\r\n\r\n`);
  // The answer to the handshake, and nothing behind it.
  await once(tcp, "data");
});

afterAll(() => {
  tcp.destroy();
  server.close();
});

/** What the server answers, cut into pieces of `pieceBytes`, until there are so many frames. */
async function answers(count: number, pieceBytes: number): Promise<WebSocketFrame[]> {
  const reader = new WebSocketFrameReader();
  const frames: WebSocketFrame[] = [];
  while (frames.length < count) {
    const [chunk] = (await once(tcp, "data")) as [Buffer];
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      frames.push(...reader.read(chunk.subarray(at, at + pieceBytes)));
    }
  }
  return frames;
}

describe("WebSocket frames", () => {
  it("are read by a server as they are written, and its own in whatever pieces they come", async () => {
    const payload = fc
      .tuple(fc.constantFrom(...lengths), fc.integer({ min: 0, max: 255 }))
      .map(([length, value]) => new Uint8Array(length).fill(value));
    const payloads = fc.array(payload, { minLength: 1, maxLength: 6 });
    const pieces = fc.constantFrom(999, 4_096, 65_535, 1_000_000);
    await fc.assert(
      fc.asyncProperty(payloads, pieces, async (sent, pieceBytes) => {
        for (const each of sent) tcp.write(encodeWebSocketFrame(opcode.binary, each));
        const received = await answers(sent.length, pieceBytes);
        expect(received.map((frame) => frame.opcode)).toEqual(sent.map(() => opcode.binary));
        for (const [index, frame] of received.entries()) {
          expect(Buffer.compare(frame.payload, sent[index] ?? new Uint8Array())).toBe(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("answer a ping with what it holds, and close with a code and a reason", async () => {
    tcp.write(encodeWebSocketFrame(opcode.ping, Buffer.from("here?")));
    const [pong] = await answers(1, 1);
    expect(pong?.opcode).toBe(opcode.pong);
    expect(Buffer.from(pong?.payload ?? []).toString()).toBe("here?");

    const ended = once(server, "ended");
    const answered = answers(1, 3);
    tcp.write(encodeClose(4005, "gone, für immer"));
    expect(await ended).toEqual([4005, "gone, für immer"]);
    const [close] = await answered;
    expect(close?.opcode).toBe(opcode.close);
    expect(decodeClose(close?.payload ?? new Uint8Array())).toMatchObject({ code: 4005 });
    expect(decodeClose(new Uint8Array())).toEqual({ code: 1005, reason: "" });
    const reason = encodeClose(4401, "revoked").subarray(6);
    expect(decodeClose(reason)).toEqual({ code: 4401, reason: "revoked" });
  });
});
