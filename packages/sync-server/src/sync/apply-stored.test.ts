import type { StoredDocument } from "@boardwalk/persistence";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { applyStored } from "./apply-stored.ts";
import { syncLimits } from "./limits.ts";

const changes = 2_000;
const shapes = 2_000;
const words = 500;

function storedAs(snapshot: Uint8Array | null, updates: Uint8Array[] = []): StoredDocument {
  return {
    snapshot,
    updates,
    lastSequence: updates.length,
    snapshotBytes: snapshot?.length ?? 0,
    logBytes: updates.reduce((bytes, update) => bytes + update.length, 0),
    damage: null,
  };
}

/** How often others had their turn while a document was filled. */
async function turnsWhileFilling(document: Y.Doc, stored: StoredDocument): Promise<number> {
  let turns = 0;
  let isLoading = true;
  const takeTurn = (): void => {
    turns++;
    if (isLoading) setImmediate(takeTurn);
  };
  setImmediate(takeTurn);
  await applyStored(document, stored);
  isLoading = false;
  return turns;
}

describe("a stored document", () => {
  // As on a machine so slow that one update is all there is time for in a turn.
  beforeEach(() => {
    let nowMs = 0;
    const clock = vi.spyOn(performance, "now");
    clock.mockImplementation(() => (nowMs += syncLimits.loadSliceMs * 0.6));
    return () => clock.mockRestore();
  });

  it("with a long log becomes what it was, and leaves others their turn meanwhile", async () => {
    const original = new Y.Doc();
    const updates: Uint8Array[] = [];
    original.on("update", (update: Uint8Array) => updates.push(update));
    const records = original.getMap("records");
    records.set("base", 1);
    const snapshot = Y.encodeStateAsUpdate(original);
    updates.length = 0;
    for (let change = 0; change < changes; change++) records.set(`shape-${change % 100}`, change);

    const copy = new Y.Doc();
    const turns = await turnsWhileFilling(copy, storedAs(snapshot, updates));
    expect(turns).toBeGreaterThan(changes - 1);
    expect(copy.getMap("records").toJSON()).toEqual(records.toJSON());
  });

  it("with a large snapshot becomes what it was, and leaves others their turn too", async () => {
    const original = new Y.Doc();
    const records = original.getMap("records");
    for (let shape = 0; shape < shapes; shape++) {
      records.set(`shape-${shape}`, { x: shape, y: shape / 3, kind: "note", text: "a text" });
    }
    const snapshot = Y.encodeStateAsUpdate(original);
    const copy = new Y.Doc();
    expect(await turnsWhileFilling(copy, storedAs(snapshot))).toBeGreaterThan(
      snapshot.length / syncLimits.loadSliceBytes / 2,
    );
    expect(Y.encodeStateAsUpdate(copy)).toEqual(snapshot);
  });

  it("keeps marks in its texts that Yjs would tidy if they were changed", async () => {
    const [one, other] = [new Y.Doc(), new Y.Doc()];
    const texts = one.getMap<Y.Text>("texts");
    texts.set("note", new Y.Text());
    const note = texts.get("note");
    for (let word = 0; word < words; word++) note?.insert(0, `word ${word} `);
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
    // What two make bold at once has marks twice.
    for (const document of [one, other]) {
      const text = document.getMap<Y.Text>("texts").get("note");
      for (let word = 0; word < words; word++) text?.format(word * 8, 4, { bold: true });
    }
    // Merged, and applied by nobody who would tidy it.
    const snapshot = Y.mergeUpdates(
      [one, other].map((document) => Y.encodeStateAsUpdate(document)),
    );
    const [copy, whole] = [new Y.Doc(), new Y.Doc()];
    Y.applyUpdate(whole, snapshot);
    expect(await turnsWhileFilling(copy, storedAs(snapshot))).toBeGreaterThan(
      snapshot.length / syncLimits.loadSliceBytes / 2,
    );
    expect(Y.encodeStateAsUpdate(copy)).toEqual(Y.encodeStateAsUpdate(whole));
  });

  it("is refused where its snapshot ends too early, wherever that is", async () => {
    const original = new Y.Doc();
    for (let shape = 0; shape < 2_000; shape++)
      original.getMap("records").set(`${shape}`, { shape });
    const snapshot = Y.encodeStateAsUpdate(original);
    for (const bytes of [0, 1, 100, 20_000, snapshot.length - 1]) {
      const filled = applyStored(new Y.Doc(), storedAs(snapshot.subarray(0, bytes)));
      await expect(filled).rejects.toBeInstanceOf(Error);
    }
  });
});
