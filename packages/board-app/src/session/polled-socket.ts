import { limits, openedConnectionSchema } from "@boardwalk/board-model";
import type { LiveSocket, SocketEvents } from "./live-socket.ts";
import {
  decodeClose,
  encodeClose,
  encodeWebSocketFrame,
  opcode,
  WebSocketFrameReader,
} from "./web-socket-frames.ts";

const abnormalClosure = 1006;
const normalClosure = 1000;

/**
 * A connection by ordinary requests, for where no WebSocket passes: one after another brings what
 * this end has to send, and one after another waits for what the server has. Costs a round trip for
 * each, and otherwise does what a WebSocket does.
 */
class PolledSocket implements LiveSocket {
  readonly #url: URL;
  readonly #events: SocketEvents;
  readonly #reader = new WebSocketFrameReader();
  readonly #abort = new AbortController();
  #state: "connecting" | "open" | "closed" = "connecting";
  #headers: Record<string, string> = {};
  #receivedBytes = 0;
  #sentBytes = 0;
  #outgoing: Uint8Array[] = [];
  #isSending = false;

  constructor(url: string, events: SocketEvents) {
    this.#url = new URL("/api/connections", url.replace(/^ws/, "http"));
    this.#events = events;
    this.#run().catch(() => this.#end(abnormalClosure, ""));
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  send(frame: Uint8Array): void {
    if (this.isOpen) this.#write(encodeWebSocketFrame(opcode.binary, frame));
  }

  close(code: number = normalClosure, reason = ""): void {
    if (this.isOpen) this.#write(encodeClose(code, reason));
    this.#end(code, reason);
  }

  /** Until the connection ends, which rejects where it was not by a Close frame. */
  async #run(): Promise<void> {
    const answer = await this.#request(this.#url, { method: "POST" });
    const { connection } = openedConnectionSchema.parse(await answer.json());
    if (this.#state === "closed") return;
    this.#headers = { authorization: `Bearer ${connection}` };
    this.#state = "open";
    this.#tell(() => this.#events.opened());
    while (this.#state === "open") {
      const url = this.#urlAt("from", this.#receivedBytes);
      const response = await this.#request(url, { signal: this.#abort.signal });
      const bytes = new Uint8Array(await response.arrayBuffer());
      this.#receivedBytes += bytes.length;
      for (const frame of this.#reader.read(bytes)) this.#receive(frame.opcode, frame.payload);
    }
  }

  #receive(code: number, payload: Uint8Array): void {
    if (this.#state === "closed") return;
    if (code === opcode.binary) this.#tell(() => this.#events.received(payload));
    else if (code === opcode.ping) this.#write(encodeWebSocketFrame(opcode.pong, payload));
    else if (code === opcode.close) {
      const close = decodeClose(payload);
      this.#write(encodeWebSocketFrame(opcode.close, payload));
      this.#end(close.code, close.reason);
    }
  }

  #write(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    if (this.#isSending) return;
    this.#isSending = true;
    // What a turn writes goes out together.
    queueMicrotask(() => void this.#sendAll());
  }

  /** Also what was written before an end: changes, and the Close frame. */
  async #sendAll(): Promise<void> {
    try {
      while (this.#outgoing.length > 0) {
        const body = this.#takeOutgoing();
        const url = this.#urlAt("at", this.#sentBytes);
        await this.#request(url, { method: "POST", body });
        this.#sentBytes += body.size;
      }
    } catch {
      this.#end(abnormalClosure, "");
    } finally {
      this.#isSending = false;
    }
  }

  /** The next bytes, as many as one request may bring. */
  #takeOutgoing(): Blob {
    const parts: Uint8Array[] = [];
    let room: number = limits.polledBytes;
    while (room > 0) {
      const [first] = this.#outgoing;
      if (first === undefined) break;
      parts.push(first.subarray(0, room));
      if (first.length <= room) this.#outgoing.shift();
      else this.#outgoing[0] = first.subarray(room);
      room -= Math.min(room, first.length);
    }
    return new Blob(parts as Uint8Array<ArrayBuffer>[], { type: "application/octet-stream" });
  }

  #urlAt(name: "from" | "at", bytes: number): URL {
    const url = new URL(`${this.#url.pathname}/current`, this.#url);
    url.searchParams.set(name, String(bytes));
    return url;
  }

  async #request(url: URL, init: RequestInit): Promise<Response> {
    const response = await fetch(url, { ...init, headers: this.#headers, cache: "no-store" });
    if (!response.ok) throw new Error(`The connection has ended: ${response.status}`);
    return response;
  }

  #end(code: number, reason: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#abort.abort();
    this.#tell(() => this.#events.closed(code, reason));
  }

  /** After what goes on, and outside of it: what a listener throws is no fault of the connection. */
  #tell(event: () => void): void {
    queueMicrotask(event);
  }
}

/** `url`: of the server's `/sync`, as for a WebSocket. */
export function openPolledSocket(url: string, events: SocketEvents): LiveSocket {
  return new PolledSocket(url, events);
}
