import type { CommitQueue } from "../commit-queue.ts";
import { type Database, readKeys } from "./database.ts";
import type { KeyRange } from "./keys.ts";
import type { LevelSubmission } from "./level-writer.ts";
import { parseUnfinishedKey, unfinishedRange, VersionKeys } from "./version-keys.ts";

/** Keys deleted in one commit: a commit of deletions must not delay the changes beside it. */
const KEYS_PER_SWEEP = 500;

/** Deletes what nothing reads any more. Half done it does no harm, and may be done again. */
export class Sweep {
  readonly #database: Database;
  readonly #queue: CommitQueue<LevelSubmission>;

  constructor(parts: { database: Database; queue: CommitQueue<LevelSubmission> }) {
    this.#database = parts.database;
    this.#queue = parts.queue;
  }

  async keys(keys: readonly Uint8Array[]): Promise<void> {
    for (let start = 0; start < keys.length; start += KEYS_PER_SWEEP) {
      const some = keys.slice(start, start + KEYS_PER_SWEEP);
      await this.#queue.submit({
        names: [],
        operations: 0,
        bytes: some.reduce((bytes, key) => bytes + key.length, 0),
        build: (plan) => {
          for (const key of some) plan.sweep(key);
        },
      });
    }
  }

  /** What is left of versions not finished or deleted. To be called while none is being made. */
  async unfinishedVersions(): Promise<void> {
    for await (const marks of this.#pages(unfinishedRange())) {
      for (const mark of marks) {
        const unfinished = parseUnfinishedKey(mark);
        if (unfinished === null) continue;
        const { range } = unfinished.keys.chunks(unfinished.version);
        for await (const chunks of this.#pages(range)) await this.keys(chunks);
        await this.keys([mark]);
      }
    }
  }

  /** The versions of a deleted document, but those made after its deletion in commit `last`. */
  async versionsUpTo(last: number, name: string): Promise<void> {
    const versions = new VersionKeys(name);
    for await (const page of this.#pages(versions.all())) {
      await this.keys(page.filter((key) => (versions.parse(key) ?? 0) <= last));
    }
  }

  async *#pages({ gte, lt }: KeyRange): AsyncGenerator<Uint8Array[], void, undefined> {
    let from: { gte: Uint8Array } | { gt: Uint8Array } = { gte };
    for (;;) {
      const range = { ...from, lt };
      const page: Uint8Array[] = await this.#database.read((level) =>
        readKeys(level, range, { limit: KEYS_PER_SWEEP }),
      );
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      from = { gt: last };
    }
  }
}
