import * as Y from "yjs";

/**
 * What a slow reader was not sent, as no more than where it begins: the changes themselves are in
 * the document, and the reader gets them as one update once it has read what came before.
 */
export class PostponedUpdates {
  readonly #firstClocks = new Map<number, number>();

  add(update: Uint8Array): void {
    for (const [client, clock] of Y.parseUpdateMeta(update).from) {
      if (!this.#firstClocks.has(client)) this.#firstClocks.set(client, clock);
    }
  }

  /** All of it, with everything that was deleted. */
  read(document: Y.Doc): Uint8Array {
    const known = Y.decodeStateVector(Y.encodeStateVector(document));
    for (const [client, clock] of this.#firstClocks) known.set(client, clock);
    return Y.encodeStateAsUpdate(document, Y.encodeStateVector(known));
  }
}
