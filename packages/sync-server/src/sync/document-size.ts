import { limits } from "@boardwalk/board-model";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";

/**
 * How large a document is. What is added to it is counted, which is too much where later changes
 * replace earlier ones: a document that seems full is measured, and now and then again.
 */
export class DocumentSize {
  readonly #document: Y.Doc;
  readonly #onUpdate = (update: Uint8Array): void => {
    this.#bytes += update.length;
  };
  #bytes: number;
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  /** `storedBytes`: of what the document was read from. */
  constructor(document: Y.Doc, storedBytes: number) {
    this.#document = document;
    this.#bytes = storedBytes;
    document.on("update", this.#onUpdate);
  }

  /** Whether so much more may be added. */
  hasRoomFor(bytes: number): boolean {
    if (this.#bytes + bytes <= limits.documentBytes) return true;
    const nowMs = performance.now();
    if (nowMs - this.#measuredAtMs < syncLimits.measureIntervalMs) return false;
    this.#measuredAtMs = nowMs;
    this.#bytes = Y.encodeStateAsUpdate(this.#document).length;
    return this.#bytes + bytes <= limits.documentBytes;
  }

  close(): void {
    this.#document.off("update", this.#onUpdate);
  }
}
