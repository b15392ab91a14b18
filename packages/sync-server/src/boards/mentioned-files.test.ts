import { assetPath, BoardDocument, shownFiles, type ShownFile } from "@boardwalk/board-model";
import { expect, it } from "vitest";
import * as Y from "yjs";
import { MentionedFiles } from "./mentioned-files.ts";
import { newBoardId } from "./secret.ts";

const noText = { read: () => ({}), repair: () => ({}), write: () => {} };

function recordOf(id: string, { boardId, sha256 }: ShownFile) {
  const props = { name: "p", src: assetPath(boardId, sha256), w: 1, h: 1, isAnimated: false };
  return { id, typeName: "asset", type: "image", meta: {}, props };
}

it("finds all that a document shows, wherever its bytes are parted", () => {
  const doc = new Y.Doc();
  const document = new BoardDocument(doc, noText);
  const fileOf = (digit: string) => ({ boardId: newBoardId(), sha256: digit.repeat(64) });
  const added = ["1", "2", "a"].map((digit) => recordOf(`asset:${digit}`, fileOf(digit)));
  document.write({ added, updated: [], removed: [] }, null);
  // As a change, which lies under a key of its own.
  const before = document.read("asset:2");
  if (before === null) throw new Error("It was just written");
  const after = recordOf("asset:2", fileOf("b"));
  document.write({ added: [], updated: [{ before, after }], removed: [] }, null);
  const shown = shownFiles(doc);
  expect(shown).toHaveLength(3);
  const bytes = Y.encodeStateAsUpdate(doc);
  for (let at = 0; at <= bytes.length; at++) {
    const mentioned = new MentionedFiles();
    mentioned.take(bytes.subarray(0, at));
    mentioned.take(bytes.subarray(at));
    expect(mentioned.list()).toEqual(expect.arrayContaining(shown));
  }
});
