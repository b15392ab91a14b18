import type { Readable } from "node:stream";
import { sniffedBytes } from "./asset-type.ts";

/** What is still read of a refused upload so that its sender gets to the answer. */
const discardedBytes = 64 * 1024 * 1024;

/** The body of a request, whose beginning can be looked at before all of it is read once. */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #body: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #peeked: Uint8Array[] = [];

  constructor(body: Readable) {
    this.#body = body;
    // Leaving early must not destroy the body: that would cut off the answer as well.
    this.#chunks = body.iterator({ destroyOnReturn: false });
  }

  /** The first bytes of the file; fewer when it is shorter. */
  async head(): Promise<Uint8Array> {
    let bytes = 0;
    while (bytes < sniffedBytes) {
      const next = await this.#chunks.next();
      if (next.done === true) break;
      this.#peeked.push(next.value);
      bytes += next.value.length;
    }
    return Buffer.concat(this.#peeked).subarray(0, sniffedBytes);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.#peeked.splice(0);
    yield* { [Symbol.asyncIterator]: () => this.#chunks };
  }

  /** Reads the rest to its end and forgets it; gives up on one that is out of all proportion. */
  discard(): void {
    // While there is an iterator a body flows to nobody else, and its connection would stand still.
    const ended = this.#chunks.return?.() ?? Promise.resolve();
    ended.then(
      () => this.#drain(),
      () => this.#body.destroy(),
    );
  }

  #drain(): void {
    let bytes = 0;
    this.#body.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > discardedBytes) this.#body.destroy();
    });
    this.#body.on("error", () => this.#body.destroy());
    this.#body.resume();
  }
}
