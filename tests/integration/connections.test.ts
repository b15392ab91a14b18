import { closeCode } from "@boardwalk/board-model";
import { describe, expect, it, type TestContext } from "vitest";
import type * as Y from "yjs";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import { SlowLink } from "./slow-link.ts";

const megabyte = 1024 * 1024;

/** A server for one test, beside those of the others: they wait at the same time. */
class OwnServer {
  process: ServerProcess;
  readonly #dataDir: string;
  readonly #context: TestContext;

  private constructor(process: ServerProcess, dataDir: string, context: TestContext) {
    this.process = process;
    this.#dataDir = dataDir;
    this.#context = context;
  }

  static async open(context: TestContext): Promise<OwnServer> {
    const dataDir = await temporaryFolder();
    const own = new OwnServer(await ServerProcess.start({ dataDir }), dataDir, context);
    context.onTestFinished(async () => {
      await own.process.kill();
      await removeFolder(dataDir);
    });
    return own;
  }

  /** On the same folder, at another address. */
  async start(): Promise<void> {
    this.process = await ServerProcess.start({ dataDir: this.#dataDir });
  }

  async join(link: Link, url = this.process.url): Promise<RawClient> {
    return this.keep(await RawClient.join(url, link));
  }

  /** Ends a client with the test. */
  keep(client: RawClient): RawClient {
    this.#context.onTestFinished(() => client.terminate());
    return client;
  }
}

function put(key: string, value: unknown = 1): (document: Y.Doc) => void {
  return (document) => document.getMap("records").set(key, value);
}

describe.concurrent("a connection", () => {
  it("that falls silent is found dead, and one on a slow link is not", async (context) => {
    const own = await OwnServer.open(context);
    // Long enough that what it takes is far more than the silence that ends a connection.
    const bytesPerSecond = 200_000;
    const largeBytes = 3_900_000;
    const [board, large, offline] = await Promise.all([
      own.process.createBoard(),
      own.process.createBoard(),
      own.process.createBoard(),
    ]);
    const filler = await own.join(editLink(large));
    filler.change(put("large", "x".repeat(largeBytes)));
    expect(await filler.answered(1)).toBe(true);
    const slowLink = await SlowLink.open(own.process.url, bytesPerSecond);
    context.onTestFinished(() => slowLink.close());

    const dead = async () => {
      const watcher = await own.join(viewLink(board));
      const silent = await own.join(viewLink(board));
      const { clientID } = silent.document;
      silent.present({ name: "Ann" });
      await watcher.until(() => watcher.presence.has(clientID));
      const startMs = performance.now();
      silent.pause();
      await watcher.until(() => !watcher.presence.has(clientID));
      expect(performance.now() - startMs).toBeGreaterThan(5_000);
      expect(watcher.isOpen).toBe(true);
      silent.resume();
      expect((await silent.closed).code).toBe(1006);
    };
    const download = async () => {
      const reader = own.keep(await RawClient.connect(slowLink.url, large.id));
      reader.authenticate(large.viewToken);
      reader.sendStep1();
      await reader.until(() => reader.document.getMap("records").has("large"));
      // The end of a connection that was given up could come behind all of that.
      const asked = reader.timesAsked;
      reader.sendStep1();
      await reader.until(() => reader.timesAsked > asked);
    };
    const upload = async () => {
      const watcher = await own.join(viewLink(offline));
      const writer = await own.join(editLink(offline), slowLink.url);
      writer.change(put("offline", "x".repeat(largeBytes)));
      await watcher.until(() => watcher.document.getMap("records").has("offline"));
      expect(writer.isOpen).toBe(true);
    };
    await Promise.all([dead(), download(), upload()]);
  });

  it("that is cut off takes its person with it at once", async (context) => {
    const own = await OwnServer.open(context);
    const board = await own.process.createBoard();
    const watcher = await own.join(viewLink(board));
    const ann = await own.join(editLink(board));
    ann.present({ name: "Ann" });
    await watcher.until(() => watcher.presence.has(ann.document.clientID));
    ann.tcp.resetAndDestroy();
    await watcher.until(() => !watcher.presence.has(ann.document.clientID));
    // Not because she fell silent.
    expect(await own.process.metric("boardwalk_sockets_closed_total")).toBe(0);
    expect(watcher.isOpen).toBe(true);
  });

  it("is told to come back when the server stops, with all that it sent answered", async (context) => {
    const own = await OwnServer.open(context);
    const board = await own.process.createBoard();
    const writers = await Promise.all(
      Array.from({ length: 4 }, async () => own.join(editLink(board))),
    );
    for (const [index, writer] of writers.entries()) {
      for (let count = 0; count < 200; count++) writer.change(put(`${index}-${count}`));
    }
    await Promise.all(writers.map(async (writer) => writer.answered(1)));
    const exitCode = own.process.stop();
    for (const writer of writers) {
      expect(await writer.closed).toEqual({ code: closeCode.restart, reason: "RESTART" });
    }
    expect(await exitCode).toBe(0);
    expect(own.process.output).not.toContain("in time");

    await own.start();
    const reader = await own.join(viewLink(board));
    const kept = [...reader.document.getMap("records").keys()];
    for (const [index, writer] of writers.entries()) {
      const keptOfWriter = kept.filter((key) => key.startsWith(`${index}-`));
      // What was taken in was answered, and what was answered is kept: the same changes.
      expect(writer.answers.every(Boolean)).toBe(true);
      expect(keptOfWriter.length).toBe(writer.answers.length);
      expect(writer.answers.length).toBeGreaterThan(0);
    }
  });

  it("that does not read cannot hold up a shutdown", async (context) => {
    const own = await OwnServer.open(context);
    const board = await own.process.createBoard();
    const stalled = await own.join(viewLink(board));
    const writer = await own.join(editLink(board));
    stalled.pause();
    for (let count = 0; count < 10; count++) {
      writer.change(put("large", "x".repeat(megabyte)));
      await writer.answered(count + 1);
    }
    const exitCode = own.process.stop();
    expect((await writer.closed).code).toBe(closeCode.restart);
    expect(await exitCode).toBe(0);
    stalled.terminate();

    await own.start();
    const reader = await own.join(viewLink(board));
    expect(reader.document.getMap("records").has("large")).toBe(true);
  });
});
