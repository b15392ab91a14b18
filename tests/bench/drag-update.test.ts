import { expect, it } from "vitest";
import * as Y from "yjs";
import { DragUpdates } from "./drag-update.ts";

it("drags as Yjs does, byte for byte", () => {
  const document = new Y.Doc();
  const updates: Uint8Array[] = [];
  document.on("update", (update) => updates.push(update));
  const drag = new DragUpdates(document.clientID, "records", "shape:a/g");
  // Past where clocks take two bytes.
  for (let step = 0; step < 200; step++) {
    const value = [Uint8Array.of(step, 1, 2), 340.5, step];
    document.getMap("records").set("shape:a/g", value);
    expect(drag.next(value)).toEqual(updates[step]);
  }
});
