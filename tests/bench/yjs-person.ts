import {
  authType,
  boardIdOf,
  encodeAwareness,
  encodeFrame,
  encodePlainFrame,
  frameType,
  syncType,
  type Message,
} from "@boardwalk/board-model";
import * as Y from "yjs";
import { FrameSocket } from "./frame-socket.ts";
import { DragUpdates } from "./drag-update.ts";
import type { Latencies } from "./latencies.ts";
import type { Meter, Person, Place } from "./person.ts";
import { binaryStamp, findBinaryStamps, findJsonStamps, jsonStamp } from "./stamp.ts";

/** A relay is spoken to like y-websocket, but answers nothing. */
export type YjsProtocol = "relay" | "plain" | "hocuspocus";

/** As Yjs picks one for each document. */
function newClientId(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

const emptyStateVector = Uint8Array.of(0);
const emptyUpdate = Uint8Array.of(0, 0);
const pong = Uint8Array.of(frameType.pong);

/** A person who speaks one of the Yjs protocols, without a document but for what they draw. */
export class YjsPerson implements Person {
  readonly #protocol: YjsProtocol;
  readonly #address: string;
  readonly #number: number;
  readonly #meter: Meter;
  readonly #joined = Promise.withResolvers<void>();
  /** Bytes of a frame before its type. */
  readonly #headBytes: number;
  readonly #sentAtMs: number[] = [];
  readonly #onEdit = (sender: number, latencyMs: number): void => {
    if (sender !== this.#number) this.#meter.edits.add(latencyMs);
  };
  readonly #onCursor = (sender: number, latencyMs: number): void => {
    if (sender !== this.#number) this.#meter.cursors.add(latencyMs);
  };
  #socket: FrameSocket | null = null;
  readonly #drags: DragUpdates;
  #records: Y.Map<unknown> | null = null;
  #cursorClock = 0;
  #isJoined = false;

  private constructor(protocol: YjsProtocol, place: Place, number: number, meter: Meter) {
    this.#protocol = protocol;
    this.#address = place.boardId;
    this.#number = number;
    this.#meter = meter;
    this.#drags = new DragUpdates(newClientId(), "records", `shape:dragged-by-${number}/g`);
    this.#headBytes = protocol === "hocuspocus" ? 1 + Buffer.byteLength(place.boardId) : 0;
  }

  /** Resolves when the board's content is here. */
  static async join(
    protocol: YjsProtocol,
    url: string,
    place: Place,
    number: number,
    meter: Meter,
  ): Promise<YjsPerson> {
    const person = new YjsPerson(protocol, place, number, meter);
    const path = protocol === "hocuspocus" ? "/sync" : `/${boardIdOf(place.boardId)}`;
    person.#socket = await FrameSocket.open(url + path);
    person.#socket.listen((frame) => person.#receive(frame));
    if (protocol === "relay") {
      person.#isJoined = true;
      return person;
    }
    if (protocol === "hocuspocus") {
      person.#send({ type: "auth", auth: { kind: "token", token: place.token } });
    }
    person.#send({ type: "sync", sync: { kind: "step1", payload: emptyStateVector } });
    person.moveCursor();
    await person.#joined.promise;
    return person;
  }

  get receivedBytes(): number {
    return this.#socket?.receivedBytes ?? 0;
  }

  #send(message: Message): void {
    this.#socket?.send(
      this.#protocol === "hocuspocus"
        ? encodeFrame(this.#address, message)
        : encodePlainFrame(message),
    );
  }

  #receive(frame: Buffer): void {
    if (this.#protocol === "hocuspocus" && frame.length === 1) {
      if (frame[0] === frameType.ping) this.#socket?.send(pong);
      return;
    }
    const type = frame[this.#headBytes];
    const kind = frame[this.#headBytes + 1];
    if (this.#protocol !== "relay") {
      if (type === frameType.syncStatus) {
        const sentAtMs = this.#sentAtMs.shift();
        if (sentAtMs !== undefined) this.#meter.acks.add(performance.now() - sentAtMs);
        return;
      }
      if (type === frameType.auth && kind === authType.denied) {
        this.#joined.reject(new Error(`Not let in: ${frame.toString("latin1")}`));
      }
      if (type === frameType.sync && kind === syncType.step1) {
        this.#sendUpdate("step2", emptyUpdate);
        return;
      }
      if (type === frameType.sync && kind === syncType.step2) {
        this.#isJoined = true;
        this.#joined.resolve();
        return;
      }
    }
    // What was there before is not news.
    if (!this.#isJoined) return;
    // A relay that joins frames may have put any kind behind the first.
    const isMixed = this.#protocol === "relay";
    if (isMixed || type === frameType.sync) findBinaryStamps(frame, this.#onEdit);
    if (isMixed || type === frameType.awareness) findJsonStamps("cursor", frame, this.#onCursor);
  }

  #sendUpdate(kind: "step2" | "update", payload: Uint8Array): void {
    if (this.#protocol === "hocuspocus") this.#sentAtMs.push(performance.now());
    this.#send({ type: "sync", sync: { kind, payload } });
  }

  sendUpdate(update: Uint8Array): void {
    this.#sendUpdate("update", update);
  }

  #ownRecords(): Y.Map<unknown> {
    if (this.#records !== null) return this.#records;
    const document = new Y.Doc();
    document.on("update", (update: Uint8Array) => this.sendUpdate(update));
    this.#records = document.getMap("records");
    return this.#records;
  }

  drag(): void {
    this.#meter.sentEdits++;
    this.sendUpdate(this.#drags.next([binaryStamp(this.#number), 340.5, 0, 200, 120]));
  }

  /** One more chunk of a line being drawn. */
  draw(): void {
    this.#meter.sentEdits++;
    const key = `shape:drawn-by-${this.#number}/i`;
    const records = this.#ownRecords();
    const ink = records.get(key);
    if (ink instanceof Y.Array) ink.push([[binaryStamp(this.#number), 1, 2, 2, 3, 1, 2, 2]]);
    else records.set(key, new Y.Array());
  }

  moveCursor(): void {
    this.#meter.sentCursors++;
    this.show(
      JSON.stringify({
        id: `person-${this.#number}`,
        name: `Person ${this.#number}`,
        color: "#e03131",
        page: "page:page",
        cursor: [jsonStamp("cursor", this.#number), 412.25],
      }),
    );
  }

  /** Tells the others a presence state, which is JSON. */
  show(state: string): void {
    this.#cursorClock++;
    const entry = { clientId: 1_000 + this.#number, clock: this.#cursorClock, state };
    this.#send({ type: "awareness", update: encodeAwareness([entry]) });
  }

  /** Asks the server for a sign of life. */
  probe(latencies: Latencies): void {
    this.#socket?.ping((latencyMs) => latencies.add(latencyMs));
  }

  async leave(): Promise<void> {
    this.#records?.doc?.destroy();
    await this.#socket?.close();
  }
}
