import { digest } from "lib0/hash/sha256";
import { isJsonObject, type BoardRecord } from "./record.ts";
import { documentRecord, firstPage } from "./seed.ts";

/** How a record is shown instead of as it stands; null when it is not shown at all. */
export type Repairs = Map<string, BoardRecord | null>;

/**
 * What has to be shown differently for the records to be a board that the canvas can hold: every
 * shape has a parent and no shape is its own ancestor, siblings have different indices, bindings
 * have both ends and no two share one, and there is a page.
 *
 * Concurrent changes, each sound by itself, can break any of these. The document stays as it is:
 * repairs are a function of the records alone, so every replica shows the same without a word, and
 * there is nothing to send that could start a loop.
 */
export function findRepairs(records: ReadonlyMap<string, BoardRecord>): Repairs {
  const repairs: Repairs = new Map();
  if (!records.has(documentRecord.id)) repairs.set(documentRecord.id, documentRecord);
  const pages: BoardRecord[] = [];
  const shapes: BoardRecord[] = [];
  const bindings: BoardRecord[] = [];
  for (const record of records.values()) {
    if (record.typeName === "page") pages.push(record);
    else if (record.typeName === "shape") shapes.push(record);
    else if (record.typeName === "binding") bindings.push(record);
  }
  if (pages.length === 0) {
    pages.push(firstPage);
    repairs.set(firstPage.id, firstPage);
  }
  separateIndices(pages, repairs);
  const home = pages.reduce((first, page) => (comesBefore(page, first) ? page : first));
  const children = giveParents(shapes, new Set(pages.map((page) => page.id)), home.id, repairs);
  for (const siblings of children.values()) separateIndices(siblings, repairs);
  dropBindings(bindings, records, repairs);
  return repairs;
}

function comesBefore(a: BoardRecord, b: BoardRecord): boolean {
  const left = String(a.index);
  const right = String(b.index);
  return left === right ? a.id < b.id : left < right;
}

/** @returns all shapes by the id of the parent they are shown under */
function giveParents(
  shapes: readonly BoardRecord[],
  pageIds: ReadonlySet<string>,
  homeId: string,
  repairs: Repairs,
): Map<string, BoardRecord[]> {
  const parents = new Map<string, string>();
  for (const shape of shapes) parents.set(shape.id, String(shape.parentId));
  const rooted = new Set<string>(pageIds);
  for (const shape of shapes) rootOf(shape.id, parents, rooted, homeId);
  const children = new Map<string, BoardRecord[]>();
  for (const shape of shapes) {
    const parentId = parents.get(shape.id) ?? homeId;
    const shown = parentId === shape.parentId ? shape : { ...shape, parentId };
    if (shown !== shape) repairs.set(shape.id, shown);
    const siblings = children.get(parentId);
    if (siblings === undefined) children.set(parentId, [shown]);
    else siblings.push(shown);
  }
  return children;
}

/** Walks up from a shape and moves to the home page what hangs on nothing, or on itself. */
function rootOf(
  start: string,
  parents: Map<string, string>,
  rooted: Set<string>,
  homeId: string,
): void {
  const path: string[] = [];
  const onPath = new Set<string>();
  let id = start;
  while (!rooted.has(id)) {
    if (onPath.has(id)) {
      // Wherever the walk began, the same member of the cycle is moved.
      const cycle = path.slice(path.indexOf(id));
      parents.set(
        cycle.reduce((least, member) => (member < least ? member : least)),
        homeId,
      );
      break;
    }
    path.push(id);
    onPath.add(id);
    const parentId = parents.get(id) ?? "";
    if (!rooted.has(parentId) && !parents.has(parentId)) {
      parents.set(id, homeId);
      break;
    }
    id = parentId;
  }
  for (const member of path) rooted.add(member);
}

/**
 * Of siblings at one index the first by id stays; each other moves up by a fraction that only its
 * own id decides. Were the fraction chosen to fit between the neighbours, a repair would move when
 * they do, and the canvas moves arrows in answer to what lies around them: the two would never end.
 */
function separateIndices(siblings: readonly BoardRecord[], repairs: Repairs): void {
  const taken = new Set(siblings.map((sibling) => sibling.index));
  if (taken.size === siblings.length) return;
  const kept = new Set<unknown>();
  for (const sibling of siblings.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    if (!kept.has(sibling.index)) {
      kept.add(sibling.index);
      continue;
    }
    let index = String(sibling.index) + fractionOf(sibling.id);
    while (taken.has(index)) index += smallestFraction;
    taken.add(index);
    repairs.set(sibling.id, { ...sibling, index });
  }
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const fractionDigits = 8;
/** Indices never end in the lowest digit. */
const smallestFraction = "1";

function fractionOf(id: string): string {
  const hash = digest(new TextEncoder().encode(id));
  let fraction = "";
  for (const byte of hash.subarray(0, fractionDigits))
    fraction += digits.charAt(byte % digits.length);
  return fraction + smallestFraction;
}

/** The arrow and which end of it a binding holds; null when it is not of an arrow. */
export function endOf(binding: BoardRecord): string | null {
  const terminal = isJsonObject(binding.props) ? binding.props.terminal : undefined;
  return typeof terminal === "string" ? `${String(binding.fromId)} ${terminal}` : null;
}

function dropBindings(
  bindings: readonly BoardRecord[],
  records: ReadonlyMap<string, BoardRecord>,
  repairs: Repairs,
): void {
  const byEnd = new Map<string, BoardRecord>();
  const isShape = (id: unknown): boolean =>
    typeof id === "string" && records.get(id)?.typeName === "shape";
  for (const binding of bindings) {
    if (!isShape(binding.fromId) || !isShape(binding.toId)) {
      repairs.set(binding.id, null);
      continue;
    }
    const end = endOf(binding);
    if (end === null) continue;
    const other = byEnd.get(end);
    if (other === undefined || binding.id < other.id) {
      byEnd.set(end, binding);
      if (other !== undefined) repairs.set(other.id, null);
    } else repairs.set(binding.id, null);
  }
}
