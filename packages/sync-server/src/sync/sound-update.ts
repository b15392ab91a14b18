import * as Y from "yjs";

type Range = { readonly clock: number; readonly length: number };

/**
 * How many items an update adds, if Yjs can apply it to its end; else null. Yjs reads while it
 * applies, and would keep the first half of one that is cut short. Of structs without length it
 * keeps books that it then cannot read: from there on the document takes changes and tells nobody
 * of them.
 */
export function soundItemsOf(update: Uint8Array): number | null {
  try {
    const { structs, ds } = Y.decodeUpdate(update);
    const deleted = [...ds.clients.values()].flat();
    const isSound =
      structs.every(({ id, length }) => isRange({ clock: id.clock, length })) &&
      structs.every((struct) => !(struct instanceof Y.Item) || buildsOnEarlier(struct)) &&
      deleted.every(({ clock, len }) => isRange({ clock, length: len }));
    return isSound ? structs.length : null;
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
