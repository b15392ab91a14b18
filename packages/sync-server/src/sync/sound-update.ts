import * as decoding from "lib0/decoding";
import * as Y from "yjs";
import { contentRef, refOfNext, skipStruct } from "./struct.ts";

type Range = { readonly clock: number; readonly length: number };

/** An update that Yjs can apply to its end. */
export type SoundUpdate = {
  readonly update: Uint8Array;
  /** How many items it adds. */
  readonly items: number;
  /** What is known of one that is plain; else null. */
  readonly plain: PlainUpdate | null;
};

/**
 * Changes of one client, each new and in order, that need nothing but what is there already: Yjs is
 * certain to take all of it, whatever other plain updates are applied before it.
 */
export type PlainUpdate = {
  readonly client: number;
  /** The client's next clock, when this is applied. */
  readonly endClock: number;
};

/**
 * Reads an update as far as it takes to know what Yjs would do with it. Null for one that it would
 * choke on. Yjs reads while it applies, and would keep the first half of one that is cut short. Of
 * structs without length it keeps books that it then cannot read: from there on the document takes
 * changes and tells nobody of them.
 *
 * @param clockOf the next clock of a client, as far as its changes are here
 */
export function soundUpdateOf(
  update: Uint8Array,
  clockOf: (client: number) => number,
): SoundUpdate | null {
  return plainUpdateOf(update, clockOf) ?? decodedUpdateOf(update);
}

/**
 * What people's changes hold most. No types: whether there are any in others is seen when they are
 * applied. Nor what Yjs does not read as the bytes it is (JSON), and what only merged updates hold.
 */
const plainContents: ReadonlySet<number> = new Set([
  contentRef.deleted,
  contentRef.binary,
  contentRef.string,
  contentRef.any,
]);

/** Makes no objects but the result: this is done for each change, and Yjs's own would be many. */
function plainUpdateOf(
  update: Uint8Array,
  clockOf: (client: number) => number,
): SoundUpdate | null {
  try {
    const decoder = decoding.createDecoder(update);
    if (decoding.readVarUint(decoder) !== 1) return null;
    const items = decoding.readVarUint(decoder);
    const client = decoding.readVarUint(decoder);
    let clock = decoding.readVarUint(decoder);
    if (items === 0 || clock !== clockOf(client)) return null;
    let isKnown = true;
    const checkKnown = (other: number, otherClock: number): void => {
      if (otherClock >= (other === client ? clock : clockOf(other))) isKnown = false;
    };
    for (let left = items; left > 0; left--) {
      if (!plainContents.has(refOfNext(decoder))) return null;
      const length = skipStruct(decoder, checkKnown);
      if (length === 0 || !isKnown) return null;
      clock += length;
    }
    for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
      const deleter = decoding.readVarUint(decoder);
      const endClock = deleter === client ? clock : clockOf(deleter);
      for (let left = decoding.readVarUint(decoder); left > 0; left--) {
        const start = decoding.readVarUint(decoder);
        const length = decoding.readVarUint(decoder);
        if (length === 0 || start + length > endClock) return null;
      }
    }
    const isWhole = Number.isSafeInteger(clock) && !decoding.hasContent(decoder);
    return isWhole ? { update, items, plain: { client, endClock: clock } } : null;
  } catch {
    return null;
  }
}

function decodedUpdateOf(update: Uint8Array): SoundUpdate | null {
  try {
    const { structs, ds } = Y.decodeUpdate(update);
    const deleted = [...ds.clients.values()].flat();
    const isSound =
      structs.every(({ id, length }) => isRange({ clock: id.clock, length })) &&
      structs.every((struct) => !(struct instanceof Y.Item) || buildsOnEarlier(struct)) &&
      deleted.every(({ clock, len }) => isRange({ clock, length: len }));
    return isSound ? { update, items: structs.length, plain: null } : null;
  } catch {
    return null;
  }
}

function isRange({ clock, length }: Range): boolean {
  return length > 0 && Number.isSafeInteger(clock + length);
}

/** Of what its own client made, that is. What others made may still be missing, which Yjs sees. */
function buildsOnEarlier({ id, origin, rightOrigin, parent }: Y.Item): boolean {
  return [origin, rightOrigin, parent].every(
    (other) => !(other instanceof Y.ID) || other.client !== id.client || other.clock < id.clock,
  );
}
