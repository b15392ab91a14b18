import { limits } from "@boardwalk/board-model";
import { openStore, type Store, type StoredDocument } from "@boardwalk/persistence";
import { isSkipped, PostgresServer } from "@boardwalk/persistence/test-postgres-server";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { Boards, type NewBoard } from "../boards/boards.ts";
import { StoredFiles } from "../boards/stored-files.ts";
import { ArchiveSummary } from "./archive-summary.ts";
import { decodeArchive } from "./archive-reader.ts";
import { encodeArchive } from "./archive-writer.ts";
import { archiveBoard } from "./board-archive.ts";
import { importBoard } from "./board-import.ts";
import { StoreRestoring } from "./restore-store.ts";
import { archiveStore } from "./server-archive.ts";
import { UnfinishedImports } from "./unfinished-imports.ts";

const valueBytes = 8 * 1024 * 1024;
const shapeCount = limits.documentBytes / valueBytes;

const logger = pino({ level: "silent" });

/** Fills a board to the limit of what may be added to one, at once; its document is a snapshot then. */
async function fill(store: Store, name: string): Promise<void> {
  const doc = new Y.Doc();
  const stored = await store.updates.load(name);
  for (const update of stored?.updates ?? []) Y.applyUpdate(doc, update);
  const records = doc.getMap("records");
  for (let index = 0; index < shapeCount; index++) {
    records.set(`shape:${index}`, `${index}`.repeat(valueBytes));
  }
  await store.updates.append(name, Y.encodeStateAsUpdate(doc));
  await store.settled();
  const { snapshot, updates } = (await store.updates.load(name)) ?? {};
  expect(snapshot?.length).toBeGreaterThan(limits.documentBytes);
  expect(updates).toEqual([]);
}

function sizesIn(stored: StoredDocument | null): [string, number][] {
  const doc = new Y.Doc();
  for (const update of [stored?.snapshot ?? null, ...(stored?.updates ?? [])]) {
    if (update !== null) Y.applyUpdate(doc, update);
  }
  const shapes = [...doc.getMap("records")].filter(([key]) => key.startsWith("shape:"));
  return shapes.map(([key, value]) => [key, String(value).length]);
}

describe("a board that is full", () => {
  const file = PostgresServer.forFile();
  let folder = "";
  let source: Store;
  let board: NewBoard;
  const expected = Array.from({ length: shapeCount }, (_, index) => [`shape:${index}`, valueBytes]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "boardwalk-"));
    source = await openStore({ dataDir: folder, logger });
    board = await new Boards({ store: source }).create();
    await fill(source, board.id);
  });

  afterAll(async () => {
    await source.close();
    await rm(folder, { recursive: true });
  });

  it.skipIf(isSkipped)("is restored from a folder into a database", async () => {
    const databaseUrl = await file.server.createDatabase();
    const target = await openStore({ dataDir: folder, databaseUrl, logger });
    onTestFinished(() => target.close());
    const [summary, restoring] = [new ArchiveSummary(), new StoreRestoring(target)];
    const backup = encodeArchive(archiveStore(source, new Date()));
    await restoring.begin();
    for await (const part of decodeArchive(backup, "server")) {
      summary.take(part);
      await restoring.take(part);
    }
    await restoring.end();
    expect(sizesIn(await target.updates.load(board.id))).toEqual(expected);
  });

  it("is imported as another board", async () => {
    const boards = new Boards({ store: source });
    const services = {
      store: source,
      boards,
      files: new StoredFiles({ store: source }),
      imports: new UnfinishedImports({ store: source }),
    };
    const archive = archiveBoard(source, board.id, await boards.get(board.id));
    const { keys } = await importBoard(services, encodeArchive(archive));
    expect(sizesIn(await source.updates.load(keys.id))).toEqual(expected);
  });
});
