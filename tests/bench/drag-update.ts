import * as encoding from "lib0/encoding";

/** Of a struct's first byte: its content, and what it names. */
const anyContent = 8;
const hasParentSub = 0x20;
const hasOrigin = 0x80;

/**
 * The updates of someone who does nothing but set one key of a map again and again, byte for byte
 * as Yjs makes them. With a Yjs document for each of a thousand people most of what is measured
 * would be how long they are held up by their own collector.
 */
export class DragUpdates {
  readonly #client: number;
  readonly #map: string;
  readonly #key: string;
  #clock = 0;

  constructor(client: number, map: string, key: string) {
    this.#client = client;
    this.#map = map;
    this.#key = key;
  }

  next(value: encoding.AnyEncodable): Uint8Array {
    const clock = this.#clock++;
    const before = clock - 1;
    return encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, 1); // One client,
      encoding.writeVarUint(encoder, 1); // with one struct.
      encoding.writeVarUint(encoder, this.#client);
      encoding.writeVarUint(encoder, clock);
      encoding.writeUint8(encoder, anyContent | hasParentSub | (clock > 0 ? hasOrigin : 0));
      if (clock > 0) {
        encoding.writeVarUint(encoder, this.#client);
        encoding.writeVarUint(encoder, before);
      } else {
        encoding.writeVarUint(encoder, 1); // Its parent is one of the document's own types.
        encoding.writeVarString(encoder, this.#map);
        encoding.writeVarString(encoder, this.#key);
      }
      encoding.writeVarUint(encoder, 1); // One value.
      encoding.writeAny(encoder, value);
      encoding.writeVarUint(encoder, clock > 0 ? 1 : 0); // Deleted is what it replaces.
      if (clock === 0) return;
      encoding.writeVarUint(encoder, this.#client);
      encoding.writeVarUint(encoder, 1);
      encoding.writeVarUint(encoder, before);
      encoding.writeVarUint(encoder, 1);
    });
  }
}
