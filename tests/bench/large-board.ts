import { BoardDocument, seedUpdate, type BoardRecord } from "@boardwalk/board-model";
import { getIndices } from "@tldraw/utils";
import * as Y from "yjs";
import { tldrawShape } from "./tldraw-person.ts";

const columns = 100;
const spacing = 140;
/** One shape in so many was moved after it was made, as on a board that people have worked on. */
const movedEvery = 5;

export function largeBoardShapes(count: number): BoardRecord[] {
  const indices = getIndices(count);
  return Array.from({ length: count }, (_, number) =>
    tldrawShape(
      `shape:made-${number}`,
      (number % columns) * spacing + 0.5,
      Math.floor(number / columns) * spacing + 0.25,
      indices[number] ?? "a1",
    ),
  );
}

const made = new Map<number, Uint8Array>();

/** A board of `count` shapes as one Yjs update, made by the code that the page uses. */
export function largeBoardUpdate(count: number): Uint8Array {
  const update = made.get(count) ?? makeLargeBoard(count);
  made.set(count, update);
  return update;
}

function makeLargeBoard(count: number): Uint8Array {
  const document = new Y.Doc();
  Y.applyUpdate(document, seedUpdate("Large"));
  const board = new BoardDocument(document, {
    read: () => ({}),
    repair: (richText) => richText,
    write: () => undefined,
  });
  const shapes = largeBoardShapes(count);
  board.write({ added: shapes, updated: [], removed: [] }, null);
  const moved = shapes.filter((_, number) => number % movedEvery === 0);
  for (const before of moved) {
    const after = { ...before, x: Number(before.x) + 33.3 };
    board.write({ added: [], updated: [{ before, after }], removed: [] }, null);
  }
  const update = Y.encodeStateAsUpdate(document);
  board.close();
  document.destroy();
  return update;
}
