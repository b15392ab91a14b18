import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";
import { LiveDocument, type Taken } from "./live-document.ts";
import { soundUpdateOf } from "./sound-update.ts";

/** Runs in `npm test`; `CAMPAIGN_RUNS` and `CAMPAIGN_SEED` make a longer or a repeated campaign. */
const numRuns = Number(process.env.CAMPAIGN_RUNS ?? 300);
const seed = Number(process.env.CAMPAIGN_SEED ?? Math.floor(Math.random() * 2 ** 31));

const people = 3;
const numbers = fc.nat(1_000);
const steps = fc.array(
  fc.record({
    who: fc.nat(people - 1),
    // Most of it what people do most: drag, and draw.
    kind: fc.constantFrom(
      ..."set set set draw draw write unset erase format nest".split(" "),
      ..."send send send receive read forge".split(" "),
    ),
    at: numbers,
    value: fc.oneof(numbers, fc.constantFrom("é", "𝄞", "text", null, 0.1), fc.uint8Array()),
  }),
  { minLength: 1, maxLength: 200, size: "max" },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

function newDocument(): Y.Doc {
  const document = new Y.Doc();
  document.getMap("map");
  document.getArray("list");
  document.getText("text");
  return document;
}

function contentOf(document: Y.Doc): unknown {
  const text = document.getText("text").toDelta() as TextPart[];
  const clocks = [...Y.decodeStateVector(Y.encodeStateVector(document))];
  return {
    map: document.getMap("map").toJSON(),
    list: document.getArray("list").toJSON(),
    // Without the document that a type in it belongs to.
    text: text.map(({ insert, attributes }) => ({
      insert: insert instanceof Y.AbstractType ? (insert.toJSON() as unknown) : insert,
      attributes,
    })),
    clocks: clocks.toSorted(([one], [other]) => one - other),
  };
}

type TextPart = { insert: unknown; attributes?: unknown };

/** What was told, and nothing that Yjs tidies by itself. */
function follow(follower: Y.Doc, update: Uint8Array): void {
  Y.transact(follower, (transaction) => {
    Y.applyUpdate(follower, update);
    transaction.changed.clear();
  });
  expect(follower.store.pendingStructs).toBeNull();
  expect(follower.store.pendingDs).toBeNull();
}

/** As if each change were applied when it comes. */
class Reference {
  readonly document = newDocument();

  take(update: Uint8Array): Taken {
    try {
      Y.applyUpdate(this.document, update);
    } catch {
      return "broken";
    }
    const { store } = this.document;
    const isWhole = store.pendingStructs === null && store.pendingDs === null;
    store.pendingStructs = null;
    store.pendingDs = null;
    return isWhole ? "whole" : "gap";
  }
}

class Editor {
  readonly document = newDocument();
  readonly outbox: Uint8Array[] = [];
  /** How much of what was told it has got. */
  heard = 0;

  constructor(clientId: number) {
    this.document.clientID = clientId;
    this.document.on("update", (update, origin) => {
      if (origin !== "remote") this.outbox.push(update);
    });
  }

  change({ kind, at, value }: Step): void {
    const [map, list, text] = [
      this.document.getMap("map"),
      this.document.getArray("list"),
      this.document.getText("text"),
    ];
    const key = `key-${at % 4}`;
    if (kind === "set") map.set(key, value);
    else if (kind === "unset") map.delete(key);
    else if (kind === "nest") map.set(key, new Y.Map([["inner", new Y.Text("deep")]]));
    else if (kind === "draw") list.push([[at, value]]);
    else if (kind === "write") text.insert(at % (text.length + 1), `${String(value)}x`);
    else if (kind === "erase" && text.length > 0) text.delete(at % text.length, 1);
    else if (kind === "format" && text.length > 0) {
      text.format(at % text.length, 1, { bold: at % 2 === 0 ? true : null });
    }
  }
}

/** Not as its sender made it, but for luck. */
function forged(update: Uint8Array, at: number): Uint8Array {
  const index = at % update.length;
  if (at % 5 === 0) return update.slice(0, index);
  if (at % 5 === 1) return Buffer.concat([update, Buffer.of(at % 256)]);
  return update.with(index, (at * 7) % 256);
}

/** One person's document, and what it told of itself. */
function recorded(): { document: Y.Doc; updates: Uint8Array[] } {
  const document = newDocument();
  const updates: Uint8Array[] = [];
  document.on("update", (update) => updates.push(update));
  return { document, updates };
}

/** Maps in maps; the innermost of them. */
function nest(
  document: Y.Doc,
  depth: number,
  outermost = document.getMap<unknown>("map"),
): Y.Map<unknown> {
  let outer = outermost;
  document.transact(() => {
    for (let left = depth; left > 0; left--) {
      const map = new Y.Map<unknown>();
      outer.set("nested", map);
      outer = map;
    }
  });
  return outer;
}

function failing(cause: unknown): never {
  throw cause;
}

function take(live: LiveDocument, update: Uint8Array): Taken {
  const sound = soundUpdateOf(update, live.clockOf);
  if (sound === null) throw new TypeError("Not a sound update");
  return live.take(sound, "someone");
}

describe("a live document", () => {
  it("is what it would be if each change were applied at once, and tells all of it", () => {
    let waited = 0;
    let forgeries = 0;
    fc.assert(
      fc.property(steps, (all) => {
        const served = newDocument();
        const live = new LiveDocument(served, failing);
        const reference = new Reference();
        const follower = newDocument();
        const told: Uint8Array[] = [];
        live.listen((update) => {
          told.push(update);
          follow(follower, update);
        });
        const editors = Array.from({ length: people }, (_, who) => new Editor(who + 1));
        const bring = (update: Uint8Array): void => {
          const sound = soundUpdateOf(update, live.clockOf);
          if (sound === null) return;
          // Whoever made it may use the memory again.
          const taken = live.take({ ...sound, update: update.slice() }, "someone");
          if (sound.plain !== null) waited++;
          expect(taken).toBe(reference.take(update));
        };
        for (const step of all) {
          const editor = editors[step.who] as Editor;
          if (step.kind === "send") for (const update of editor.outbox.splice(0)) bring(update);
          else if (step.kind === "forge") {
            const [first] = editor.outbox;
            if (first === undefined) continue;
            const update = forged(first, step.at);
            // What is forged comes to lie where its sender's own changes do, and of such it depends
            // on what Yjs has joined by then what becomes of them. So it is the last that comes.
            if (!soundUpdateOf(update, live.clockOf)?.plain) continue;
            bring(update);
            forgeries++;
            break;
          } else if (step.kind === "receive") {
            for (const update of told.slice(editor.heard)) {
              Y.applyUpdate(editor.document, update, "remote");
            }
            editor.heard = told.length;
          } else if (step.kind === "read") {
            expect(contentOf(live.current)).toEqual(contentOf(reference.document));
          } else editor.change(step);
        }
        expect(contentOf(live.current)).toEqual(contentOf(reference.document));
        expect(served.store.pendingStructs).toBeNull();
        expect(served.store.pendingDs).toBeNull();
        expect(contentOf(follower)).toEqual(contentOf(served));
        expect(Y.equalSnapshots(Y.snapshot(follower), Y.snapshot(served))).toBe(true);
      }),
      { numRuns, seed },
    );
    // Else nothing of this was about changes that wait, or that someone made by hand.
    expect(waited).toBeGreaterThan(numRuns);
    expect(forgeries).toBeGreaterThan(0);
  });

  it("applies what waits when there is much of it, and when it is read", () => {
    const { document, updates } = recorded();
    const served = newDocument();
    const live = new LiveDocument(served, failing);
    const has = (): number => Y.getState(served.store, document.clientID);
    for (let change = 0; change < 3 * syncLimits.waitingUpdates; change++) {
      document.getMap("map").set("dragged", change);
      take(live, updates.at(-1) as Uint8Array);
      expect(change + 1 - has()).toBeLessThan(syncLimits.waitingUpdates);
    }
    document.getMap("map").set("dragged", "last");
    take(live, updates.at(-1) as Uint8Array);
    expect(live.clockOf(document.clientID)).toBe(3 * syncLimits.waitingUpdates + 1);
    expect(live.current.getMap("map").get("dragged")).toBe("last");
    const large = "x".repeat(syncLimits.waitingUpdateBytes);
    document.getMap("map").set("large", large);
    take(live, updates.at(-1) as Uint8Array);
    expect(served.getMap("map").get("large")).toBe(large);
  });

  it("keeps what waits although the frame that it came in is used again", () => {
    const { document, updates } = recorded();
    const live = new LiveDocument(newDocument(), failing);
    document.getMap("map").set("dragged", 1);
    const frame = Uint8Array.from(updates[0] as Uint8Array);
    take(live, frame);
    frame.fill(255);
    expect(live.current.getMap("map").get("dragged")).toBe(1);
  });

  it("lets nothing wait where there are types in types, as deleting them may be too much", () => {
    const { document, updates } = recorded();
    const served = newDocument();
    let broken: unknown = null;
    const live = new LiveDocument(served, (cause) => {
      broken = cause;
    });
    let told = 0;
    live.listen(() => told++);
    document.getMap("map").set("other", 1);
    nest(document, 20_000);
    for (const update of updates) expect(take(live, update)).toBe("whole");

    // Whoever does it has only the outermost, as Yjs could not delete all of them there either.
    const shallow = newDocument();
    shallow.clientID = document.clientID;
    shallow.getMap("map").set("other", 1);
    nest(shallow, 1);
    const rival = newDocument();
    Y.applyUpdate(rival, Y.encodeStateAsUpdate(shallow));
    const before = Y.encodeStateVector(rival);
    rival.getMap("map").set("nested", 1);
    const deletion = Y.encodeStateAsUpdate(rival, before);
    expect(soundUpdateOf(deletion, live.clockOf)?.plain).not.toBeNull();
    expect(take(live, deletion)).toBe("broken");
    expect(broken).not.toBeNull();
    // It was neither logged nor passed on.
    expect(told).toBe(2);
  });

  it("sees types in types that come a few at a time", () => {
    const { document, updates } = recorded();
    let isBroken = false;
    const live = new LiveDocument(newDocument(), () => {
      isBroken = true;
    });
    let told = 0;
    live.listen(() => told++);
    let outer = document.getMap<unknown>("map");
    for (let step = 0; step < 100; step++) outer = nest(document, 100, outer);
    for (const update of updates) {
      expect(update.length).toBeLessThan(syncLimits.waitingUpdateBytes);
      expect(take(live, update)).toBe("whole");
    }
    const shallow = newDocument();
    shallow.clientID = document.clientID;
    nest(shallow, 1);
    const rival = newDocument();
    Y.applyUpdate(rival, Y.encodeStateAsUpdate(shallow));
    const before = Y.encodeStateVector(rival);
    rival.getMap("map").set("nested", 1);
    expect(take(live, Y.encodeStateAsUpdate(rival, before))).toBe("broken");
    expect(isBroken).toBe(true);
    expect(told).toBe(updates.length);
  });
});
