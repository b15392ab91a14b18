import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import * as Y from "yjs";
import { randomFrom } from "../contract/test-random.ts";
import { openStore } from "../open-store.ts";
import { errnoOf, StoreError } from "../store-error.ts";
import { DOCUMENTS, TORTURE_LIMITS, type WriterLine, type WriterTask } from "./test-lines.ts";

// One life of a store under torture, in a process that is killed: random work on a few documents,
// each told before it is asked for and once it is acknowledged. See WriterLine.

const ROOM_POLL_MS = 1;

const task = JSON.parse(process.argv[2] ?? "") as WriterTask;
/** What process.stdout keeps for a reader that is behind would die with the process. */
function say(line: WriterLine): void {
  for (let rest = Buffer.from(`${JSON.stringify(line)}\n`); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (errnoOf(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ROOM_POLL_MS);
    }
  }
}
const logger = {
  info: () => {},
  warn: () => {},
  error: (_details: object, message: string) => say({ kind: "logged", message }),
};
const codeOf = (error: unknown): string =>
  error instanceof StoreError ? error.code : `not a StoreError: ${String(error)}`;

/** Numbers are never used twice in a round: each names one change. */
let lastNumber = task.firstNumber;

const store = await openStore({ ...task.home, logger, limits: TORTURE_LIMITS }).catch(
  (error: unknown) => {
    say({ kind: "not opened", code: codeOf(error) });
    throw error;
  },
);
say({ kind: "opened" });

/** Runs `work`; when it is refused, waits a little as any caller would. */
async function ask(id: number, work: () => Promise<unknown>): Promise<void> {
  try {
    const result = await work();
    say({ kind: "done", id, version: typeof result === "string" ? result : undefined });
  } catch (error) {
    say({ kind: "refused", id, code: codeOf(error) });
    await delay(20);
  }
}

/** A change that no other depends on, so that each can be missed by itself. */
function changeOf(number: number, padding: number): Uint8Array {
  const document = new Y.Doc();
  document.getMap("m").set(String(number), "x".repeat(padding));
  return Y.encodeStateAsUpdate(document);
}

async function writeDocument(name: string, random: () => number): Promise<void> {
  const below = (limit: number): number => Math.floor(random() * limit);
  const versions: string[] = [];
  for (;;) {
    const what = random();
    if (what < 0.8) {
      const commits = Array.from({ length: 1 + below(12) }, async () => {
        const number = ++lastNumber;
        const padding = random() < 0.03 ? 60_000 : below(300);
        say({ kind: "append", id: number, name });
        await ask(number, () =>
          store.commit([
            { type: "append", name, update: changeOf(number, padding) },
            { type: "put", key: `last/${name}`, value: Buffer.from(String(number)) },
          ]),
        );
      });
      await Promise.all(commits);
    } else if (what < 0.88) {
      const number = ++lastNumber;
      say({ kind: "version", id: number, name });
      await ask(number, async () => {
        const version = await store.versions.create(name, Buffer.from(String(number)));
        if (version !== null) versions.push(version.id);
        return version?.id;
      });
    } else if (what < 0.93) {
      const number = ++lastNumber;
      const id = versions.shift();
      if (id === undefined) continue;
      say({ kind: "delete version", id: number, name, version: id });
      await ask(number, () => store.versions.delete(name, [id]));
    } else if (what < 0.95) {
      const number = ++lastNumber;
      say({ kind: "delete", id: number, name });
      versions.length = 0;
      await ask(number, () => store.updates.delete(name));
    } else {
      const number = ++lastNumber;
      const content = Buffer.alloc(1 + below(200_000), `asset ${number}`);
      const sha256 = createHash("sha256").update(content).digest("hex");
      say({ kind: "asset", id: number, sha256 });
      await ask(number, () => store.assets.put(piecesOf(content), { maxBytes: content.length }));
    }
    await delay(below(4));
  }
}

async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000);
}

const random = randomFrom(task.seed);
await Promise.all(
  DOCUMENTS.map((name) => writeDocument(name, randomFrom(Math.floor(random() * 2 ** 32)))),
);
