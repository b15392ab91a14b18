import { closeCode } from "@boardwalk/board-model";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import * as Y from "yjs";
import { Random } from "./random.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import { SlowLink } from "./slow-link.ts";

const megabyte = 1024 * 1024;
/** What main.ts gives a shutdown, and some time for a busy machine. */
const shutdownMs = 12_000;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

let dataDir = "";
let server: ServerProcess;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await ServerProcess.start({ dataDir });
});

afterAll(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

function endWithTest(client: RawClient): RawClient {
  onTestFinished(() => client.terminate());
  return client;
}

async function join(link: Link, url = server.url): Promise<RawClient> {
  return endWithTest(await RawClient.join(url, link));
}

function put(key: string, value: unknown = 1): (document: Y.Doc) => void {
  return (document) => document.getMap("records").set(key, value);
}

async function restart(): Promise<void> {
  expect(await server.stop()).toBe(0);
  server = await ServerProcess.start({ dataDir });
}

describe("a connection", () => {
  it(
    "that falls silent is found dead, and one on a slow link is not",
    { timeout: 90_000 },
    async () => {
      // Long enough that what it takes is far more than the silence that ends a connection.
      const bytesPerSecond = 200_000;
      const largeBytes = 3_900_000;
      const [board, large, offline] = await Promise.all([
        server.createBoard(),
        server.createBoard(),
        server.createBoard(),
      ]);
      const filler = await join(editLink(large));
      filler.change(put("large", "x".repeat(largeBytes)));
      expect(await filler.answered(1)).toBe(true);
      const slowLink = await SlowLink.open(server.url, bytesPerSecond);
      onTestFinished(() => slowLink.close());

      const dead = async () => {
        const watcher = await join(viewLink(board));
        const silent = await join(viewLink(board));
        const { clientID } = silent.document;
        silent.present({ name: "Ann" });
        await watcher.until(() => watcher.presence.has(clientID));
        const startMs = performance.now();
        silent.pause();
        await watcher.until(() => !watcher.presence.has(clientID), 40_000);
        expect(performance.now() - startMs).toBeGreaterThan(5_000);
        expect(watcher.isOpen).toBe(true);
        silent.resume();
        expect((await silent.closed).code).toBe(1006);
      };
      const download = async () => {
        const reader = endWithTest(await RawClient.connect(slowLink.url, large.id));
        reader.authenticate(large.viewToken);
        reader.sendStep1();
        await reader.until(() => reader.document.getMap("records").has("large"), 60_000);
        // The end of a connection that was given up could come behind all of that.
        const asked = reader.timesAsked;
        reader.sendStep1();
        await reader.until(() => reader.timesAsked > asked);
      };
      const upload = async () => {
        const watcher = await join(viewLink(offline));
        const writer = await join(editLink(offline), slowLink.url);
        writer.change(put("offline", "x".repeat(largeBytes)));
        await watcher.until(() => watcher.document.getMap("records").has("offline"), 60_000);
        expect(writer.isOpen).toBe(true);
      };
      await Promise.all([dead(), download(), upload()]);
    },
  );

  it("that is cut off takes its person with it at once", async () => {
    const board = await server.createBoard();
    const watcher = await join(viewLink(board));
    const ann = await join(editLink(board));
    ann.present({ name: "Ann" });
    await watcher.until(() => watcher.presence.has(ann.document.clientID));
    ann.tcp.resetAndDestroy();
    await watcher.until(() => !watcher.presence.has(ann.document.clientID), 2_000);
    expect(watcher.isOpen).toBe(true);
  });

  it("is told to come back when the server stops, with all that it sent answered", async () => {
    const board = await server.createBoard();
    const writers = await Promise.all(Array.from({ length: 4 }, async () => join(editLink(board))));
    for (const [index, writer] of writers.entries()) {
      for (let count = 0; count < 200; count++) writer.change(put(`${index}-${count}`));
    }
    await Promise.all(writers.map(async (writer) => writer.answered(1)));
    const startMs = performance.now();
    const exitCode = server.stop();
    for (const writer of writers) {
      expect(await writer.closed).toEqual({ code: closeCode.restart, reason: "RESTART" });
    }
    expect(await exitCode).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(shutdownMs);

    server = await ServerProcess.start({ dataDir });
    const reader = await join(viewLink(board));
    const kept = [...reader.document.getMap("records").keys()];
    for (const [index, writer] of writers.entries()) {
      const keptOfWriter = kept.filter((key) => key.startsWith(`${index}-`));
      // What was taken in was answered, and what was answered is kept: the same changes.
      expect(writer.answers.every(Boolean)).toBe(true);
      expect(keptOfWriter.length).toBe(writer.answers.length);
      expect(writer.answers.length).toBeGreaterThan(0);
    }
  });

  it("that does not read cannot hold up a shutdown", async () => {
    const board = await server.createBoard();
    const stalled = await join(viewLink(board));
    const writer = await join(editLink(board));
    stalled.pause();
    for (let count = 0; count < 10; count++) {
      writer.change(put("large", "x".repeat(megabyte)));
      await writer.answered(count + 1);
    }
    const startMs = performance.now();
    const exitCode = server.stop();
    expect((await writer.closed).code).toBe(closeCode.restart);
    expect(await exitCode).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(shutdownMs);
    stalled.terminate();

    server = await ServerProcess.start({ dataDir });
    const reader = await join(viewLink(board));
    expect(reader.document.getMap("records").has("large")).toBe(true);
  });
});

describe("what the server holds for a reader", () => {
  it("is bounded, and its slowness is nobody else's", async () => {
    const board = await server.createBoard();
    const reader = await join(viewLink(board));
    const writer = await join(editLink(board));
    const changeBytes = 2 * megabyte;
    /** Sends so much to whoever is there; returns the most that the server held. */
    const write = async (changes: number): Promise<number> => {
      let most = 0;
      for (let count = 0; count < changes; count++) {
        const number = writer.answers.length + 1;
        writer.change(put("large", `${number}:${"x".repeat(changeBytes)}`));
        expect(await writer.answered(number)).toBe(true);
        await reader.until(() => {
          const large = reader.document.getMap("records").get("large");
          return typeof large === "string" && large.startsWith(`${number}:`);
        });
        most = Math.max(most, await server.metric("nodejs_external_memory_bytes"));
      }
      return most;
    };
    const usual = await write(10);
    const slow = await join(viewLink(board));
    slow.pause();
    // 120 MB, of which the server may hold one change, and what it takes to tell of the others.
    const withSlow = await write(60);
    expect(await server.metric("boardwalk_unread_bytes")).toBeLessThan(8 * megabyte);
    expect(withSlow - usual).toBeLessThan(60 * megabyte);
    expect(await server.metric("boardwalk_updates_postponed_total")).toBeGreaterThan(10);
    slow.resume();
    const last = reader.document.getMap("records").get("large");
    await slow.until(() => slow.document.getMap("records").get("large") === last);
    expect(slow.receivedBytes).toBeLessThan(40 * megabyte);
    // And from then on like everyone.
    writer.change(put("after", 1));
    await slow.until(() => slow.document.getMap("records").has("after"));
    expect(Y.encodeStateVector(slow.document)).toEqual(Y.encodeStateVector(reader.document));
  });

  it("ends the connection of one who asks for more than it reads", async () => {
    const board = await server.createBoard();
    const writer = await join(editLink(board));
    writer.change(put("large", "x".repeat(3 * megabyte)));
    expect(await writer.answered(1)).toBe(true);
    const slow = await join(viewLink(board));
    slow.pause();
    for (let asked = 0; asked < 20; asked++) {
      slow.sendSync({ kind: "step1", payload: Uint8Array.of(0) });
    }
    await vi.waitFor(
      async () => {
        expect(await server.metric("boardwalk_limit_refusals_total")).toBeGreaterThan(0);
        expect(await server.metric("boardwalk_unread_bytes")).toBe(0);
      },
      { timeout: 10_000 },
    );
    slow.resume();
    expect((await slow.closed).code).toBe(1006);
    writer.change(put("after", 1));
    expect(await writer.answered(2)).toBe(true);
  });

  it("is sent once to who comes first to a board that was not in memory", async () => {
    const board = await server.createBoard();
    const writer = await join(editLink(board));
    // Below the size at which Hocuspocus does not wait before it sends.
    const boardBytes = megabyte / 2;
    writer.change(put("large", "x".repeat(boardBytes)));
    expect(await writer.answered(1)).toBe(true);
    await restart();
    const first = await join(viewLink(board));
    const asked = first.timesAsked;
    first.sendStep1();
    await first.until(() => first.timesAsked > asked);
    expect(first.receivedBytes).toBeGreaterThan(boardBytes);
    expect(first.receivedBytes).toBeLessThan(boardBytes * 1.5);
  });

  it("lets a board through that is larger than that bound", async () => {
    const board = await server.createBoard();
    const writer = await join(editLink(board));
    const pieces = 20;
    for (let piece = 1; piece <= pieces; piece++) {
      writer.change(put(`piece-${piece}`, "x".repeat(megabyte)));
      expect(await writer.answered(piece)).toBe(true);
    }
    await restart();
    const first = await join(viewLink(board));
    expect(first.document.getMap("records").has(`piece-${pieces}`)).toBe(true);
    expect(first.receivedBytes).toBeGreaterThan(pieces * megabyte);
    expect(first.receivedBytes).toBeLessThan((pieces + 1) * megabyte);
    first.present({ name: "Ann" });
    const second = await join(viewLink(board));
    await second.until(() => second.presence.size === 1);
  });
});

describe("boards that people come to and leave", () => {
  it(`lose nothing and never split in two (SEED=${seed})`, async () => {
    console.log(`SEED=${seed}`);
    const random = new Random(seed);
    const board = await server.createBoard();
    const acknowledged: string[] = [];
    let closedUnderUs = 0;

    /** A board may be closed under whoever comes in that very moment: then they come again. */
    const comeIn = async (link: Link): Promise<RawClient> => {
      for (;;) {
        const client = await RawClient.connect(server.url, link.boardId);
        client.authenticate(link.token);
        client.sendStep1();
        const over = client.closed.then(({ code }) => code);
        const code = await Promise.race([
          client.synced().then(
            () => 0,
            () => over,
          ),
          over,
        ]);
        if (code === 0) return client;
        expect(code).toBe(closeCode.boardClosed);
        closedUnderUs++;
      }
    };
    const leave = (client: RawClient) => {
      const way = random.below(3);
      if (way === 0) client.terminate();
      else if (way === 1) client.send({ type: "close", reason: "" });
      else void client.close();
    };

    for (let round = 0; round < 120; round++) {
      const passerBy = await comeIn(editLink(board));
      const key = `round-${round}`;
      passerBy.change(put(`${key}-passer-by`));
      if (random.below(2) === 0) {
        expect(await passerBy.answered(1)).toBe(true);
        acknowledged.push(`${key}-passer-by`);
      }
      const reads = Array.from({ length: random.below(3) }, async () =>
        fetch(`${server.url}/api/boards/${board.id}`, {
          headers: { authorization: `Bearer ${board.viewToken}` },
        }),
      );
      leave(passerBy);
      const [one, other] = await Promise.all([comeIn(editLink(board)), comeIn(editLink(board))]);
      one.change(put(`${key}-one`));
      other.change(put(`${key}-other`));
      await one.until(() => one.document.getMap("records").has(`${key}-other`));
      await other.until(() => other.document.getMap("records").has(`${key}-one`));
      expect(await one.answered(1)).toBe(true);
      expect(await other.answered(1)).toBe(true);
      acknowledged.push(`${key}-one`, `${key}-other`);
      for (const response of await Promise.all(reads)) expect(response.status).toBe(200);
      const unseen = acknowledged.filter((seen) => !one.document.getMap("records").has(seen));
      expect(unseen).toEqual([]);
      leave(one);
      leave(other);
      // Now and then the board is gone from memory before the next round.
      if (round % 10 === 9) await emptied();
    }
    expect(acknowledged.length).toBeGreaterThan(240);
    expect(closedUnderUs).toBeLessThan(20);
    await emptied();
    await restart();
    const reader = await join(viewLink(board));
    const missing = acknowledged.filter((key) => !reader.document.getMap("records").has(key));
    expect(missing).toEqual([]);
  });

  it("are one board to two who come in while its name is read", async () => {
    const board = await server.createBoard();
    const readName = async () =>
      fetch(`${server.url}/api/boards/${board.id}`, {
        headers: { authorization: `Bearer ${board.viewToken}` },
      });
    for (let round = 0; round < 40; round++) {
      // Reading loads the board and lets go of it, just when the first comes in.
      const one = await RawClient.connect(server.url, board.id);
      const [response] = await Promise.all([
        readName(),
        (async () => {
          await readName();
          one.authenticate(board.editToken);
          one.sendStep1();
          await one.synced();
        })(),
      ]);
      expect(response.status).toBe(200);
      const other = await RawClient.join(server.url, editLink(board));
      const key = `round-${round}`;
      one.change(put(key));
      await other.until(() => other.document.getMap("records").has(key), 2_000);
      await Promise.all([one.close(), other.close()]);
    }
    await emptied();
  });

  it("leave the memory when they are empty", async () => {
    const boards = await Promise.all(Array.from({ length: 20 }, async () => server.createBoard()));
    const clients = await Promise.all(boards.map(async (board) => join(editLink(board))));
    expect(await server.metric("boardwalk_boards_open")).toBeGreaterThanOrEqual(20);
    for (const client of clients) client.change(put("last"));
    await Promise.all(clients.map(async (client) => client.close()));
    await emptied();
    for (const board of boards.slice(0, 3)) {
      expect((await join(viewLink(board))).document.getMap("records").has("last")).toBe(true);
    }
  });
});

async function emptied(): Promise<void> {
  await vi.waitFor(async () => expect(await server.metric("boardwalk_boards_open")).toBe(0), {
    timeout: 10_000,
    interval: 20,
  });
}
