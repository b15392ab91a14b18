import * as Y from "yjs";
import { boardFormat, BoardInfo, isSchemaKey } from "./board-info.ts";
import { canvasSchema } from "./canvas-schema.ts";
import { jsonEqual } from "./record.ts";
import { parseRecordKey, recordsName } from "./record-key.ts";
import { plainTextPrefix, richTextPrefix } from "./text-bodies.ts";
import { writePlainText } from "./text-merge.ts";

/**
 * Makes what is on the board in `doc` equal to what is on it in `version`, by new changes to only
 * what differs: what others change at the same time merges with them as with any other change.
 *
 * The records and their texts are the version's afterwards, and so are the canvas's schemas, which
 * say what the records are written in. The board's name stays: people know the board by it, and it
 * is not on the board. So does everything in the document that is no part of a board's layout.
 *
 * @param changesPerTransaction bounds how long whoever applies one of the updates is held up
 */
export function restoreBoard(
  doc: Y.Doc,
  version: Y.Doc,
  origin: unknown,
  changesPerTransaction = Infinity,
): void {
  const changes = changesTo(doc, version);
  let isDone = false;
  while (!isDone) {
    doc.transact(() => {
      for (let count = 0; count < changesPerTransaction && !isDone; count++) {
        isDone = changes.next().done === true;
      }
    }, origin);
  }
}

/** Each step of the generator makes one change. */
function* changesTo(doc: Y.Doc, version: Y.Doc): Generator<void> {
  // Texts first and deletions last: what is shown in between has all that it needs.
  for (const name of new Set([...doc.share.keys(), ...version.share.keys()])) {
    if (name.startsWith(richTextPrefix)) {
      const isChanged = matchSequence(doc.getXmlFragment(name), version.getXmlFragment(name));
      if (isChanged) yield;
    } else if (name.startsWith(plainTextPrefix)) {
      if (matchText(doc.getText(name), version.getText(name))) yield;
    }
  }
  yield* matchMap(doc.getMap("board"), version.getMap("board"), isSchemaKey);
  yield* matchMap(doc.getMap(recordsName), version.getMap(recordsName), isRecordKey);
}

/** Whether a later Boardwalk wrote this document: then it is not for this one to write to. */
export function isNewerBoard(doc: Y.Doc): boolean {
  const info = new BoardInfo(doc);
  return (info.format ?? boardFormat) > boardFormat || info.isNewerThan(canvasSchema);
}

function isRecordKey(key: string): boolean {
  return parseRecordKey(key) !== null;
}

function* matchMap(
  live: Y.Map<unknown>,
  wanted: Y.Map<unknown>,
  isContent: (key: string) => boolean,
): Generator<void> {
  for (const [key, value] of wanted.entries()) {
    if (!isContent(key)) continue;
    const current = live.get(key);
    if (live.has(key) && isSame(current, value)) continue;
    if (!match(current, value)) live.set(key, copyOf(value));
    yield;
  }
  for (const key of Array.from(live.keys())) {
    if (!isContent(key) || wanted.has(key)) continue;
    live.delete(key);
    yield;
  }
}

/**
 * Changes a list, a node or a text in place, so that what someone writes into it at the same time
 * stays. False when it has to be replaced.
 */
function match(live: unknown, wanted: unknown): boolean {
  if (live instanceof Y.Array && wanted instanceof Y.Array) matchSequence(live, wanted);
  else if (live instanceof Y.XmlText && wanted instanceof Y.XmlText) matchText(live, wanted);
  else if (live instanceof Y.XmlElement && wanted instanceof Y.XmlElement) {
    if (live.nodeName !== wanted.nodeName) return false;
    matchAttributes(live as Y.XmlElement, wanted as Y.XmlElement);
    matchSequence(live, wanted);
  } else return false;
  return true;
}

/** The children of a node, or the chunks of ink. Answers whether anything differed. */
function matchSequence(live: Y.XmlFragment, wanted: Y.XmlFragment): boolean;
function matchSequence(live: Y.Array<unknown>, wanted: Y.Array<unknown>): boolean;
function matchSequence(
  live: Pick<Y.Array<unknown>, "delete" | "insert" | "toArray">,
  wanted: Pick<Y.Array<unknown>, "toArray">,
): boolean {
  const from = live.toArray();
  const to = wanted.toArray();
  let start = 0;
  while (start < from.length && start < to.length && isSame(from[start], to[start])) start++;
  let fromEnd = from.length;
  let toEnd = to.length;
  while (fromEnd > start && toEnd > start && isSame(from[fromEnd - 1], to[toEnd - 1])) {
    fromEnd--;
    toEnd--;
  }
  if (start === fromEnd && start === toEnd) return false;
  while (start < fromEnd && start < toEnd && match(from[start], to[start])) start++;
  if (fromEnd > start) live.delete(start, fromEnd - start);
  if (toEnd > start) live.insert(start, to.slice(start, toEnd).map(copyOf));
  return true;
}

function copyOf(value: unknown): unknown {
  return value instanceof Y.AbstractType ? value.clone() : value;
}

function matchAttributes(live: Y.XmlElement, wanted: Y.XmlElement): void {
  const from = live.getAttributes();
  const to = wanted.getAttributes();
  for (const name of Object.keys(from)) if (!(name in to)) live.removeAttribute(name);
  for (const [name, value] of Object.entries(to)) {
    if (value !== undefined && !jsonEqual(from[name], value)) live.setAttribute(name, value);
  }
}

/** Answers whether anything differed. */
function matchText(live: Y.Text, wanted: Y.Text): boolean {
  if (isSame(live, wanted)) return false;
  const pieces = piecesOf(wanted);
  if ([...piecesOf(live), ...pieces].every(isPlainPiece)) {
    writePlainText(live, wanted.toJSON());
    return true;
  }
  // The text itself stays, with whatever is typed into it now.
  if (live.length > 0) live.delete(0, live.length);
  live.applyDelta(pieces);
  return true;
}

/** Text of one formatting, or something embedded in the text. */
type Piece = { readonly insert: unknown; readonly attributes?: object };

function piecesOf(text: Y.Text): Piece[] {
  return text.toDelta() as Piece[];
}

function isPlainPiece(piece: Piece): boolean {
  return typeof piece.insert === "string" && piece.attributes === undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || jsonEqual(describe(a), describe(b));
}

/** What a value holds, as JSON that says of what kind it is. */
function describe(value: unknown): unknown {
  // Nothing a board is made of, and not JSON: only ever equal to itself.
  if (value instanceof Y.Doc) return { document: value.guid };
  if (!(value instanceof Y.AbstractType)) return value;
  if (value instanceof Y.Text) {
    return piecesOf(value).map((piece) => ({ ...piece, insert: describe(piece.insert) }));
  }
  if (value instanceof Y.Map) return { kind: "map", entries: describeEntries(value) };
  if (value instanceof Y.Array) return { kind: "array", items: value.toArray().map(describe) };
  if (!(value instanceof Y.XmlFragment)) return { kind: "unknown" };
  const children = value.toArray().map(describe);
  if (!(value instanceof Y.XmlElement)) return { kind: "fragment", children };
  return { kind: value.nodeName, attributes: value.getAttributes(), children };
}

function describeEntries(map: Y.Map<unknown>): Record<string, unknown> {
  return Object.fromEntries([...map.entries()].map(([key, value]) => [key, describe(value)]));
}
