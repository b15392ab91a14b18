import {
  decodeAwareness,
  decodeFrame,
  decodePlainFrame,
  encodeAwareness,
  encodeFrame,
  encodePlainFrame,
  noticeSchema,
  pongFrame,
  type AwarenessEntry,
  type Message,
  type Notice,
  type SyncMessage,
} from "@boardwalk/board-model";
import { once } from "node:events";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import * as Y from "yjs";

const remote = Symbol("from the server");
/** For a busy machine; what takes longer has failed. */
const patienceMs = 60_000;

export type Link = { readonly boardId: string; readonly token: string };
type Closed = { readonly code: number; readonly reason: string };

/**
 * A client that sends what it is told, good or bad, and keeps what it hears. It has a document of
 * its own; a change to it goes out only by `change` or by hand.
 */
export class RawClient {
  readonly document = new Y.Doc();
  /** Everything from the server but document and presence. */
  readonly heard: Message[] = [];
  /** SyncStatus in the order in which they came: true is durable. */
  readonly answers: boolean[] = [];
  readonly notices: Notice[] = [];
  /** Presence of the others, by client id. */
  readonly presence = new Map<number, AwarenessEntry>();
  readonly closed: Promise<Closed>;
  receivedBytes = 0;
  /** What the server still asks for: offers the whole difference when true. */
  answersStep1 = false;
  readonly #webSocket: WebSocket;
  readonly #address: string | null;
  readonly #listeners = new Set<() => void>();
  #presenceClock = 0;

  private constructor(webSocket: WebSocket, address: string | null) {
    this.#webSocket = webSocket;
    this.#address = address;
    this.closed = new Promise((resolve) => {
      webSocket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    webSocket.on("error", () => undefined);
    webSocket.on("message", (data: Buffer) => {
      this.#receive(data);
      for (const listener of this.#listeners) listener();
    });
    webSocket.on("close", () => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** A socket on `/sync` on which nothing was said yet. */
  static async connect(
    url: string,
    address: string,
    headers: Record<string, string> = {},
  ): Promise<RawClient> {
    return RawClient.#open(`${url}/sync`, address, headers);
  }

  /** A client in a board, with its document. */
  static async join(url: string, link: Link, session?: string): Promise<RawClient> {
    const address = session === undefined ? link.boardId : `${link.boardId}\0${session}`;
    const client = await RawClient.connect(url, address);
    client.authenticate(link.token);
    client.sendStep1();
    await client.synced();
    return client;
  }

  /** The same over the plain y-websocket protocol. */
  static async joinPlain(url: string, link: Link): Promise<RawClient> {
    const client = await RawClient.connectPlain(url, link);
    client.sendStep1();
    await client.synced();
    return client;
  }

  static async connectPlain(url: string, link: Link): Promise<RawClient> {
    return RawClient.#open(`${url}/yjs/${link.boardId}?token=${link.token}`, null);
  }

  static async #open(
    url: string,
    address: string | null,
    headers: Record<string, string> = {},
  ): Promise<RawClient> {
    const webSocket = new WebSocket(url.replace(/^http/, "ws"), { headers });
    const client = new RawClient(webSocket, address);
    await once(webSocket, "open");
    return client;
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  #isSynced = false;

  async synced(): Promise<void> {
    // The server answers, and then asks in turn.
    await this.until(() => this.#isSynced && this.timesAsked > 0);
  }

  /** Waits for what the server sends until the condition holds. Rejects when the socket closes. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#listeners.delete(check);
      };
      const check = () => {
        if (condition()) {
          end();
          resolve();
        } else if (!this.isOpen) {
          end();
          reject(new Error("The socket closed before what was waited for came"));
        }
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`Not so within ${patienceMs} ms: ${String(condition)}`));
      }, patienceMs);
      this.#listeners.add(check);
    });
  }

  #receive(data: Buffer): void {
    this.receivedBytes += data.length;
    if (this.#address !== null && data.length === 1) {
      this.#webSocket.send(pongFrame);
      return;
    }
    const message = this.#address === null ? decodePlainFrame(data) : decodeFrame(data).message;
    switch (message.type) {
      case "sync":
        this.#receiveSync(message.sync);
        break;
      case "awareness":
        for (const entry of decodeAwareness(message.update, 10_000)) {
          if (entry.state === "null") this.presence.delete(entry.clientId);
          else this.presence.set(entry.clientId, entry);
        }
        break;
      case "syncStatus":
        this.answers.push(message.durable);
        break;
      case "stateless":
        this.notices.push(noticeSchema.parse(JSON.parse(message.payload)));
        break;
      case "auth":
      case "queryAwareness":
      case "close":
      case "unknown":
        break;
    }
    if (message.type !== "sync" && message.type !== "awareness") this.heard.push(message);
    else if (message.type === "sync" && message.sync.kind === "step1") this.heard.push(message);
  }

  #receiveSync({ kind, payload }: SyncMessage): void {
    if (kind === "step1") {
      if (this.answersStep1) {
        const update = Y.encodeStateAsUpdate(this.document, payload);
        this.sendSync({ kind: "step2", payload: update });
      }
      return;
    }
    Y.applyUpdate(this.document, payload, remote);
    if (kind === "step2") this.#isSynced = true;
  }

  /** How often the server asked for what it does not have. */
  get timesAsked(): number {
    return this.heard.filter((message) => message.type === "sync").length;
  }

  authenticate(token: string): void {
    this.send({ type: "auth", auth: { kind: "token", token } });
  }

  sendStep1(): void {
    this.sendSync({ kind: "step1", payload: Y.encodeStateVector(this.document) });
  }

  sendSync(sync: SyncMessage): void {
    this.send({ type: "sync", sync });
  }

  sendUpdate(payload: Uint8Array): void {
    this.sendSync({ kind: "update", payload });
  }

  /** Makes a change and sends it; returns the update. */
  change(work: (document: Y.Doc) => void): Uint8Array {
    const update = this.draft(work);
    this.sendUpdate(update);
    return update;
  }

  /** Makes a change and keeps it to itself. */
  draft(work: (document: Y.Doc) => void): Uint8Array {
    const updates: Uint8Array[] = [];
    const keep = (update: Uint8Array) => updates.push(update);
    this.document.on("update", keep);
    this.document.transact(() => work(this.document));
    this.document.off("update", keep);
    if (updates.length !== 1) throw new Error(`${updates.length} updates instead of one`);
    return Y.mergeUpdates(updates);
  }

  /** Waits until every change so far is answered; returns the answer to the last. */
  async answered(count: number): Promise<boolean | undefined> {
    await this.until(() => this.answers.length >= count);
    return this.answers[count - 1];
  }

  /** Tells the others about itself; null: that it leaves. */
  present(state: object | null, clientId = this.document.clientID): void {
    this.#presenceClock++;
    this.sendPresence([{ clientId, clock: this.#presenceClock, state: JSON.stringify(state) }]);
  }

  sendPresence(entries: readonly AwarenessEntry[]): void {
    this.send({ type: "awareness", update: encodeAwareness(entries) });
  }

  presenceOf(clientId: number): unknown {
    const entry = this.presence.get(clientId);
    return entry === undefined ? undefined : JSON.parse(entry.state);
  }

  send(message: Message): void {
    if (this.#address === null) this.sendFrame(encodePlainFrame(message));
    else this.sendFrame(encodeFrame(this.#address, message));
  }

  sendFrame(frame: Uint8Array | string): void {
    this.#webSocket.send(frame);
  }

  /** The TCP connection under the socket. */
  get tcp(): Socket {
    const socket = (this.#webSocket as unknown as { _socket?: Socket })._socket;
    if (socket === undefined) throw new Error("The socket is not open");
    return socket;
  }

  /** Stops and starts reading: what the server sends then waits on its side. */
  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  async close(): Promise<void> {
    this.#webSocket.close();
    await this.closed;
  }

  /** Ends the connection without a word, as a crash does. */
  terminate(): void {
    this.#webSocket.terminate();
  }
}

export function editLink(board: { id: string; editToken: string }): Link {
  return { boardId: board.id, token: board.editToken };
}

export function viewLink(board: { id: string; viewToken: string }): Link {
  return { boardId: board.id, token: board.viewToken };
}
