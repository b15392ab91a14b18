import {
  closeCode,
  encodeAwareness,
  encodeFrame,
  encodePlainFrame,
  frameType,
  limits,
  type AwarenessEntry,
  type Message,
} from "@boardwalk/board-model";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const garbageRuns = 150;
const framesPerRun = 20;
/** Bytes that the process may have grown by when all is over; a leak of what was sent is far more. */
const growthBytes = 150 * 1024 * 1024;

let dataDir = "";
let server: ServerProcess;
let board: Awaited<ReturnType<ServerProcess["createBoard"]>>;
/** Two who do nothing wrong, all the while. */
let ann: RawClient;
let bob: RawClient;
let exchanges = 0;

beforeAll(async () => {
  console.log(`SEED=${seed}`);
  dataDir = await temporaryFolder();
  server = await ServerProcess.start({ dataDir });
  board = await server.createBoard();
  ann = await RawClient.join(server.url, editLink(board));
  bob = await RawClient.join(server.url, editLink(board));
});

afterAll(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

/** The honest pair still draws together, is acknowledged, and sees each other. */
async function expectHonestPairWell(): Promise<void> {
  exchanges++;
  const key = `exchange-${exchanges}`;
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const answersDue = one.answers.length + 1;
    one.change((document) => document.getMap("records").set(key, document.clientID));
    one.present({ exchange: exchanges });
    expect(await one.answered(answersDue)).toBe(true);
    const { clientID } = one.document;
    await other.until(() => other.document.getMap("records").get(key) === clientID);
    await other.until(
      () => JSON.stringify(other.presenceOf(clientID)) === `{"exchange":${exchanges}}`,
    );
  }
  expect(server.isRunning).toBe(true);
}

async function connect(): Promise<RawClient> {
  return endWithTest(await RawClient.connect(server.url, board.id));
}

async function join(link: Link): Promise<RawClient> {
  return endWithTest(await RawClient.join(server.url, link));
}

function endWithTest(client: RawClient): RawClient {
  onTestFinished(() => client.terminate());
  return client;
}

const overLimit = (reason: string) => ({ code: closeCode.overLimit, reason });
const badFrame = { code: closeCode.badFrame, reason: "BAD_FRAME" };

const update = (() => {
  const document = new Y.Doc();
  document.getMap("records").set("honest-looking", "value");
  return Y.encodeStateAsUpdate(document);
})();

function realMessages(): Message[] {
  const presence = encodeAwareness([{ clientId: 7, clock: 1, state: '{"name":"Eve"}' }]);
  return [
    { type: "sync", sync: { kind: "step1", payload: Uint8Array.of(0) } },
    { type: "sync", sync: { kind: "step2", payload: update } },
    { type: "sync", sync: { kind: "update", payload: update } },
    { type: "awareness", update: presence },
    { type: "queryAwareness" },
    { type: "stateless", payload: "hello" },
    { type: "syncStatus", durable: true },
    { type: "auth", auth: { kind: "token", token: board.editToken } },
    { type: "auth", auth: { kind: "authenticated", readOnly: false } },
    { type: "auth", auth: { kind: "denied", reason: "no" } },
  ];
}

describe("an open board", () => {
  beforeEach(() => {
    onTestFinished(expectHonestPairWell);
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["a text frame", "hello"],
    ["an unfinished number", Uint8Array.of(0xff)],
    ["a number beyond all numbers", new Uint8Array(40).fill(0xff)],
    ["an address longer than the frame", Uint8Array.of(200, 1, 65, 66)],
    ["an address that is not UTF-8", Uint8Array.of(3, 0xff, 0xfe, 0xfd, 0)],
    ["an address of 4 GB", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 65)],
  ])("ends a connection that sends %s", async (_name, frame) => {
    const client = await join(editLink(board));
    client.sendFrame(frame);
    expect(await client.closed).toEqual(badFrame);
  });

  it.each([
    ["no body", [frameType.sync]],
    ["an unknown kind of sync", [frameType.sync, 9, 0]],
    ["sync with a payload of 4 GB", [frameType.sync, 2, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["step 1 that is no state vector", [frameType.sync, 0, 3, 0xff, 0xff, 0xff]],
    ["step 1 with more clients than bytes", [frameType.sync, 0, 2, 0xff, 0x7f]],
    ["presence without a body", [frameType.awareness]],
    ["presence of a million people in 3 bytes", [frameType.awareness, 3, 0xff, 0xff, 0x3f]],
    ["an unknown kind of auth", [frameType.auth, 9]],
    ["a token that is not text", [frameType.auth, 0, 2, 0xff, 0xff]],
  ])("ends a connection whose message is %s", async (_name, body) => {
    for (const kind of ["hocuspocus", "plain"] as const) {
      const client =
        kind === "plain"
          ? endWithTest(await RawClient.joinPlain(server.url, editLink(board)))
          : await join(editLink(board));
      const address = encodeFrame(board.id, { type: "queryAwareness" }).slice(0, -1);
      client.sendFrame(Uint8Array.from(kind === "plain" ? body : [...address, ...body]));
      expect(await client.closed).toEqual(badFrame);
    }
  });

  it("takes no notice of messages that are not for it", async () => {
    const client = await join(editLink(board));
    for (const code of [4, 6, 11, 99, 2 ** 31]) client.send({ type: "unknown", code });
    client.send({ type: "stateless", payload: "x".repeat(100_000) });
    client.send({ type: "syncStatus", durable: true });
    client.send({ type: "auth", auth: { kind: "authenticated", readOnly: false } });
    client.sendFrame(Uint8Array.of(frameType.ping));
    client.sendFrame(Uint8Array.of(frameType.pong));
    client.change((document) => document.getMap("records").set("still here", 1));
    expect(await client.answered(1)).toBe(true);
    const passedOn = ann.heard.filter(
      (message) => message.type === "stateless" && message.payload.startsWith("xxx"),
    );
    expect(passedOn).toEqual([]);
  });

  it("ends a connection that sends more than a frame may hold", async () => {
    const client = await join(editLink(board));
    client.sendUpdate(new Uint8Array(limits.frameBytes + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it.each<[string, AwarenessEntry[], object?]>([
    ["that is not JSON", [{ clientId: 1, clock: 1, state: "{" }]],
    ["that is empty", [{ clientId: 1, clock: 1, state: "" }]],
    ["that is a number", [{ clientId: 1, clock: 1, state: "7" }]],
    ["that is text", [{ clientId: 1, clock: 1, state: '"Eve"' }]],
    [
      "that is too large",
      [{ clientId: 1, clock: 1, state: JSON.stringify({ name: "é".repeat(10_000) }) }],
      overLimit("PRESENCE_BYTES"),
    ],
    [
      "of too many",
      Array.from({ length: 5 }, (_, clientId) => ({ clientId, clock: 1, state: "{}" })),
      overLimit("PRESENCE_CLIENTS"),
    ],
    [
      "of a crowd",
      Array.from({ length: 5_000 }, (_, clientId) => ({ clientId, clock: 1, state: "{}" })),
    ],
  ])(
    "ends a connection with presence %s, and shows none of it",
    async (_name, entries, end = badFrame) => {
      const client = await join(viewLink(board));
      client.sendPresence(entries);
      expect(await client.closed).toEqual(end);
      await expectHonestPairWell();
      for (const { clientId } of entries) expect(ann.presence.has(clientId)).toBe(false);
    },
  );

  it("bears presence of any shape that is JSON", async () => {
    const client = await join(viewLink(board));
    const states = [
      "[]",
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{}}}',
      `${"[".repeat(4_000)}${"]".repeat(4_000)}`,
    ];
    for (const [index, state] of states.entries()) {
      client.sendPresence([{ clientId: 2 ** 40, clock: index + 1, state }]);
      await ann.until(() => ann.presence.get(2 ** 40)?.state === state);
    }
    client.terminate();
    await ann.until(() => !ann.presence.has(2 ** 40));
    expect(ann.isOpen).toBe(true);
  });

  it("closes and opens again for a client that asks so", async () => {
    const client = await join(editLink(board));
    client.present({ name: "Eve" });
    await ann.until(() => ann.presence.has(client.document.clientID));
    for (let round = 0; round < 5; round++) {
      client.send({ type: "close", reason: "" });
      client.authenticate(board.editToken);
      client.sendStep1();
    }
    await ann.until(() => !ann.presence.has(client.document.clientID));
    client.change((document) => document.getMap("records").set("reopened", 1));
    expect(await client.answered(1)).toBe(true);
    await ann.until(() => ann.document.getMap("records").has("reopened"));
  });

  it("keeps no part of updates that build on nothing", async () => {
    const client = await join(editLink(board));
    const rounds = 30;
    for (let round = 0; round < rounds; round++) {
      const document = new Y.Doc();
      document.getMap("records").set("base", 1);
      const before = Y.encodeStateVector(document);
      document.getMap("records").set("orphan", "x".repeat(300_000));
      client.sendUpdate(Y.encodeStateAsUpdate(document, before));
    }
    await client.answered(rounds);
    expect(client.answers.every((answer) => !answer)).toBe(true);
    const reader = await join(viewLink(board));
    expect(reader.document.store.pendingStructs).toBeNull();
    expect(reader.receivedBytes).toBeLessThan(300_000);
  });

  it.each<[string, number[]]>([
    ["adds what has no length", [1, 1, 5, 0, 1, 1, 1, 114, 0, 0]],
    ["adds something, and then what has no length", [1, 2, 5, 0, 0, 1, 4, 1, 1, 114, 0, 0]],
    ["is cut short", [...update.subarray(0, -4)]],
    ["builds on what it only brings later", [1, 1, 5, 0, 0x84, 5, 9, 1, 97, 0]],
    ["is longer than all numbers", [1, 1, 5, 1, 0, 255, 255, 255, 255, 255, 255, 255, 15, 0]],
    ["deletes nothing", [0, 1, 5, 1, 0, 0]],
  ])("refuses an update that %s, and goes on saving what others do", async (_name, bytes) => {
    const client = await join(editLink(board));
    client.sendUpdate(Uint8Array.from(bytes));
    expect(await client.answered(1)).toBe(false);
    await expectHonestPairWell();
    expect(client.isOpen).toBe(true);
    const key = "of the one who sent it";
    client.change((document) => document.getMap("records").set(key, exchanges));
    expect(await client.answered(2)).toBe(true);
    await ann.until(() => ann.document.getMap("records").get(key) === exchanges);
  });

  it(`stays well under ${garbageRuns * framesPerRun} random frames`, async () => {
    const real = realMessages().flatMap((message) => [encodeFrame(board.id, message)]);
    const plain = realMessages().flatMap((message) => [encodePlainFrame(message)]);
    const anyBytes = fc.uint8Array({ maxLength: 200 });
    const mangled = (frames: readonly Uint8Array[]) =>
      fc
        .tuple(fc.constantFrom(...frames), fc.nat(), fc.nat(), fc.nat(255), fc.boolean())
        .map(([frame, cut, place, value, isCut]) => {
          const copy = Uint8Array.from(frame);
          if (isCut) return copy.subarray(0, cut % (frame.length + 1));
          copy[place % frame.length] = value;
          return copy;
        });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("edit", "view", "plain", "stranger"),
        fc.array(fc.oneof(anyBytes, mangled(real), mangled(plain)), {
          minLength: framesPerRun,
          maxLength: framesPerRun,
        }),
        async (role, frames) => {
          const link = role === "view" ? viewLink(board) : editLink(board);
          const client =
            role === "stranger"
              ? await RawClient.connect(server.url, board.id)
              : role === "plain"
                ? await RawClient.connectPlain(server.url, link)
                : await RawClient.connect(server.url, board.id);
          if (role === "edit" || role === "view") client.authenticate(link.token);
          for (const frame of frames) client.sendFrame(frame);
          // Strangers are let go by the server in time; this is about what the frames do.
          const over = await Promise.race([
            client.closed.then(({ code }) => code),
            ann.closed.then(() => "the honest were cut off"),
            server.status("/health"),
          ]);
          client.terminate();
          expect([200, 1000, 1005, 4000, 4002, 4005, 4401]).toContain(over);
        },
      ),
      { seed, numRuns: garbageRuns },
    );
  });
});

describe("a socket that has not opened a board", () => {
  beforeEach(() => {
    onTestFinished(expectHonestPairWell);
  });

  it("may send what waits for the board, and no more", async () => {
    const client = await connect();
    for (let count = 0; count < 1_001; count++) client.sendUpdate(update);
    expect(await client.closed).toEqual(overLimit("HELD_BEFORE_OPEN"));
  });

  it("may not fill the memory with few large frames", async () => {
    const client = await connect();
    for (let count = 0; count < 3; count++) client.sendUpdate(new Uint8Array(512 * 1024));
    expect(await client.closed).toEqual(overLimit("HELD_BEFORE_OPEN"));
  });

  it("may not wait for many boards", async () => {
    const client = await connect();
    for (let count = 0; count < 17; count++) {
      client.sendFrame(encodeFrame(`board-${count}`, { type: "queryAwareness" }));
    }
    expect(await client.closed).toEqual(overLimit("HELD_BEFORE_OPEN"));
  });

  it("may not try many tokens", async () => {
    const client = await connect();
    for (let count = 0; count < 33; count++) client.authenticate(`token-${count}`);
    expect((await client.closed).code).toBe(closeCode.tooManyAttempts);
    expect(client.heard.length).toBeLessThanOrEqual(32);
  });

  it.each(["at once", "one by one"])("may not open many boards %s", async (pace) => {
    const client = await connect();
    for (let count = 0; count < 17; count++) {
      const address = `${board.id}\0session-${count}`;
      client.sendFrame(
        encodeFrame(address, { type: "auth", auth: { kind: "token", token: board.viewToken } }),
      );
      if (pace === "one by one" && count < 16) {
        await client.until(() => client.heard.length > 0 && countAuthenticated(client) > count);
      }
    }
    expect((await client.closed).code).toBe(closeCode.tooManyBoards);
  });

  it("is closed, not half open, when what it sent ahead is bad", async () => {
    const client = await connect();
    client.authenticate(board.editToken);
    client.send({ type: "awareness", update: Uint8Array.of(1, 1, 1, 3, 255, 255, 255) });
    client.sendUpdate(update);
    expect(await client.closed).toEqual(badFrame);
    expect(client.heard.some((message) => isDenial(message))).toBe(false);
  });

  it("may say what it likes after it was closed, to nobody", async () => {
    const client = await connect();
    client.authenticate(board.editToken);
    client.sendStep1();
    await client.synced();
    client.sendFrame("text");
    const late = client.draft((document) => document.getMap("records").set("too late", 1));
    client.sendUpdate(late);
    await client.closed;
    await expectHonestPairWell();
    expect(ann.document.getMap("records").has("too late")).toBe(false);
  });
});

function isDenial(message: Message): boolean {
  return message.type === "auth" && message.auth.kind === "denied";
}

function countAuthenticated(client: RawClient): number {
  return client.heard.filter(
    (message) => message.type === "auth" && message.auth.kind === "authenticated",
  ).length;
}

describe("after all of this", () => {
  it("the server has let go of everyone else and of what they sent", async () => {
    await expectHonestPairWell();
    await expect.poll(() => server.metric("boardwalk_sockets")).toBe(2);
    expect(await server.metric("boardwalk_boards_open")).toBe(1);
    expect(await server.metric("nodejs_heap_size_used_bytes")).toBeLessThan(growthBytes);
    expect(ann.isOpen).toBe(true);
    expect(bob.isOpen).toBe(true);
    const [one, other] = [ann, bob].map(({ document }) => Y.encodeStateVector(document));
    expect(one).toEqual(other);
    expect(server.output).not.toContain('"level":50');

    await Promise.all([ann.close(), bob.close()]);
    await expect.poll(() => server.metric("boardwalk_boards_open")).toBe(0);
    // Opened again, from what is on the disk.
    const reader = await join(viewLink(board));
    const records = reader.document.getMap("records").toJSON();
    expect(records).toEqual(ann.document.getMap("records").toJSON());
  });
});
