import { openStore } from "@boardwalk/persistence";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../test-server.ts";
import { BoardAssets } from "./board-assets.ts";
import { newBoardId } from "./secret.ts";
import { StoredFiles } from "./stored-files.ts";

const maxBytes = 1_000_000;
const laterMs = Date.now() + 60_000;
const never = () => false;

async function startFiles() {
  const logger = pino({ level: "silent" });
  const store = await openStore({ dataDir: await temporaryFolder(), logger });
  onTestFinished(() => store.close());
  const files = new StoredFiles({ store });
  const assets = new BoardAssets({ store });
  const boardId = newBoardId();
  const name = async (sha256: string) =>
    assets.add(boardId, sha256, { mimeType: "image/png", bytes: 1 });
  const isStored = async (sha256: string) => {
    const file = await store.assets.open(sha256);
    file?.stream.destroy();
    return file !== null;
  };
  return { store, files, name, isStored };
}

async function* content(text: string, wait: Promise<void> = Promise.resolve()) {
  yield Buffer.from(text.slice(0, 1));
  await wait;
  yield Buffer.from(text.slice(1));
}

describe("files that no board has", () => {
  it("are removed, and the others are not", async () => {
    const { store, files, name, isStored } = await startFiles();
    const used = await store.assets.put(content("used"), { maxBytes });
    const unused = await store.assets.put(content("unused"), { maxBytes });
    await name(used.sha256);
    expect(await files.removeUnused(Date.now() - 60_000, never)).toBe(0);
    expect(await files.removeUnused(laterMs, () => true)).toBe(0);
    expect(await isStored(unused.sha256)).toBe(true);
    expect(await files.removeUnused(laterMs, never)).toBe(1);
    expect(await isStored(unused.sha256)).toBe(false);
    expect(await isStored(used.sha256)).toBe(true);
  });

  it("stay while they are being made a board's", async () => {
    const { files, name, isStored } = await startFiles();
    const sha256 = await files.deliver(async (delivery) => {
      const file = await delivery.put(content("picture"), { maxBytes });
      expect(await files.removeUnused(laterMs, never)).toBe(0);
      await name(file.sha256);
      return file.sha256;
    });
    expect(await files.removeUnused(laterMs, never)).toBe(0);
    expect(await isStored(sha256)).toBe(true);
  });

  it("are there in the end when they are brought again while they are removed", async () => {
    const { store, files, name, isStored } = await startFiles();
    await store.assets.put(content("picture"), { maxBytes });
    const { promise, resolve } = Promise.withResolvers<void>();
    const brought = files.deliver(async (delivery) => {
      const { sha256 } = await delivery.put(content("picture", promise), { maxBytes });
      await name(sha256);
      return sha256;
    });
    expect(await files.removeUnused(laterMs, never)).toBe(1);
    resolve();
    expect(await isStored(await brought)).toBe(true);
  });

  it("are never missing after they were acknowledged, however uploads and removals cross", async () => {
    const { store, files, name, isStored } = await startFiles();
    let isOver = false;
    const acknowledged: string[] = [];
    let retries = 0;
    const upload = async (who: number) => {
      for (let round = 0; round < 60; round++) {
        const text = `picture ${round % 7} ${who % 2}`;
        // Somebody's who has gone, so that there is something to remove.
        if (round % 3 === 0) await store.assets.put(content(text), { maxBytes });
        try {
          await files.deliver(async (delivery) => {
            const { sha256 } = await delivery.put(content(text), { maxBytes });
            await name(sha256);
            acknowledged.push(sha256);
          });
        } catch (error) {
          expect(error).toMatchObject({ code: "STORE_BUSY" });
          retries++;
        }
        const last = acknowledged.at(-1);
        if (last !== undefined) expect(await isStored(last)).toBe(true);
      }
    };
    const remove = async () => {
      while (!isOver) await files.removeUnused(laterMs, never);
    };
    const removing = remove();
    await Promise.all([0, 1, 2, 3].map(upload));
    isOver = true;
    await removing;
    expect(acknowledged.length + retries).toBe(240);
    expect(acknowledged.length).toBeGreaterThan(100);
    for (const sha256 of new Set(acknowledged)) expect(await isStored(sha256)).toBe(true);
  });
});
