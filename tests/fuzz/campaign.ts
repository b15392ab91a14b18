import {
  encodeAwareness,
  encodeFrame,
  encodePlainFrame,
  pingFrame,
  pongFrame,
  type CreatedBoard,
  type Message,
} from "@boardwalk/board-model";
import { openStore } from "@boardwalk/persistence";
import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { Random } from "../integration/random.ts";
import { editLink, RawClient, viewLink } from "../integration/raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "../integration/server-process.ts";
import { mutated } from "./mutations.ts";
import { mutatedRequest, recordedRequests } from "./requests.ts";

/** Few, because the first that cannot be read is the last that is looked at. */
const framesPerSocket = 5;
const socketsAtOnce = 4;
/** One HTTP request goes out for so many frames. */
const framesPerRequest = 10;
const framesPerCheck = 1_000;
const answerTimeoutMs = 10_000;
/** Bytes of heap that may be left over; what was sent is far more. */
const growthBytes = 64 * 1024 * 1024;
const heapMegabytes = 96;
const settleMs = 20_000;

export type CampaignReport = {
  readonly frames: number;
  readonly requests: number;
  readonly exchanges: number;
  /** How sockets ended, by close code; 0 for those that bore all they were sent. */
  readonly closes: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly heapBefore: number;
  readonly heapAfter: number;
};

/** Two who do nothing wrong. */
class HonestPair {
  readonly one: RawClient;
  readonly other: RawClient;
  exchanges = 0;

  constructor(one: RawClient, other: RawClient) {
    this.one = one;
    this.other = other;
  }

  static async meet(url: string, board: CreatedBoard): Promise<HonestPair> {
    const [one, other] = [
      await RawClient.join(url, editLink(board)),
      await RawClient.join(url, editLink(board)),
    ];
    return new HonestPair(one, other);
  }

  /** Each draws, is acknowledged, and is seen by the other. Rejects when that is not so. */
  async exchange(): Promise<void> {
    this.exchanges++;
    const value = this.exchanges;
    for (const [from, to] of [
      [this.one, this.other],
      [this.other, this.one],
    ] as const) {
      const due = from.answers.length + 1;
      const key = `honest-${from.document.clientID}`;
      from.change((document) => document.getMap("records").set(key, value));
      if ((await from.answered(due)) !== true) throw new Error("An honest change was refused");
      try {
        await to.until(() => to.document.getMap("records").get(key) === value);
      } catch (cause) {
        const seen = String(to.document.getMap("records").get(key));
        const isPending = to.document.store.pendingStructs !== null;
        const told = `${key} is ${seen} in place of ${value}, changes pending: ${isPending}`;
        throw new Error(`An honest change was not seen: ${told}`, { cause });
      }
    }
  }
}

/** What clients really send to this board, beside what is shorter than a message. */
function recordedMessages(board: CreatedBoard, random: Random): Message[] {
  const document = new Y.Doc();
  document.clientID = random.below(2 ** 32);
  const update = (work: () => void): Uint8Array => {
    const before = Y.encodeStateVector(document);
    document.transact(work);
    return Y.encodeStateAsUpdate(document, before);
  };
  const records = document.getMap("records");
  const updates = [
    update(() => records.set("shape:a", '{"type":"geo"}')),
    update(() => records.set("shape:a/g", [1, 2, 0, 3, 4])),
    update(() => records.set("shape:a/i", new Y.Array())),
    update(() => document.getXmlFragment("t:shape:a").push([new Y.XmlText("text")])),
    update(() => document.getText("s:shape:a").insert(0, "label")),
    update(() => records.delete("shape:a")),
  ];
  const state = JSON.stringify({
    id: "x",
    name: "Ada",
    color: "#123456",
    page: "page:page",
    cursor: [1, 2],
  });
  return [
    ...[board.editToken, board.viewToken, board.ownerKey].map((token): Message => ({
      type: "auth",
      auth: { kind: "token", token: `${token.slice(1)}A` },
    })),
    { type: "sync", sync: { kind: "step1", payload: Uint8Array.of(0) } },
    { type: "sync", sync: { kind: "step1", payload: Y.encodeStateVector(document) } },
    { type: "sync", sync: { kind: "step2", payload: Y.encodeStateAsUpdate(document) } },
    ...updates.map((payload): Message => ({ type: "sync", sync: { kind: "update", payload } })),
    {
      type: "awareness",
      update: encodeAwareness([{ clientId: document.clientID, clock: 1, state }]),
    },
    {
      type: "awareness",
      update: encodeAwareness([{ clientId: document.clientID, clock: 2, state: "null" }]),
    },
    { type: "queryAwareness" },
    { type: "stateless", payload: '{"kind":"savedAgain"}' },
    { type: "syncStatus", durable: true },
    { type: "close", reason: "" },
  ];
}

/** What clients really send, and wrong: the frame, or what a sound frame carries. */
function mutatedFrames(
  random: Random,
  messages: readonly Message[],
  encode: (message: Message) => Uint8Array,
): Uint8Array[] {
  const samples = [...messages.map(encode), pingFrame, pongFrame];
  const updates = messages.flatMap((message) =>
    message.type === "sync" && message.sync.kind !== "step1" ? [message.sync.payload] : [],
  );
  return Array.from({ length: framesPerSocket }, () => {
    const [sample, update] = [samples, updates].map((all) => all[random.below(all.length)]);
    if (sample === undefined || update === undefined) throw new Error("Nothing is recorded");
    // The first frame that cannot be read ends the socket; of such updates all are looked at.
    if (random.below(2) === 0) return mutated(random, sample, samples);
    const payload = mutated(random, update, updates);
    return encode({ type: "sync", sync: { kind: "update", payload } });
  });
}

/**
 * Sends what is almost right, to both WebSocket endpoints and the REST API, by strangers and
 * viewers to one board, by editors to another, and by the owner of a third, and rejects unless the
 * process lives, its memory returns, honest pairs stay in step, and the store holds what they drew
 * and nothing else of theirs.
 */
export async function runCampaign(options: {
  frames: number;
  seed: number;
}): Promise<CampaignReport> {
  const random = new Random(options.seed);
  const dataDir = await temporaryFolder();
  const creationKey = "a-key-that-no-garbage-has";
  const env = {
    TRUSTED_PROXY_HOPS: "1",
    BOARD_CREATION: "key",
    BOARD_CREATION_KEY: creationKey,
    // An idle process does not collect what it has let go of: only a small heap tells that it has.
    NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}`,
  };
  const server = await ServerProcess.start({ dataDir, env });
  try {
    const [board, playground] = [
      await server.createBoard("Honest", creationKey),
      await server.createBoard("Play", creationKey),
    ];
    const pairs = [
      await HonestPair.meet(server.url, board),
      await HonestPair.meet(server.url, playground),
    ] as const;
    // Garbage comes with its owner key, too, and may delete it.
    let grounds = await server.createBoard("Grounds", creationKey);
    const ids = [board.id, playground.id, grounds.id];
    const closes: Record<string, number> = {};
    const statuses: Record<string, number> = {};
    for (const pair of pairs) await pair.exchange();
    const heapBefore = await server.metric("nodejs_heap_size_used_bytes");

    const sendFrames = async (): Promise<void> => {
      const isPlain = random.below(3) === 0;
      const target = random.below(2) === 0 ? board : playground;
      const mayEdit = target === playground;
      const link = mayEdit ? editLink(target) : viewLink(target);
      const isStranger = random.below(4) === 0;
      const encode = isPlain
        ? encodePlainFrame
        : (message: Message) => encodeFrame(target.id, message);
      const frames = mutatedFrames(random, recordedMessages(target, random), encode);
      const path = isPlain
        ? `/yjs/${target.id}?token=${isStranger ? "wrong" : link.token}`
        : "/sync";
      const address = `198.51.${random.below(256)}.${random.below(256)}`;
      const socket = new WebSocket(server.url.replace(/^http/, "ws") + path, {
        headers: { "x-forwarded-for": address },
      });
      let code = 0;
      socket.on("error", () => undefined);
      const closed = once(socket, "close").then(([closeCode]) => {
        code = Number(closeCode);
      });
      await once(socket, "open");
      if (!isPlain && !isStranger)
        socket.send(
          encodeFrame(target.id, { type: "auth", auth: { kind: "token", token: link.token } }),
        );
      for (const frame of frames) socket.send(frame);
      // What the server says to a ping it says after it has read what came before.
      const read = once(socket, "pong").catch(() => undefined);
      socket.ping();
      await Promise.race([read, closed, patience(answerTimeoutMs)]);
      closes[code] = (closes[code] ?? 0) + 1;
      socket.terminate();
      await closed;
    };

    const sendRequest = async (): Promise<void> => {
      const request = mutatedRequest(
        random,
        random.below(2) === 0
          ? recordedRequests(board.id, board.viewToken, random)
          : recordedRequests(grounds.id, grounds.ownerKey, random),
      );
      const answer = await exchangeBytes(server.port, request);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "none";
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === "500")
        throw new Error(`500 for ${JSON.stringify(Buffer.from(request).toString("latin1"))}`);
    };

    let frames = 0;
    let requests = 0;
    let nextCheck = framesPerCheck;
    while (frames < options.frames) {
      await Promise.all(Array.from({ length: socketsAtOnce }, sendFrames));
      frames += socketsAtOnce * framesPerSocket;
      for (; requests < frames / framesPerRequest; requests++) await sendRequest();
      if (!server.isRunning)
        throw new Error(`The server has ended:\n${server.output.slice(-4_000)}`);
      if (frames < nextCheck) continue;
      nextCheck += framesPerCheck;
      for (const pair of pairs) await pair.exchange();
      grounds = await server.createBoard("Grounds", creationKey);
      ids.push(grounds.id);
    }

    for (const pair of pairs) await pair.exchange();
    if (server.output.includes('"level":60'))
      throw new Error("The server has logged something fatal");
    const heapAfter = await settledHeap(server, heapBefore + growthBytes);
    for (const { one, other } of pairs) await Promise.all([one.close(), other.close()]);
    if ((await server.stop()) !== 0) throw new Error("The server did not stop cleanly");
    await compareStore(dataDir, ids, pairs);
    const exchanges = pairs.reduce((sum, pair) => sum + pair.exchanges, 0);
    return { frames, requests, exchanges, closes, statuses, heapBefore, heapAfter };
  } finally {
    await server.kill();
    await removeFolder(dataDir);
  }
}

async function settledHeap(server: ServerProcess, most: number): Promise<number> {
  const endMs = performance.now() + settleMs;
  for (;;) {
    const heap = await server.metric("nodejs_heap_size_used_bytes");
    const sockets = await server.metric("boardwalk_sockets");
    if (heap < most && sockets === 4) return heap;
    if (performance.now() > endMs)
      throw new Error(`Not let go of: ${heap} bytes, ${sockets} sockets`);
    await patience(200);
  }
}

async function compareStore(
  dataDir: string,
  ids: readonly string[],
  pairs: readonly [HonestPair, HonestPair],
): Promise<void> {
  const quiet = { info() {}, warn() {}, error() {} };
  const store = await openStore({ dataDir, databaseUrl: null, logger: quiet });
  try {
    const names = [];
    for await (const name of store.updates.names()) names.push(name);
    expectSame("the documents", names.toSorted(), ids.toSorted());
    const assets = [];
    for await (const { sha256 } of store.assets.entries()) assets.push(sha256);
    expectSame("the files", assets, []);
    for (const [index, pair] of pairs.entries()) {
      const stored = await store.updates.load(ids[index] ?? "");
      const document = new Y.Doc();
      if (stored?.snapshot) Y.applyUpdate(document, stored.snapshot);
      for (const update of stored?.updates ?? []) Y.applyUpdate(document, update);
      for (const honest of [pair.one.document, pair.other.document]) {
        expectSame(
          "the records",
          document.getMap("records").toJSON(),
          honest.getMap("records").toJSON(),
        );
        expectSame(
          "the state vectors",
          [...Y.encodeStateVector(document)],
          [...Y.encodeStateVector(honest)],
        );
      }
    }
    const records = pairs[0].one.document.getMap("records").toJSON();
    const strange = Object.keys(records).filter((key) => key.startsWith("shape:"));
    expectSame("what is on the board that nobody else may change", strange, []);
  } finally {
    await store.close();
  }
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(sorted(found)), JSON.stringify(sorted(expected))];
  if (one !== other)
    throw new Error(`Not as expected: ${what}\n${one.slice(0, 2_000)}\n${other.slice(0, 2_000)}`);
}

/** Objects with their keys in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The beginning of what comes back; the sender says no more, and waits only so long. */
async function exchangeBytes(port: number, request: Uint8Array): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    if (answer.length < 100) answer += chunk.toString("latin1");
  });
  const over = Promise.race([once(socket, "close"), once(socket, "data")]);
  socket.write(request);
  await Promise.race([over, patience(200)]);
  // Half of a request is waited for by the server; the end of the stream tells that it is all. It
  // also ends requests that are being answered, so that it comes late.
  socket.end();
  await Promise.race([over, patience(1_000)]);
  socket.destroy();
  return answer;
}

function patience(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
