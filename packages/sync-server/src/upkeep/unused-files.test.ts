import { assetPath, BoardDocument } from "@boardwalk/board-model";
import { openStore, StoreError, type Store } from "@boardwalk/persistence";
import { onEachHome, type TestHome } from "@boardwalk/persistence/test-homes";
import { pino } from "pino";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import * as Y from "yjs";
import { BoardAssets } from "../boards/board-assets.ts";
import { Boards } from "../boards/boards.ts";
import { StoredFiles } from "../boards/stored-files.ts";
import { Trash } from "../boards/trash.ts";
import { goneGraceMs, unusedGraceMs, UnusedFiles } from "./unused-files.ts";

const dayMs = 24 * 60 * 60_000;
const noText = { read: () => ({}), repair: () => ({}), write: () => {} };
const never = () => false;
const logger = pino({ level: "silent" });

async function startOn(home: TestHome) {
  const clock = { nowMs: Date.parse("2026-11-25T12:00:00Z") };
  let running = await open(home, clock);
  onTestFinished(() => running.close());
  return {
    clock,
    get store() {
      return running.store;
    },
    get boards() {
      return running.boards;
    },
    get files() {
      return running.files;
    },
    collect: () => running.unused.collect(never),
    collectUntil: (isStopped: () => boolean) => running.unused.collect(isStopped),
    restart: async () => {
      await running.close();
      running = await open(home, clock);
    },
    /** As an upload does it. */
    upload: (boardId: string) => uploadTo(running, boardId),
    has: async (boardId: string, sha256: string) =>
      (await running.assets.find(boardId, sha256)) !== null,
  };
}

type Running = Awaited<ReturnType<typeof open>>;

async function open(home: TestHome, clock: { nowMs: number }) {
  const store = await openStore({ ...home, logger });
  const boards = new Boards({ store });
  const assets = new BoardAssets({ store });
  const nowMs = () => clock.nowMs;
  const unused = new UnusedFiles({ store, boards, assets, logger, nowMs });
  const close = async () => {
    await unused.close();
    await store.close();
  };
  return { store, boards, assets, files: new StoredFiles({ store }), unused, close };
}

async function uploadTo({ files, boards, assets }: Running, boardId: string): Promise<string> {
  return files.deliver(async (delivery) => {
    const { sha256, bytes } = await delivery.put(picture(), { maxBytes: 100 });
    await boards.inTurn(boardId, async () => {
      await assets.add(boardId, sha256, { mimeType: "image/png", bytes });
    });
    return sha256;
  });
}

async function* picture() {
  yield Buffer.from("picture");
}

async function change(store: Store, name: string, work: (doc: Y.Doc) => void): Promise<void> {
  const doc = new Y.Doc();
  const stored = await store.updates.load(name);
  const updates = [stored?.snapshot ?? null, ...(stored?.updates ?? [])];
  for (const update of updates) if (update !== null) Y.applyUpdate(doc, update);
  const changes: Uint8Array[] = [];
  doc.on("update", (update) => changes.push(update));
  work(doc);
  for (const update of changes) await store.updates.append(name, update);
}

/** Has the board `name` show, or no longer show, a file of the board `boardId`. */
async function show(
  store: Store,
  name: string,
  { boardId, sha256 }: { boardId: string; sha256: string },
  isShown = true,
): Promise<void> {
  await change(store, name, (doc) => {
    const document = new BoardDocument(doc, noText);
    const props = { name: "p", src: assetPath(boardId, sha256), w: 1, h: 1, isAnimated: false };
    const record = { id: "asset:one", typeName: "asset", type: "image", meta: {}, props };
    const added = isShown ? [record] : [];
    document.write({ added, updated: [], removed: isShown ? [] : [record.id] }, null);
    document.close();
  });
}

async function isStored(store: Store, sha256: string): Promise<boolean> {
  const file = await store.assets.open(sha256);
  file?.stream.destroy();
  return file !== null;
}

function versionsOf(versions: Store["versions"]): Store["versions"] {
  return {
    create: async (...version) => versions.create(...version),
    put: async (...version) => versions.put(...version),
    list: async (name) => versions.list(name),
    load: async (...version) => versions.load(...version),
    describe: async (...version) => versions.describe(...version),
    delete: async (...version) => versions.delete(...version),
  };
}

onEachHome((newHome) => {
  const start = async () => startOn(await newHome());

  describe("a file of a board that goes on", () => {
    it("goes once nothing has shown it for the grace, and then its bytes", async () => {
      const { store, boards, clock, collect, upload, files, has } = await start();
      const { id } = await boards.create();
      const sha256 = await upload(id);
      const file = { boardId: id, sha256 };
      await show(store, id, file);
      expect(await collect()).toBe(0);
      clock.nowMs += 30 * dayMs;
      expect(await collect()).toBe(0);
      await show(store, id, file, false);
      expect(await collect()).toBe(0);
      clock.nowMs += unusedGraceMs - 1;
      expect(await collect()).toBe(0);
      expect(await files.removeUnused(Infinity, never)).toBe(0);
      expect(await has(id, sha256)).toBe(true);
      clock.nowMs += 1;
      expect(await collect()).toBe(1);
      expect(await has(id, sha256)).toBe(false);
      expect(await isStored(store, sha256)).toBe(true);
      expect(await files.removeUnused(Infinity, never)).toBe(1);
      expect(await isStored(store, sha256)).toBe(false);
    });

    it("is given as long from its upload, before anything mentions it", async () => {
      const { store, boards, clock, collect, upload, has } = await start();
      const { id } = await boards.create();
      const sha256 = await upload(id);
      expect(await collect()).toBe(0);
      clock.nowMs += 6 * dayMs;
      expect(await collect()).toBe(0);
      await show(store, id, { boardId: id, sha256 });
      clock.nowMs += 6 * dayMs;
      expect(await collect()).toBe(0);
      expect(await has(id, sha256)).toBe(true);
    });

    it("stays when it is shown again, and is then given as long as before", async () => {
      const { store, boards, clock, collect, upload, has } = await start();
      const { id } = await boards.create();
      const file = { boardId: id, sha256: await upload(id) };
      for (let round = 0; round < 3; round++) {
        await show(store, id, file);
        await collect();
        await show(store, id, file, false);
        await collect();
        clock.nowMs += unusedGraceMs - 1;
        expect(await collect()).toBe(0);
      }
      await show(store, id, file);
      clock.nowMs += dayMs;
      expect(await collect()).toBe(0);
      expect(await has(id, file.sha256)).toBe(true);
    });

    it("stays while a version shows it, also one made meanwhile", async () => {
      const { store, boards, clock, collect, upload, has } = await start();
      const { id } = await boards.create();
      const file = { boardId: id, sha256: await upload(id) };
      await collect();
      await show(store, id, file);
      const version = await store.versions.create(id, new Uint8Array());
      await show(store, id, file, false);
      for (let week = 0; week < 3; week++) {
        clock.nowMs += unusedGraceMs;
        expect(await collect()).toBe(0);
      }
      expect(await has(id, file.sha256)).toBe(true);
      await store.versions.delete(id, [version?.id ?? ""]);
      expect(await collect()).toBe(0);
      clock.nowMs += unusedGraceMs;
      expect(await collect()).toBe(1);
    });

    it("stays while another board shows it, until that is gone from the trash", async () => {
      const { store, boards, clock, collect, upload, has } = await start();
      const [first, other] = [await boards.create(), await boards.create()];
      const file = { boardId: first.id, sha256: await upload(first.id) };
      // The same bytes, as a file of its own that nothing shows.
      await upload(other.id);
      await show(store, other.id, file);
      const trash = new Trash({ store, boards, keptMs: 30 * dayMs, nowMs: () => clock.nowMs });
      await trash.delete(other.id);
      await collect();
      clock.nowMs += unusedGraceMs;
      expect(await collect()).toBe(1);
      expect(await has(first.id, file.sha256)).toBe(true);
      expect(await has(other.id, file.sha256)).toBe(false);
      clock.nowMs += 30 * dayMs;
      await trash.remove(other.id);
      expect(await collect()).toBe(0);
      clock.nowMs += unusedGraceMs;
      expect(await collect()).toBe(1);
      expect(await has(first.id, file.sha256)).toBe(false);
    });

    it("stays while another board or its versions show it, also when its own board is gone", async () => {
      const { store, boards, clock, collect, upload, has } = await start();
      const [gone, other] = [await boards.create(), await boards.create()];
      const file = { boardId: gone.id, sha256: await upload(gone.id) };
      await show(store, gone.id, file);
      await show(store, other.id, file);
      const trash = new Trash({ store, boards, keptMs: 0, nowMs: () => clock.nowMs });
      await trash.delete(gone.id);
      await trash.remove(gone.id);
      for (let week = 0; week < 3; week++) {
        clock.nowMs += unusedGraceMs;
        expect(await collect()).toBe(0);
      }
      const version = await store.versions.create(other.id, new Uint8Array());
      await show(store, other.id, file, false);
      for (let week = 0; week < 3; week++) {
        clock.nowMs += unusedGraceMs;
        expect(await collect()).toBe(0);
      }
      expect(await has(gone.id, file.sha256)).toBe(true);
      await store.versions.delete(other.id, [version?.id ?? ""]);
      expect(await collect()).toBe(0);
      clock.nowMs += goneGraceMs - 1;
      expect(await collect()).toBe(0);
      clock.nowMs += 1;
      expect(await collect()).toBe(1);
      expect(await has(gone.id, file.sha256)).toBe(false);
    });

    it("is remembered to be unused, whatever comes between", async () => {
      const started = await start();
      const { id } = await started.boards.create();
      const sha256 = await started.upload(id);
      await started.collect();
      await started.restart();
      started.clock.nowMs += unusedGraceMs;
      expect(await started.collectUntil(() => true)).toBe(0);
      expect(await started.has(id, sha256)).toBe(true);
      expect(await started.collect()).toBe(1);
      expect(await started.has(id, sha256)).toBe(false);
    });

    it("stays when it is uploaded again at the moment at which it is removed", async () => {
      const { store, boards, clock, collect, upload, files, has } = await start();
      const { id } = await boards.create();
      const sha256 = await upload(id);
      await collect();
      clock.nowMs += unusedGraceMs;
      // The removal waits for its turn at the board, behind the upload.
      const inTurn = vi.spyOn(boards, "inTurn");
      const { promise, resolve } = Promise.withResolvers<void>();
      const held = boards.inTurn(id, async () => promise);
      const uploaded = upload(id);
      await expect.poll(() => inTurn).toHaveBeenCalledTimes(2);
      const collected = collect();
      await expect.poll(() => inTurn).toHaveBeenCalledTimes(3);
      resolve();
      await Promise.all([held, uploaded]);
      expect(await collected).toBe(0);
      expect(await has(id, sha256)).toBe(true);
      // It is as good as new.
      expect(await collect()).toBe(0);
      expect(await files.removeUnused(Infinity, never)).toBe(0);
      expect(await isStored(store, sha256)).toBe(true);
    });
  });

  describe("what cannot be understood", () => {
    type Place = { boardId: string; sha256: string };
    /** Makes something of the board `name` that shows the file and cannot be read any more. */
    const unreadable: [
      what: string,
      spoil: (store: Store, name: string, shown: Place) => unknown,
    ][] = [
      [
        "a document that does not replay",
        async (store, name, shown) => {
          await show(store, name, shown);
          await store.updates.append(name, Uint8Array.of(1, 2, 3));
        },
      ],
      [
        "a version that does not replay",
        async (store, name, { boardId, sha256 }) => {
          const version = Buffer.from(`\x01\x02\x03${assetPath(boardId, sha256)}`);
          await store.versions.put(name, version, new Uint8Array());
        },
      ],
      [
        "a document that lacks a part",
        async (store, name, shown) => {
          await show(store, name, shown);
          const doc = new Y.Doc();
          const changes: Uint8Array[] = [];
          doc.on("update", (update) => changes.push(update));
          for (const letter of "ab") doc.getText("t").insert(doc.getText("t").length, letter);
          await store.updates.append(name, changes.at(-1) ?? new Uint8Array());
        },
      ],
      [
        "a document of a later Boardwalk",
        async (store, name, shown) => {
          await show(store, name, shown);
          await change(store, name, (doc) => {
            doc.getMap("board").set("format", 99);
          });
        },
      ],
    ];

    it.each(unreadable)("holds what it may show, and nothing else: %s", async (_what, spoil) => {
      const { store, boards, clock, collect, upload, has } = await start();
      const [unshown, shown, own] = [
        await boards.create(),
        await boards.create(),
        await boards.create(),
      ];
      const places: Place[] = [];
      for (const { id } of [unshown, shown, own]) {
        places.push({ boardId: id, sha256: await upload(id) });
      }
      const isThere = async () =>
        Promise.all(places.map(async ({ boardId, sha256 }) => has(boardId, sha256)));
      const [, place = { boardId: "", sha256: "" }] = places;
      await spoil(store, own.id, place);
      for (let run = 0; run < 3; run++) {
        await collect();
        clock.nowMs += unusedGraceMs;
      }
      expect(await isThere()).toEqual([false, true, true]);
      await store.updates.delete(own.id);
      await collect();
      clock.nowMs += unusedGraceMs;
      expect(await collect()).toBe(2);
    });
  });

  describe("what is damaged", () => {
    /** A store whose disk has lost something, as the store tells it. */
    const damaged: [what: string, damage: (store: Store) => Partial<Store>][] = [
      [
        "a damaged document",
        ({ updates }) => ({
          updates: {
            append: async (...update) => updates.append(...update),
            delete: async (name) => updates.delete(name),
            names: () => updates.names(),
            put: async (name, update) => updates.put(name, update),
            load: async (name) => {
              const stored = await updates.load(name);
              const nothing = { damagedSequences: [], missingSequences: [] };
              const damage = { ...nothing, snapshotLost: true, damagedBytes: 0 };
              return stored === null ? null : { ...stored, damage };
            },
          },
        }),
      ],
      [
        "a damaged version",
        ({ versions }) => ({
          versions: {
            ...versionsOf(versions),
            load: async () => {
              throw new StoreError("STORE_DAMAGED", "The version is damaged");
            },
          },
        }),
      ],
      [
        "a version that is too damaged to be listed",
        (store) => {
          let damagedEntries = 0;
          return {
            stats: () => ({ ...store.stats(), damagedEntries }),
            versions: {
              ...versionsOf(store.versions),
              list: async () => {
                damagedEntries++;
                return [];
              },
            },
          };
        },
      ],
    ];

    it.each(damaged)("has every file stay where it is: %s", async (_what, damage) => {
      const { store, boards, clock, collect, upload, has } = await start();
      const { id } = await boards.create();
      const sha256 = await upload(id);
      await store.versions.create(id, new Uint8Array());
      await collect();
      clock.nowMs += unusedGraceMs;
      const stats = () => store.stats();
      const faulty = { ...store, stats, ...damage({ ...store, stats }) };
      const assets = new BoardAssets({ store });
      const nowMs = () => clock.nowMs;
      const unused = new UnusedFiles({ store: faulty, boards, assets, logger, nowMs });
      onTestFinished(() => unused.close());
      await expect(unused.collect(never)).rejects.toThrow(/damaged/);
      expect(await has(id, sha256)).toBe(true);
      expect(await collect()).toBe(1);
    });
  });
});
