import { openStore, type Store } from "@boardwalk/persistence";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { addingOf } from "../boards/board-assets.ts";
import { Boards } from "../boards/boards.ts";
import { StoredFiles } from "../boards/stored-files.ts";
import { encodeVersionDetails } from "../history/version-details.ts";
import { killedAfter } from "../test-killed-store.ts";
import { temporaryFolder } from "../test-server.ts";
import { encodeArchive } from "./archive-writer.ts";
import { archiveBoard } from "./board-archive.ts";
import { importBoard } from "./board-import.ts";
import { UnfinishedImports } from "./unfinished-imports.ts";

const dayMs = 24 * 60 * 60_000;
const picture = Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAA=", "base64");
const never = () => false;

async function newStore(): Promise<Store> {
  const logger = pino({ level: "silent" });
  const store = await openStore({ dataDir: await temporaryFolder(), logger });
  onTestFinished(() => store.close());
  return store;
}

/** The archive of a board with two versions and a picture. */
async function archiveOfBoard(): Promise<Uint8Array> {
  const store = await newStore();
  const boards = new Boards({ store });
  const { id } = await boards.create("Plans");
  const createdAt = new Date(0).toISOString();
  const nothing = { authors: [], shapes: 0, pages: 1 };
  for (const name of ["First", "Second"]) {
    const details = { formatVersion: 1, createdAt, kind: "named", name, ...nothing } as const;
    await store.versions.create(id, encodeVersionDetails(details));
  }
  const file = await store.assets.put(pieces(picture), { maxBytes: 100 });
  const { sha256, bytes } = file;
  await store.commit([addingOf(id, sha256, { mimeType: "image/gif", bytes })]);
  const chunks: Uint8Array[] = [];
  const parts = archiveBoard(store, id, await boards.get(id));
  for await (const chunk of encodeArchive(parts)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* pieces(...bytes: Uint8Array[]) {
  yield* bytes;
}

/** Imports into a store that writes so often, and ends; answers with the id the board was to have. */
async function importInto(store: Store, writes: number, archive: Uint8Array) {
  const killed = killedAfter(store, writes);
  const ids = new Set<string>();
  const imports = new UnfinishedImports({ store: killed });
  const begin = imports.begin.bind(imports);
  imports.begin = async (boardId) => {
    ids.add(boardId);
    await begin(boardId);
  };
  const files = new StoredFiles({ store: killed });
  const services = { store: killed, boards: new Boards({ store: killed }), imports, files };
  const isDone = await importBoard(services, pieces(archive)).then(
    () => true,
    () => false,
  );
  const [boardId = ""] = ids;
  return { boardId, isDone };
}

async function remainsOf(store: Store, boardId: string): Promise<string[]> {
  const remains = (await store.versions.list(boardId)).map(() => "version");
  for await (const [key] of store.records.entries("")) {
    if (key.includes(boardId)) remains.push(key.replace(boardId, ""));
  }
  if ((await store.updates.load(boardId)) !== null) remains.push("document");
  return remains;
}

describe("an import that was cut short", () => {
  it("leaves nothing behind for long, wherever that was", async () => {
    const archive = await archiveOfBoard();
    for (let writes = 0; ; writes++) {
      const store = await newStore();
      const { boardId, isDone } = await importInto(store, writes, archive);
      const remains = await remainsOf(store, boardId);
      const now = new UnfinishedImports({ store });
      expect(await now.removeOld(never)).toBe(0);
      expect(await remainsOf(store, boardId)).toEqual(remains);
      const later = { nowMs: () => Date.now() + 2 * dayMs };
      if (isDone) {
        expect(writes).toBe(6);
        expect(remains.filter((what) => what === "version")).toHaveLength(2);
        expect(remains).not.toContain("import/");
        expect(await new UnfinishedImports({ store, ...later }).removeOld(never)).toBe(0);
        expect(await remainsOf(store, boardId)).toEqual(remains);
        return;
      }
      expect(remains).not.toContain("board/");
      // What removes it may be cut short as well.
      for (const last of [0, 1]) {
        const killed = new UnfinishedImports({ store: killedAfter(store, last), ...later });
        await killed.removeOld(never).catch(() => undefined);
      }
      const imports = new UnfinishedImports({ store, ...later });
      expect(await imports.removeOld(never)).toBe(writes > 0 ? 1 : 0);
      expect(await remainsOf(store, boardId)).toEqual([]);
    }
  });

  it("is told from a board that is there although its commit seemed to fail", async () => {
    const store = await newStore();
    const imports = new UnfinishedImports({ store });
    const boards = new Boards({ store });
    const { id } = await boards.create();
    await imports.begin(id);
    await store.updates.append(id, Y.encodeStateAsUpdate(new Y.Doc()));
    await store.commit([imports.ending(id)]);
    await imports.remove(id);
    expect(await store.updates.load(id)).not.toBeNull();
  });
});
