import type { Operation, Store } from "@boardwalk/persistence";
import { z } from "zod";

/** Keeping what an archive holds takes minutes: one that was begun before this was cut short. */
const longestImportMs = 24 * 60 * 60_000;

const prefix = "import/";

/** Says that document and versions are being kept of a board that is not there yet. */
const importRecordSchema = z.object({
  formatVersion: z.literal(1),
  startedAt: z.iso.datetime(),
});

/** Imports that have begun and whose board is not there: going on, failed, or cut short. */
export class UnfinishedImports {
  readonly #store: Store;
  readonly #nowMs: () => number;

  constructor({ store, nowMs = Date.now }: { store: Store; nowMs?: () => number }) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** Resolves when it is durable; to be called before anything is kept of the board. */
  async begin(boardId: string): Promise<void> {
    const record = { formatVersion: 1, startedAt: new Date(this.#nowMs()).toISOString() };
    const value = new TextEncoder().encode(JSON.stringify(record));
    await this.#store.commit([{ type: "put", key: prefix + boardId, value }]);
  }

  /** To be committed with the board. */
  ending(boardId: string): Operation {
    return { type: "delete", key: prefix + boardId };
  }

  /** Removes what was kept of a board that did not come to be. Cut short, it can be done again. */
  async remove(boardId: string): Promise<void> {
    // Without the mark the board is there, also where its commit seemed to fail.
    if ((await this.#store.records.get(prefix + boardId)) === null) return;
    await this.#store.updates.delete(boardId);
    await this.#store.commit([this.ending(boardId)]);
  }

  /** Removes what is left of imports that were cut short; answers of how many. */
  async removeOld(isStopped: () => boolean): Promise<number> {
    let removed = 0;
    for await (const [key, bytes] of this.#store.records.entries(prefix)) {
      if (isStopped()) break;
      const { startedAt } = importRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      if (Date.parse(startedAt) + longestImportMs > this.#nowMs()) continue;
      await this.remove(key.slice(prefix.length));
      removed++;
    }
    return removed;
  }
}
