import { decodeFrame } from "@boardwalk/board-model";
import { describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { EncodedBoard } from "./encoded-board.ts";
import { syncLimits } from "./limits.ts";
import { liveDocumentOf } from "./test-live-document.ts";

const boardId = "board";
const shapes = 2_000;

function setUp(): { document: Y.Doc; encoded: EncodedBoard } {
  const document = new Y.Doc();
  const encoded = new EncodedBoard(liveDocumentOf(document), { snapshot: null, updates: [] });
  onTestFinished(() => encoded.close());
  document.transact(() => {
    for (let shape = 0; shape < shapes; shape++) put(document, `shape:${shape}`, "x".repeat(50));
  });
  return { document, encoded };
}

function put(document: Y.Doc, key: string, value: string): void {
  document.getMap("records").set(key, value);
}

/** What a newcomer has when the step 2 is read, and how many messages that took. */
function join(encoded: EncodedBoard): { records: Record<string, unknown>; messages: number } {
  const document = new Y.Doc();
  let messages = 0;
  for (const shared of encoded.read()) {
    // Past the WebSocket's own head.
    const bytes = shared.bytesFor(boardId);
    const headBytes = bytes[1] === 127 ? 10 : bytes[1] === 126 ? 4 : 2;
    const { message } = decodeFrame(bytes.subarray(headBytes));
    if (message.type !== "sync") throw new TypeError("Not a sync message");
    Y.applyUpdate(document, message.sync.payload);
    messages++;
    if (message.sync.kind === "step2") break;
  }
  return { records: document.getMap("records").toJSON(), messages };
}

describe("an encoded board", () => {
  it("is what was stored, and what has changed since, for whoever opens it", () => {
    const { document: original } = setUp();
    const snapshot = Y.encodeStateAsUpdate(original);
    const updates: Uint8Array[] = [];
    original.on("update", (update) => updates.push(update));
    put(original, "shape:0", "logged");
    original.getMap("records").delete("shape:1");
    const document = new Y.Doc();
    for (const update of [snapshot, ...updates]) Y.applyUpdate(document, update);
    const encoded = new EncodedBoard(liveDocumentOf(document), { snapshot, updates });
    onTestFinished(() => encoded.close());
    put(document, "shape:2", "changed");
    const { records, messages } = join(encoded);
    expect(messages).toBe(2);
    expect(records).toEqual(document.getMap("records").toJSON());
    const [, step2] = encoded.read();
    expect(step2?.message).toEqual({ type: "sync", sync: { kind: "step2", payload: snapshot } });
  });

  it("is encoded anew where the log it was read from is long", () => {
    const { document: original } = setUp();
    const snapshot = Y.encodeStateAsUpdate(original);
    const updates: Uint8Array[] = [];
    original.on("update", (update) => updates.push(update));
    for (let change = 0; change <= syncLimits.keptUpdates; change++) {
      put(original, "shape:0", `change ${change}`);
    }
    const encoded = new EncodedBoard(liveDocumentOf(original), { snapshot, updates });
    onTestFinished(() => encoded.close());
    const { records, messages } = join(encoded);
    expect(messages).toBe(1);
    expect(records).toEqual(original.getMap("records").toJSON());
  });

  it("brings what came since it was encoded, before the step 2 is over", () => {
    const { document, encoded } = setUp();
    const first = join(encoded);
    expect(first.messages).toBe(1);
    expect(first.records).toEqual(document.getMap("records").toJSON());
    put(document, "shape:0", "changed");
    put(document, "shape:new", "added");
    document.getMap("records").delete("shape:1");
    const second = join(encoded);
    expect(second.messages).toBe(2);
    expect(second.records).toEqual(document.getMap("records").toJSON());
  });

  it("goes on with changes that come between two newcomers", () => {
    const { document, encoded } = setUp();
    join(encoded);
    for (let change = 0; change < 20; change++) {
      put(document, `shape:${change % 3}`, `change ${change}`);
      expect(join(encoded).records).toEqual(document.getMap("records").toJSON());
    }
  });

  it("is encoded anew when much has come since", () => {
    const { document, encoded } = setUp();
    join(encoded);
    for (let change = 0; change <= syncLimits.keptUpdates; change++) {
      put(document, "shape:0", `change ${change}`);
    }
    const { records, messages } = join(encoded);
    expect(messages).toBe(1);
    expect(records).toEqual(document.getMap("records").toJSON());
  });
});
