import { limits } from "@boardwalk/board-model";
import {
  MAX_VALUE_BYTES,
  openStore,
  type Store,
  type StoredDocument,
} from "@boardwalk/persistence";
import { isSkipped, PostgresServer } from "@boardwalk/persistence/test-postgres-server";
import * as encoding from "lib0/encoding";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { Boards, type NewBoard } from "../boards/boards.ts";
import { StoredFiles } from "../boards/stored-files.ts";
import { temporaryFolder } from "../test-server.ts";
import { ArchiveSummary } from "./archive-summary.ts";
import { decodeArchive } from "./archive-reader.ts";
import { encodeArchive } from "./archive-writer.ts";
import { archiveBoard } from "./board-archive.ts";
import { importBoard } from "./board-import.ts";
import { StoreRestoring } from "./restore-store.ts";
import { archiveStore } from "./server-archive.ts";
import { UnfinishedImports } from "./unfinished-imports.ts";

const valueBytes = 8 * 1024 * 1024;
/** So many that the document is larger than an update may be. */
const shapeCount = MAX_VALUE_BYTES / valueBytes + 1;

const logger = pino({ level: "silent" });

/** Has a board grow until its document is a snapshot that no update could be. */
async function fill(store: Store, name: string): Promise<void> {
  const doc = new Y.Doc();
  const changes: Uint8Array[] = [];
  const stored = await store.updates.load(name);
  for (const update of stored?.updates ?? []) Y.applyUpdate(doc, update);
  doc.on("update", (update) => changes.push(update));
  const records = doc.getMap("records");
  for (let index = 0; index < shapeCount; index++) {
    records.set(`shape:${index}`, "x".repeat(valueBytes));
  }
  for (const change of changes) await store.updates.append(name, change);
  await store.settled();
  const { snapshot, updates } = (await store.updates.load(name)) ?? {};
  expect(snapshot?.length).toBeGreaterThan(MAX_VALUE_BYTES);
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

/** A text, and the deletion of every other letter, after which each of `items` is one of its own. */
function takenApart(items: number): Uint8Array[] {
  const doc = new Y.Doc();
  doc.getText("text").insert(0, "x".repeat(items));
  const deletion = encoding.encode((encoder) => {
    for (const number of [0, 1, doc.clientID, items / 2]) encoding.writeVarUint(encoder, number);
    for (let clock = 0; clock < items; clock += 2) {
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarUint(encoder, 1);
    }
  });
  return [Y.encodeStateAsUpdate(doc), deletion];
}

function importInto(store: Store, boards: Boards, archive: AsyncIterable<Uint8Array>) {
  const files = new StoredFiles({ store });
  const imports = new UnfinishedImports({ store });
  return importBoard({ store, boards, files, imports }, archive);
}

describe("a board that has grown larger than an update may be", () => {
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
    const archive = archiveBoard(source, board.id, await boards.get(board.id));
    const { keys } = await importInto(source, boards, encodeArchive(archive));
    expect(sizesIn(await source.updates.load(keys.id))).toEqual(expected);
  });
});

describe("a board of which so much was deleted that it has more items than may be added", () => {
  it.each([
    ["imported, with as many again", limits.documentItems * 1.1, null],
    ["not imported with more", limits.documentItems * 2.1, "ARCHIVE_TOO_LARGE"],
  ])("is %s", async (_, items, code) => {
    const store = await openStore({ dataDir: await temporaryFolder(), logger });
    onTestFinished(() => store.close());
    const boards = new Boards({ store });
    const { id } = await boards.create();
    for (const update of takenApart(items)) await store.updates.append(id, update);
    const archive = encodeArchive(archiveBoard(store, id, await boards.get(id)));
    const importing = importInto(store, boards, archive);
    if (code === null) await boards.get((await importing).keys.id);
    else await expect(importing).rejects.toMatchObject({ code });
  });
});
