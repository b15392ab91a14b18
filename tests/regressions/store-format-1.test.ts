import { openStore, type Store } from "@boardwalk/persistence";
import { createHash } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import {
  ASSETS,
  DELETED_VERSION,
  DRAWN_CHANGES,
  DRAWN_SNAPSHOT_AT,
  DRAWN_VERSIONS,
  drawnAfter,
  PUT_CONTENT,
  RECORDS,
  SHORT_NAME,
} from "./store-format-1.ts";

const frozen = fileURLToPath(new URL("store-format-1", import.meta.url));

const contentOf = (document: Y.Doc): unknown => ({
  shapes: document.getMap("shapes").toJSON(),
  text: document.getText("text").toJSON(),
});

function documentOf(updates: readonly Uint8Array[]): Y.Doc {
  const document = new Y.Doc();
  for (const update of updates) Y.applyUpdate(document, update);
  return document;
}

describe("a data folder of format 1", () => {
  let store: Store;
  const errors: string[] = [];

  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), "boardwalk-format-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp(frozen, folder, { recursive: true });
    errors.length = 0;
    store = await openStore({
      dataDir: folder,
      logger: { info: () => {}, warn: () => {}, error: (_, message) => errors.push(message) },
    });
    onTestFinished(() => store.close());
  });

  async function load(name: string): Promise<unknown> {
    const stored = await store.updates.load(name);
    if (stored === null) return null;
    expect(stored.damage).toBeNull();
    return contentOf(
      documentOf([...(stored.snapshot ? [stored.snapshot] : []), ...stored.updates]),
    );
  }

  it("opens with every document as it was", async () => {
    expect(await load("drawn")).toEqual(contentOf(drawnAfter(DRAWN_CHANGES)));
    expect(await store.updates.load("drawn")).toMatchObject({ lastSequence: DRAWN_CHANGES });
    const { snapshot, updates } = (await store.updates.load("drawn")) ?? {};
    expect(contentOf(documentOf(snapshot ? [snapshot] : []))).toEqual(
      contentOf(drawnAfter(DRAWN_SNAPSHOT_AT)),
    );
    expect(updates).toHaveLength(DRAWN_CHANGES - DRAWN_SNAPSHOT_AT);
    expect(await load(SHORT_NAME)).toEqual(contentOf(drawnAfter(7)));
    expect(await load("deleted")).toBeNull();
    const names: string[] = [];
    for await (const name of store.updates.names()) names.push(name);
    expect(names.sort()).toEqual(["drawn", SHORT_NAME].sort());
    expect(errors).toEqual([]);
  });

  it("opens with every version that was not deleted", async () => {
    const versions = await store.versions.list("drawn");
    const kept = DRAWN_VERSIONS.filter((at) => at !== DELETED_VERSION);
    expect(versions.map(({ details }) => Buffer.from(details).toString())).toEqual(
      kept.map((at) => `{"at":${at}}`),
    );
    for (const [index, { id, bytes }] of versions.entries()) {
      const content = (await store.versions.load("drawn", id)) ?? Uint8Array.of();
      expect(content).toHaveLength(bytes);
      expect(contentOf(documentOf([content]))).toEqual(contentOf(drawnAfter(kept[index] ?? 0)));
    }
    const [put] = await store.versions.list("no document");
    expect(await store.versions.load("no document", put?.id ?? "")).toEqual(PUT_CONTENT);
    expect(await store.versions.list(SHORT_NAME)).toHaveLength(1);
    expect(await store.versions.list("deleted")).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("opens with its records and assets", async () => {
    const records: Record<string, string> = {};
    for await (const [key, value] of store.records.entries("")) {
      records[key] = Buffer.from(value).toString();
    }
    expect(records).toEqual(RECORDS);
    const found = new Map<string, number>();
    for await (const { sha256, bytes } of store.assets.entries()) found.set(sha256, bytes);
    expect(found.size).toBe(ASSETS.length);
    for (const asset of ASSETS) {
      const sha256 = createHash("sha256").update(asset).digest("hex");
      expect(found.get(sha256)).toBe(asset.length);
      const opened = await store.assets.open(sha256);
      expect(opened && (await buffer(opened.stream)).equals(asset)).toBe(true);
    }
  });

  it("goes on to be written", async () => {
    const next = drawnAfter(DRAWN_CHANGES);
    const before = Y.encodeStateVector(next);
    next.getMap("shapes").set("shape new", "place new");
    await store.updates.append("drawn", Y.encodeStateAsUpdate(next, before));
    expect(await load("drawn")).toEqual(contentOf(next));
    await store.versions.create("drawn", new Uint8Array());
    expect(await store.versions.list("drawn")).toHaveLength(DRAWN_VERSIONS.length);
    await store.updates.delete("drawn");
    expect(await load("drawn")).toBeNull();
    expect(await store.versions.list("drawn")).toEqual([]);
    expect(errors).toEqual([]);
  });
});
