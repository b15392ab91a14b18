import type { HocuspocusProvider } from "@hocuspocus/provider";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Y from "yjs";
import { editLink, RawClient, viewLink } from "./raw-client.ts";
import { Random } from "./random.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import { hocuspocusSynced, openHocuspocus, openPlain } from "./stock-clients.ts";

const rounds = 20;
/** The kill comes after so many answers to one client at most, and so many turns of the loop. */
const mostAnswers = 60;
const mostTurns = 100;
const burst = 5;
/** Fewer acknowledged changes than this in total, and the test would say nothing. */
const leastAcknowledged = 800;

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const random = new Random(seed);

type Writer = {
  /** Keys of the changes that the server said are durable. */
  readonly acknowledged: string[];
  written: number;
  stop(): void;
};

type Page = { document: Y.Doc; key: string };

function draw({ document, key }: Page): void {
  document.getMap("records").set(key, "x".repeat(random.below(400)));
}

/** One change at a time: the next goes out when the last is acknowledged. */
function writeOneByOne(client: RawClient, prefix: string): Writer {
  return writeInBursts(client, prefix, 1);
}

function writeInBursts(client: RawClient, prefix: string, size: number): Writer {
  let isStopped = false;
  const writer: Writer = {
    acknowledged: [],
    written: 0,
    stop: () => {
      isStopped = true;
    },
  };
  const unanswered: string[] = [];
  const run = async () => {
    while (!isStopped) {
      for (let index = 0; index < size; index++) {
        const key = `${prefix}-${writer.written++}`;
        unanswered.push(key);
        client.change((document) => draw({ document, key }));
      }
      const answersDue = writer.written;
      // Answers come in the order of the changes, so each answer names the oldest.
      await client.until(() => {
        while (writer.acknowledged.length < client.answers.length) {
          const key = unanswered.shift();
          if (key === undefined) throw new Error("An answer to nothing");
          if (client.answers[writer.acknowledged.length] !== true) throw new Error("Refused");
          writer.acknowledged.push(key);
        }
        return client.answers.length >= answersDue;
      });
    }
  };
  run().catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.includes("closed")) throw error;
  });
  return writer;
}

function writeOften(document: Y.Doc, prefix: string, onWritten: (key: string) => void): Writer {
  const writer: Writer = { acknowledged: [], written: 0, stop: () => clearInterval(timer) };
  const timer = setInterval(() => {
    const key = `${prefix}-${writer.written++}`;
    onWritten(key);
    draw({ document, key });
  }, 4);
  return writer;
}

/** A stock provider says how many changes wait for an answer; at none, all so far are durable. */
async function writeWithHocuspocus(provider: HocuspocusProvider, prefix: string): Promise<Writer> {
  await hocuspocusSynced(provider);
  const waiting: string[] = [];
  const writer = writeOften(provider.document, prefix, (key) => waiting.push(key));
  provider.on("unsyncedChanges", ({ number }: { number: number }) => {
    if (provider.isSynced) writer.acknowledged.push(...waiting.splice(0, waiting.length - number));
  });
  return writer;
}

describe("a server that is killed", () => {
  let dataDir = "";
  beforeAll(async () => {
    dataDir = await temporaryFolder();
  });
  afterAll(async () => removeFolder(dataDir));

  it(`has every acknowledged change after each of ${rounds} kills (SEED=${seed})`, async () => {
    console.log(`SEED=${seed}`);
    let server = await ServerProcess.start({ dataDir });
    try {
      const board = await server.createBoard();
      const acknowledged: string[] = [];
      let roundsDue = 0;
      let roundsWithAnswers = 0;
      let stockAcknowledged = 0;

      for (let round = 0; round < rounds; round++) {
        const { url } = server;
        const first = await RawClient.join(url, editLink(board));
        const second = await RawClient.join(url, editLink(board));
        const hocuspocus = openHocuspocus(url, editLink(board));
        const plain = openPlain(url, editLink(board));
        const stock = await writeWithHocuspocus(hocuspocus, `r${round}-hocuspocus`);
        const writers = [
          writeOneByOne(first, `r${round}-single`),
          writeInBursts(second, `r${round}-burst`, burst),
          stock,
          writeOften(plain.doc, `r${round}-plain`, () => undefined),
        ];

        const answersDue = random.below(mostAnswers);
        if (answersDue > 0) roundsDue++;
        await first.answered(answersDue);
        // Off the beat of commit and answer.
        for (let turn = random.below(mostTurns); turn > 0; turn--) await nextTurn();
        await server.kill();
        await Promise.all([first.closed, second.closed]);
        for (const writer of writers) writer.stop();
        hocuspocus.destroy();
        plain.destroy();

        const inRound = writers.flatMap((writer) => writer.acknowledged);
        if (inRound.length > 0) roundsWithAnswers++;
        stockAcknowledged += stock.acknowledged.length;
        acknowledged.push(...inRound);

        // Read before any writer is back: a writer would bring again what it has in memory.
        server = await ServerProcess.start({ dataDir });
        const reader = await RawClient.join(server.url, viewLink(board));
        const records = reader.document.getMap("records");
        const missing = acknowledged.filter((key) => !records.has(key));
        expect(missing, `after kill ${round + 1}`).toEqual([]);
        expect(reader.document.store.pendingStructs).toBeNull();
        await reader.close();
      }

      console.log(`${acknowledged.length} acknowledged, ${stockAcknowledged} of them to stock`);
      expect(roundsDue).toBeGreaterThan(rounds / 2);
      expect(roundsWithAnswers).toBeGreaterThanOrEqual(roundsDue);
      expect(stockAcknowledged).toBeGreaterThan(0);
      expect(acknowledged.length).toBeGreaterThan(leastAcknowledged);
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
    } finally {
      await server.kill();
    }
  });
});
