import { decodeFrame, encodeFrame, type Message, type SyncMessage } from "@boardwalk/board-model";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import * as Y from "yjs";

/**
 * The other end of a SyncConnection, moved by hand: it lets everybody in, answers step 1 as a server
 * does, and keeps what is sent for the test to look at and to answer.
 */
export class SyncPeer {
  readonly doc = new Y.Doc();
  readonly #server: WebSocketServer;
  readonly #port: number;
  readonly #boardId: string;
  readonly #received: Message[] = [];
  #waiting: (() => void)[] = [];
  #socket: WebSocket | null = null;

  static async listen(boardId: string, port = 0): Promise<SyncPeer> {
    const server = new WebSocketServer({ host: "127.0.0.1", port });
    await once(server, "listening");
    return new SyncPeer(server, boardId);
  }

  private constructor(server: WebSocketServer, boardId: string) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.#boardId = boardId;
    server.on("connection", (socket) => {
      this.#socket = socket;
      socket.on("message", (data: Buffer) => {
        if (data.length > 1) this.#take(decodeFrame(new Uint8Array(data)).message);
      });
    });
  }

  /** Also when it does not listen any more. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}/sync`;
  }

  send(message: Message): void {
    this.sendRaw(encodeFrame(this.#boardId, message));
  }

  sendRaw(frame: Uint8Array): void {
    this.#socket?.send(frame);
  }

  acknowledge(durable: boolean): void {
    this.send({ type: "syncStatus", durable });
  }

  letIn(): void {
    this.send({ type: "auth", auth: { kind: "authenticated", readOnly: false } });
  }

  /** Answers step 1 as a server does: with what the client lacks, and with what itself has. */
  answerStep1(stateVector: Uint8Array): void {
    const difference = Y.encodeStateAsUpdate(this.doc, stateVector);
    this.#sendSync({ kind: "step2", payload: difference });
    this.#sendSync({ kind: "step1", payload: Y.encodeStateVector(this.doc) });
  }

  #sendSync(sync: SyncMessage): void {
    this.send({ type: "sync", sync });
  }

  /** The next message of a kind; whatever comes before it is passed over. */
  async next<T extends Message["type"]>(type: T): Promise<Extract<Message, { type: T }>> {
    for (;;) {
      const message = this.#received.shift();
      if (message?.type === type) return message as Extract<Message, { type: T }>;
      if (message === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Lets the client in, compares state vectors, takes the client's difference and answers it. */
  async handshake(durable = true): Promise<void> {
    await this.next("auth");
    this.letIn();
    this.answerStep1((await this.next("sync")).sync.payload);
    Y.applyUpdate(this.doc, (await this.next("sync")).sync.payload);
    this.acknowledge(durable);
  }

  cut(): void {
    this.#socket?.terminate();
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(message: Message): void {
    this.#received.push(message);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
