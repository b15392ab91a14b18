import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { applyStored } from "./apply-stored.ts";

const changes = 20_000;

describe("a stored document with a long log", () => {
  it("becomes what it was, and leaves others their turn meanwhile", async () => {
    const original = new Y.Doc();
    const updates: Uint8Array[] = [];
    original.on("update", (update: Uint8Array) => updates.push(update));
    const records = original.getMap("records");
    records.set("base", 1);
    const snapshot = Y.encodeStateAsUpdate(original);
    updates.length = 0;
    for (let change = 0; change < changes; change++) records.set(`shape-${change % 100}`, change);

    const copy = new Y.Doc();
    let turns = 0;
    let isLoading = true;
    const takeTurn = (): void => {
      turns++;
      if (isLoading) setImmediate(takeTurn);
    };
    setImmediate(takeTurn);
    await applyStored(copy, {
      snapshot,
      updates,
      lastSequence: changes + 1,
      snapshotBytes: snapshot.length,
      logBytes: updates.reduce((bytes, update) => bytes + update.length, 0),
      damage: null,
    });
    isLoading = false;
    expect(copy.getMap("records").toJSON()).toEqual(records.toJSON());
    expect(turns).toBeGreaterThan(2);
  });
});
