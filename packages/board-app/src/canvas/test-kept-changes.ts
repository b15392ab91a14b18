import {
  changedPaths,
  getIn,
  isJsonObject,
  jsonEqual,
  type BoardRecord,
  type RecordChanges,
} from "@boardwalk/board-model";
import * as Y from "yjs";
import type { EditorReplica } from "./test-editor-replica.ts";

/** What somebody wrote, and when: the clock of their document after it. */
interface Write {
  readonly clientId: number;
  readonly clock: number;
  readonly value: unknown;
}

/** One value of a record that changes as a whole: its being there, its geometry, or a property. */
type Unit = string;

const presence = "";
const geometry = "geometry";
/** These merge, or are repaired, and are looked at by themselves. */
const mergedProps: ReadonlySet<string> = new Set(["richText", "text", "segments"]);

/**
 * Keeps account of all that is written to the documents of several people, and says what is lost:
 * of each value one has to be there that nobody who had seen it has replaced. Where only one person
 * wrote, or one after the other, that is what was written last, as in a sequential run.
 */
export class KeptChanges {
  /** By record id, then by unit: what may be there in the end. */
  readonly #writes = new Map<string, Map<Unit, Write[]>>();
  /** By record id: letters that were typed and that nobody has deleted. */
  readonly #letters = new Map<string, Set<string>>();
  readonly #deleted = new Set<string>();

  watch({ document, doc }: EditorReplica): void {
    const write = document.write.bind(document);
    document.write = (changes, origin) => {
      write(changes, origin);
      this.#note(changes, doc);
    };
  }

  #note(changes: RecordChanges, doc: Y.Doc): void {
    for (const record of changes.added) this.#noteWhole(record, doc);
    for (const { before, after } of changes.updated) {
      this.#noteText(before, after);
      for (const [unit, value] of unitsOf(before, after)) this.#add(after.id, unit, value, doc);
    }
    for (const id of changes.removed) {
      this.#deleted.add(id);
      this.#add(id, presence, false, doc);
    }
  }

  #noteWhole(record: BoardRecord, doc: Y.Doc): void {
    const empty: BoardRecord = { id: record.id, typeName: record.typeName, props: {}, meta: {} };
    this.#add(record.id, presence, true, doc);
    for (const [unit, value] of unitsOf(empty, record)) this.#add(record.id, unit, value, doc);
    this.#noteText(empty, record);
  }

  #add(id: string, unit: Unit, value: unknown, doc: Y.Doc): void {
    const units = this.#writes.get(id) ?? new Map<Unit, Write[]>();
    this.#writes.set(id, units);
    const seen = Y.decodeStateVector(Y.encodeStateVector(doc));
    const concurrent = (units.get(unit) ?? []).filter(
      ({ clientId, clock }) => (seen.get(clientId) ?? 0) < clock,
    );
    const clock = seen.get(doc.clientID) ?? 0;
    units.set(unit, [...concurrent, { clientId: doc.clientID, clock, value }]);
  }

  #noteText(before: BoardRecord, after: BoardRecord): void {
    const [old, now] = [this.#lettersIn(before), this.#lettersIn(after)];
    const letters = this.#letters.get(after.id) ?? new Set();
    this.#letters.set(after.id, letters);
    for (const letter of now) if (!old.has(letter)) letters.add(letter);
    // Whoever deletes a letter deletes it for all; it may come back by an undo, and then stays.
    for (const letter of old) if (!now.has(letter)) letters.delete(letter);
  }

  #lettersIn(record: BoardRecord): Set<string> {
    const text = JSON.stringify([
      getIn(record, ["props", "richText"]),
      getIn(record, ["props", "text"]),
    ]);
    return new Set(text.match(/[\u4e00-\u5fff]/gu));
  }

  /** What should be in the document and is not, in words. */
  lost({ document }: EditorReplica): string[] {
    const lost: string[] = [];
    for (const [id, units] of this.#writes) {
      const record = document.read(id);
      const expected = units.get(presence) ?? [];
      const isThere =
        expected.length === 0 || expected.some(({ value }) => value === (record !== null));
      if (!isThere) lost.push(`${id} is ${record === null ? "gone" : "there"}`);
      if (record === null) continue;
      for (const [unit, writes] of units) {
        if (unit === presence) continue;
        const value = valueOf(record, unit);
        if (!writes.some((write) => jsonEqual(write.value, value))) {
          const wanted = writes.map((write) => JSON.stringify(write.value)).join(" or ");
          lost.push(`${id} has ${unit} ${JSON.stringify(value)} and not ${wanted}`);
        }
      }
      if (this.#deleted.has(id)) continue;
      const there = this.#lettersIn(record);
      for (const letter of this.#letters.get(id) ?? []) {
        if (!there.has(letter)) lost.push(`${id} has lost the letter ${letter}`);
      }
    }
    return lost;
  }
}

function* unitsOf(before: BoardRecord, after: BoardRecord): Generator<[Unit, unknown]> {
  const place = placeOf(after);
  if (!jsonEqual(place, placeOf(before))) yield [geometry, place];
  for (const path of changedPaths(before, after)) {
    const isPlace = place.some((part) => part.path === path.join("/"));
    const isMerged = path[0] === "props" && mergedProps.has(path[1] ?? "");
    const isDerived = isJsonObject(after.props) && after.props.autoSize === true && path[1] === "w";
    if (!isPlace && !isMerged && !isDerived) yield [path.join("/"), getIn(after, path)];
  }
}

/** What is moved and resized as one. */
function placeOf(record: BoardRecord): { path: string; value: unknown }[] {
  if (record.typeName !== "shape") return [];
  const { x, y, rotation, props } = record;
  const place = Object.entries({ x, y, rotation });
  if (isJsonObject(props) && typeof props.w === "number" && typeof props.h === "number") {
    place.push(["props/w", props.w], ["props/h", props.h]);
  }
  return place.map(([path, value]) => ({ path, value }));
}

function valueOf(record: BoardRecord, unit: Unit): unknown {
  if (unit === geometry) return placeOf(record);
  const [outer = "", inner] = unit.split("/");
  if (inner === undefined) return record[outer];
  return getIn(record, [outer === "props" ? "props" : "meta", inner]);
}
