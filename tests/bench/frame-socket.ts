import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { once } from "node:events";

const opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const finalBit = 0x80;
const maskBit = 0x80;
const closingMs = 500;
const headEnd = "\r\n\r\n";

export type FrameListener = (payload: Buffer) => void;

/**
 * As much of a WebSocket client as a load needs, and no more: the generator must not be what is
 * measured. Frames are masked with zero, which is valid and leaves the payload as it is.
 */
export class FrameSocket {
  readonly #socket: Socket;
  #onFrame: FrameListener = () => undefined;
  #rest: Buffer;
  #closing = false;
  readonly #pings: { sentAtMs: number; answered: (latencyMs: number) => void }[] = [];
  receivedBytes = 0;
  receivedFrames = 0;

  private constructor(socket: Socket, rest: Buffer) {
    this.#socket = socket;
    this.#rest = rest;
    socket.on("error", (cause) => {
      // A server may end a connection that is being closed in its own way.
      if (!this.#closing) throw new Error("A server ended a connection", { cause });
    });
  }

  /** What comes is kept until `listen`. */
  static async open(url: string): Promise<FrameSocket> {
    const { hostname, port, pathname, search } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}${headEnd}`,
    );
    let answer = Buffer.alloc(0);
    for (;;) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf(headEnd);
      if (end === -1) continue;
      const head = answer.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 101")) throw new Error(`No WebSocket at ${url}: ${head}`);
      socket.pause();
      return new FrameSocket(socket, answer.subarray(end + headEnd.length));
    }
  }

  listen(onFrame: FrameListener): void {
    this.#onFrame = onFrame;
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#receive(Buffer.alloc(0));
    this.#socket.resume();
  }

  send(payload: Uint8Array | string): void {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    this.#write(typeof payload === "string" ? opcode.text : opcode.binary, bytes);
  }

  /** `answered` is told how long the other end took to take notice. */
  ping(answered: (latencyMs: number) => void): void {
    this.#pings.push({ sentAtMs: performance.now(), answered });
    this.#write(opcode.ping, Buffer.alloc(0));
  }

  #write(code: number, payload: Uint8Array): void {
    const { length } = payload;
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const frame = Buffer.alloc(2 + lengthBytes + 4 + length);
    frame[0] = finalBit | code;
    frame[1] = maskBit | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
    if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
    if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    frame.set(payload, 2 + lengthBytes + 4);
    this.#socket.write(frame);
  }

  #receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      if (bytes.length - at < 2) break;
      const code = (bytes[at] ?? 0) & 0x0f;
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
      const start = at + 2 + lengthBytes;
      if (bytes.length < start) break;
      const length =
        lengthBytes === 0
          ? short
          : lengthBytes === 2
            ? bytes.readUInt16BE(at + 2)
            : Number(bytes.readBigUInt64BE(at + 2));
      if (bytes.length < start + length) break;
      at = start + length;
      this.#take(code, bytes.subarray(start, at));
    }
    this.#rest = bytes.subarray(at);
  }

  #take(code: number, payload: Buffer): void {
    if (code === opcode.ping) this.#write(opcode.pong, payload);
    else if (code === opcode.pong) {
      const ping = this.#pings.shift();
      ping?.answered(performance.now() - ping.sentAtMs);
    } else if (code === opcode.text || code === opcode.binary || code === 0) {
      this.receivedFrames++;
      this.#onFrame(payload);
    }
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#closing = true;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#write(opcode.close, Buffer.of(0x03, 0xe8));
    this.#socket.end();
    // A server that is far behind would get to it long after.
    const ender = setTimeout(() => this.#socket.destroy(), closingMs);
    await closed;
    clearTimeout(ender);
  }
}
