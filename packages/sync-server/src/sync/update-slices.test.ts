import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { histories, replicasOf } from "./test-random-document.ts";
import { slicesOf } from "./update-slices.ts";

/** Runs in `npm test`; `CAMPAIGN_RUNS` and `CAMPAIGN_SEED` make a longer or a repeated campaign. */
const numRuns = Number(process.env.CAMPAIGN_RUNS ?? 300);
const seed = Number(process.env.CAMPAIGN_SEED ?? Math.floor(Math.random() * 2 ** 31));

const sliceBytes = fc.constantFrom(1, 16, 100, 1_000);

/** As a stored board is applied. */
function apply(document: Y.Doc, update: Uint8Array): void {
  Y.transact(document, (transaction) => {
    Y.applyUpdate(document, update);
    transaction.changed.clear();
  });
}

function documentOf(updates: readonly Uint8Array[]): Y.Doc {
  const document = new Y.Doc();
  for (const update of updates) apply(document, update);
  return document;
}

function cut(update: Uint8Array, bytes: number): Uint8Array[] {
  return [...slicesOf(update, bytes)].filter((slice) => slice !== null);
}

function structsIn(update: Uint8Array): number {
  return Y.decodeUpdate(update).structs.length;
}

/** How the items of each type hang together, which is more than an encoded document says. */
function shapeOf(document: Y.Doc): unknown[] {
  const items = [...document.store.clients.values()].flat();
  const nested = items.flatMap((struct) =>
    struct instanceof Y.Item && struct.content instanceof Y.ContentType
      ? [[`${struct.id.client} ${struct.id.clock}`, struct.content.type] as const]
      : [],
  );
  return [...document.share, ...nested]
    .map(([name, type]) => {
      const sequence: string[] = [];
      for (let item = type._start; item !== null; item = item.right) sequence.push(idOf(item));
      const values = [...type._map].map(([key, item]) => `${key} ${idOf(item)}`);
      return [name, type._length, sequence, values.toSorted()] as const;
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function idOf({ id, length, deleted }: Y.Item): string {
  return `${id.client} ${id.clock} ${length} ${deleted}`;
}

/** What a compaction makes of a document. */
function storedOf(document: Y.Doc): Uint8Array {
  return Y.encodeStateAsUpdate(documentOf([Y.encodeStateAsUpdate(document)]));
}

/** Once they are stored again: what was given up may be in pieces of other sizes before. */
function expectSame(sliced: Y.Doc, whole: Y.Doc): void {
  expect(Y.encodeStateVector(sliced)).toEqual(Y.encodeStateVector(whole));
  expect(storedOf(sliced)).toEqual(storedOf(whole));
  expect(shapeOf(sliced)).toEqual(shapeOf(whole));
}

describe("an update of a whole document, cut into slices", () => {
  it("makes the same document, none of the slices waiting for a later one", () => {
    fc.assert(
      fc.property(histories, fc.nat(3), sliceBytes, (history, who, bytes) => {
        const replica = replicasOf(history)[who] ?? new Y.Doc();
        const stored = storedOf(replica);
        for (const update of [Y.encodeStateAsUpdate(replica), stored]) {
          const sliced = new Y.Doc();
          for (const slice of cut(update, bytes)) {
            apply(sliced, slice);
            expect(sliced.store.pendingStructs).toBeNull();
            expect(sliced.store.pendingDs).toBeNull();
          }
          expectSame(sliced, documentOf([update]));
          if (update === stored) expect(Y.encodeStateAsUpdate(sliced)).toEqual(stored);
        }
      }),
      { numRuns, seed },
    );
  }, 840_000);

  it("makes the same document where structs are missing, and when they come", () => {
    fc.assert(
      fc.property(histories, sliceBytes, fc.boolean(), (history, bytes, isCompacted) => {
        const replicas = replicasOf(history);
        const [one, two, three, four] = replicas;
        if (!one || !two || !three || !four) throw new Error("Nobody");
        let update = Y.mergeUpdates([
          Y.encodeStateAsUpdate(one),
          Y.encodeStateAsUpdate(two, Y.encodeStateVector(three)),
          Y.encodeStateAsUpdate(three, Y.encodeStateVector(four)),
        ]);
        if (isCompacted) update = Y.encodeStateAsUpdate(documentOf([update]));
        const [sliced, whole] = [new Y.Doc(), documentOf([update])];
        for (const slice of cut(update, bytes)) {
          // What has to wait comes all at once: Yjs reads what waits anew with each update.
          if (sliced.store.pendingStructs !== null) expect(structsIn(slice)).toBe(0);
          apply(sliced, slice);
        }
        expectSame(sliced, whole);
        for (const replica of replicas) {
          for (const document of [sliced, whole]) apply(document, Y.encodeStateAsUpdate(replica));
        }
        expect(sliced.store.pendingStructs).toBeNull();
        expectSame(sliced, whole);
      }),
      { numRuns, seed },
    );
  }, 840_000);
});
