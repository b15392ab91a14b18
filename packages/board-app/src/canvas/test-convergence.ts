import assert from "node:assert/strict";
import {
  endOf,
  findRepairs,
  isJsonObject,
  jsonEqual,
  seedUpdate,
  type BoardRecord,
} from "@boardwalk/board-model";
import fc from "fast-check";
import * as Y from "yjs";
import { deeds } from "./test-deeds.ts";
import { EditorReplica } from "./test-editor-replica.ts";
import { standInForBrowser } from "./test-headless-browser.ts";
import { KeptChanges } from "./test-kept-changes.ts";
import { LossyLink } from "./test-lossy-link.ts";

standInForBrowser();

const replicaCount = 3;

/** What happens next. A deed that is not `written` is still on the canvas alone when the next comes. */
export type Step =
  | {
      readonly kind: "deed";
      readonly who: number;
      readonly deed: string;
      readonly picks: readonly number[];
      readonly isWritten: boolean;
    }
  | { readonly kind: "deliver"; readonly from: number; readonly to: number; readonly pick: number }
  | {
      readonly kind: "lose" | "part" | "reconnect";
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: "restart"; readonly who: number };

const anyone = fc.nat({ max: replicaCount - 1 });
const deedStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("deed" as const),
  who: anyone,
  deed: fc.constantFrom(...Object.keys(deeds)),
  picks: fc.array(fc.nat({ max: 1000 }), { minLength: 4, maxLength: 4 }),
  isWritten: fc.nat({ max: 3 }).map((chance) => chance > 0),
});
const linkStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("deliver" as const),
      from: anyone,
      to: anyone,
      pick: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("lose" as const, "part" as const, "reconnect" as const),
      from: anyone,
      to: anyone,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), who: anyone }),
  },
);

/** Random sequences of what people do and what the network does to it. */
export const sequences: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: deedStep }, { weight: 2, arbitrary: linkStep }),
  { minLength: 5, maxLength: 50 },
);

/** Several editors on a bad network, each with a disk of its own. */
class Scene {
  readonly #link: LossyLink;
  readonly #kept = new KeptChanges();
  /** The updates that each document has been told of, as a page keeps them. */
  readonly #disks: Uint8Array[][] = [];

  constructor() {
    const start = seedUpdate("A board");
    this.#link = new LossyLink(
      Array.from({ length: replicaCount }, () => new EditorReplica(start)),
    );
    for (const [who, replica] of this.#link.replicas.entries()) this.#keep(who, replica, [start]);
    // Something that all of them know, to be of different minds about.
    const known = ["box", "note", "frame", "stroke", "arrow", "picture", "words"];
    for (const [number, deed] of known.entries()) {
      deeds[deed]?.(this.#link.replica(0).editor, (count) => number % count, 900 + number);
    }
    this.#link.heal();
  }

  perform(step: Step, number: number): void {
    if (step.kind === "deed") this.#do(step, number);
    else if (step.kind === "restart") this.#restart(step.who);
    else if (step.from !== step.to) {
      if (step.kind === "deliver") this.#link.deliver(step.from, step.to, step.pick);
      else this.#link[step.kind](step.from, step.to);
    }
  }

  /** @throws when the boards differ, are not sound, or something is lost */
  settle(): void {
    this.#link.heal();
    const [first, ...others] = this.#link.replicas;
    if (first === undefined) throw new Error("There is no replica");
    const records = recordsOf(first);
    for (const other of others) {
      assert.deepEqual(recordsOf(other), records);
      assert.deepEqual(Y.encodeStateVector(other.doc), Y.encodeStateVector(first.doc));
      assert.equal(other.binding.setAsideCount, 0);
    }
    assert.deepEqual([...findRepairs(new Map(Object.entries(records))).keys()], []);
    assert.deepEqual(this.#kept.lost(first), []);
    // Whoever opens the board from what is stored sees the same.
    const opened = new EditorReplica(Y.encodeStateAsUpdate(first.doc));
    try {
      opened.binding.write();
      assert.deepEqual(recordsOf(opened), records);
    } finally {
      opened.close();
    }
  }

  close(): void {
    for (const replica of this.#link.replicas) replica.close();
  }

  #do({ who, deed, picks, isWritten }: Extract<Step, { kind: "deed" }>, number: number): void {
    const replica = this.#link.replica(who);
    let next = 0;
    const pick = (count: number): number =>
      count === 0 ? 0 : (picks[next++ % picks.length] ?? 0) % count;
    if (!isWithinAnother.has(deed)) replica.editor.markHistoryStoppingPoint(deed);
    deeds[deed]?.(replica.editor, pick, number);
    if (!isWritten) return;
    const waiting = endsInWaiting(replica);
    const canvas = plain(recordsOf(replica), waiting);
    replica.binding.write();
    // The document has taken all of it: nothing on the canvas was put back.
    assert.deepEqual(plain(recordsOf(replica), waiting), canvas);
  }

  #restart(who: number): void {
    const disk = this.#disks[who] ?? [];
    this.#link.replica(who).binding.write();
    const replica = new EditorReplica(Y.mergeUpdates(disk));
    this.#link.replace(who, replica);
    this.#keep(who, replica, disk);
  }

  #keep(who: number, replica: EditorReplica, disk: Uint8Array[]): void {
    this.#disks[who] = disk;
    replica.doc.on("update", (update) => disk.push(update));
    this.#kept.watch(replica);
  }
}

function recordsOf(replica: EditorReplica): Record<string, BoardRecord> {
  return JSON.parse(JSON.stringify(replica.records())) as Record<string, BoardRecord>;
}

/** Ends of arrows that somebody bound while one of the shapes was deleted: its return brings that back, too. */
function endsInWaiting({ document }: EditorReplica): ReadonlySet<string> {
  const ends = new Set<string>();
  for (const id of document.ids()) {
    const record = document.read(id);
    if (record?.typeName !== "binding") continue;
    const end = endOf(record);
    const isWhole = [record.fromId, record.toId].every((shapeId) => document.has(String(shapeId)));
    if (end !== null && !isWhole) ends.add(end);
  }
  return ends;
}

/**
 * Less what the document adds to texts that the canvas has made, what repairs are about, the width
 * that texts have by themselves, and what is bound to some ends of arrows.
 */
function plain(records: Record<string, BoardRecord>, leftOutEnds: ReadonlySet<string>): unknown {
  const shown = Object.entries(records).filter(
    ([, record]) => record.typeName !== "binding" || !leftOutEnds.has(endOf(record) ?? ""),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(shown)), (key, value: unknown) => {
    if (key === "index" || key === "parentId") return undefined;
    if (key === "attrs" && jsonEqual(value, { dir: "auto" })) return undefined;
    return isJsonObject(value) && value.autoSize === true ? { ...value, w: undefined } : value;
  });
}

/** These are no new step of the undo history. */
const isWithinAnother: ReadonlySet<string> = new Set(["undo", "redo", "carry", "drop"]);

/** Three people do all this; then everything arrives. Throws when they do not come to the same, sound board. */
export function expectConvergence(sequence: readonly Step[]): void {
  const scene = new Scene();
  try {
    for (const [number, step] of sequence.entries()) scene.perform(step, number);
    scene.settle();
  } finally {
    scene.close();
  }
}
