import { createTLSchema } from "@tldraw/tlschema";
import { FrameSocket } from "./frame-socket.ts";
import type { Meter, Person, Place } from "./person.ts";
import { findJsonStamps, jsonStamp } from "./stamp.ts";

const protocolVersion = 7;
const schema = createTLSchema().serialize();

/** A person who speaks tldraw's own sync protocol. */
export class TldrawPerson implements Person {
  readonly #number: number;
  readonly #meter: Meter;
  readonly #joined = Promise.withResolvers<void>();
  readonly #sentAtMs: number[] = [];
  #socket: FrameSocket | null = null;
  #clock = 0;
  #hasShape = false;
  #hasPresence = false;

  private constructor(number: number, meter: Meter) {
    this.#number = number;
    this.#meter = meter;
  }

  static async join(
    url: string,
    { boardId }: Place,
    number: number,
    meter: Meter,
  ): Promise<TldrawPerson> {
    const person = new TldrawPerson(number, meter);
    const sessionId = `${number}-${Math.random()}`;
    const address = `${url}/${boardId}?sessionId=${sessionId}`;
    person.#socket = await FrameSocket.open(address);
    person.#socket.listen((frame) => person.#receive(frame));
    person.#socket.send(
      JSON.stringify({
        type: "connect",
        connectRequestId: sessionId,
        lastServerClock: 0,
        protocolVersion,
        schema,
      }),
    );
    await person.#joined.promise;
    person.moveCursor();
    return person;
  }

  get receivedBytes(): number {
    return this.#socket?.receivedBytes ?? 0;
  }

  #receive(frame: Buffer): void {
    if (frame.subarray(0, 30).includes('{"type":"connect"')) this.#joined.resolve();
    findJsonStamps("edit", frame, (sender, latencyMs) => {
      if (sender !== this.#number) this.#meter.edits.add(latencyMs);
    });
    findJsonStamps("cursor", frame, (sender, latencyMs) => {
      if (sender !== this.#number) this.#meter.cursors.add(latencyMs);
    });
    let result = frame.indexOf("push_result");
    while (result !== -1) {
      const sentAtMs = this.#sentAtMs.shift();
      if (sentAtMs !== undefined) this.#meter.acks.add(performance.now() - sentAtMs);
      result = frame.indexOf("push_result", result + 1);
    }
  }

  #push(change: object): void {
    this.#clock++;
    this.#sentAtMs.push(performance.now());
    this.#socket?.send(JSON.stringify({ type: "push", clientClock: this.#clock, ...change }));
  }

  /** Adds shapes, and resolves when the server has answered. */
  async addShapes(shapes: readonly object[]): Promise<void> {
    const diff = Object.fromEntries(
      shapes.map((shape) => [(shape as { id: string }).id, ["put", shape]]),
    );
    this.#push({ diff });
    while (this.#sentAtMs.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  drag(): void {
    this.#meter.sentEdits++;
    const id = `shape:dragged-by-${this.#number}`;
    const x = jsonStamp("edit", this.#number);
    if (this.#hasShape) this.#push({ diff: { [id]: ["patch", { x: ["put", x], y: ["put", 1] }] } });
    else this.#push({ diff: { [id]: ["put", tldrawShape(id, x, 0, "a1")] } });
    this.#hasShape = true;
  }

  moveCursor(): void {
    this.#meter.sentCursors++;
    const x = jsonStamp("cursor", this.#number);
    const cursor = { x, y: 412.25, type: "default", rotation: 0 };
    if (this.#hasPresence) {
      this.#push({
        presence: [
          "patch",
          { cursor: ["put", cursor], lastActivityTimestamp: ["put", Date.now()] },
        ],
      });
      return;
    }
    this.#hasPresence = true;
    const record = {
      id: `instance_presence:${this.#number}`,
      typeName: "instance_presence",
      userId: `person-${this.#number}`,
      userName: `Person ${this.#number}`,
      currentPageId: "page:page",
      lastActivityTimestamp: Date.now(),
      followingUserId: null,
      color: "#e03131",
      camera: { x: 0, y: 0, z: 1 },
      cursor,
      screenBounds: { x: 0, y: 0, w: 1_000, h: 800 },
      selectedShapeIds: [],
      brush: null,
      scribbles: [],
      chatMessage: "",
      meta: {},
    };
    this.#push({ presence: ["put", record] });
  }

  async leave(): Promise<void> {
    await this.#socket?.close();
  }
}

/** A rectangle as tldraw holds it. */
export function tldrawShape(id: string, x: number, y: number, index: string) {
  return {
    id,
    typeName: "shape",
    type: "geo",
    x,
    y,
    rotation: 0,
    index,
    parentId: "page:page",
    isLocked: false,
    opacity: 1,
    meta: {},
    props: {
      w: 100,
      h: 80,
      geo: "rectangle",
      dash: "draw",
      growY: 0,
      url: "",
      scale: 1,
      color: "black",
      labelColor: "black",
      fill: "none",
      size: "m",
      font: "draw",
      align: "middle",
      verticalAlign: "middle",
      richText: { type: "doc", content: [{ type: "paragraph" }] },
    },
  };
}
