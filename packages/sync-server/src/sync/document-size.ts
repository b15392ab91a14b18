import { itemsOf, limits } from "@boardwalk/board-model";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";
import type { LiveDocument } from "./live-document.ts";

/**
 * How large a document is. What is added to it is counted, which is too much where later changes
 * replace earlier ones: a document that seems full is measured. As that takes as long as the
 * document is large, it is done again only after some time, or after so much was added that
 * measuring costs little beside it: what has room is never refused for a count.
 */
export class DocumentSize {
  readonly #document: LiveDocument;
  /** At most this; `#measuredBytes` of it were measured. */
  #bytes: number;
  #measuredBytes = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #items: number;
  #itemsSinceCounted = 0;

  /** `storedBytes`: of what the document was read from. */
  constructor(document: LiveDocument, storedBytes: number) {
    this.#document = document;
    this.#bytes = storedBytes;
    this.#items = itemsOf(document.current);
    document.listen((update) => {
      this.#bytes += update.length;
    });
  }

  /** Whether so much more may be added. */
  hasRoomFor(bytes: number): boolean {
    if (this.#bytes + bytes > limits.documentBytes && this.#mayMeasure()) this.#measure();
    return this.#bytes + bytes <= limits.documentBytes;
  }

  /** Whether so many more items may be added; those that are asked for count as added. */
  hasRoomForItems(items: number): boolean {
    this.#itemsSinceCounted += items;
    if (this.#itemsSinceCounted >= syncLimits.countAfterItems) {
      this.#items = itemsOf(this.#document.current);
      this.#itemsSinceCounted = items;
    }
    return this.#items + this.#itemsSinceCounted <= limits.documentItems;
  }

  #mayMeasure(): boolean {
    const addedBytes = this.#bytes - this.#measuredBytes;
    const passedMs = performance.now() - this.#measuredAtMs;
    return addedBytes >= syncLimits.measureAfterBytes || passedMs >= syncLimits.measureIntervalMs;
  }

  #measure(): void {
    this.#bytes = Y.encodeStateAsUpdate(this.#document.current).length;
    this.#measuredBytes = this.#bytes;
    this.#measuredAtMs = performance.now();
  }
}
