import type { Store } from "@boardwalk/persistence";
import { z } from "zod";

/** A minute: people look at days and hours, and a class that comes in is one write. */
const writeIntervalMs = 60_000;
/** Links of a board whose use is remembered; past it the least recent is forgotten. */
const rememberedLinks = 300;

const useRecordSchema = z.object({
  formatVersion: z.literal(1),
  lastUsedAt: z.record(z.string(), z.iso.datetime()),
});
type LastUsed = Readonly<Record<string, string>>;

/**
 * When each link was last used. In a record of its own, written now and then: what people may do
 * must not be rewritten because someone came in, and least of all with an older state of it.
 */
export class LinkUse {
  readonly #store: Store;
  readonly #pending = new Map<string, Map<string, string>>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ store }: { store: Store }) {
    this.#store = store;
  }

  note(boardId: string, linkId: string, nowMs: number): void {
    const pending = this.#pending.get(boardId) ?? new Map<string, string>();
    this.#pending.set(boardId, pending);
    pending.set(linkId, new Date(nowMs).toISOString());
    this.#timer ??= setTimeout(() => void this.#writeLater(), writeIntervalMs).unref();
  }

  /** By link id; what was noted and is not written yet is in it. */
  async read(boardId: string): Promise<LastUsed> {
    const key = keyOf(boardId);
    const bytes = await this.#store.records.get(key);
    let stored: LastUsed = {};
    if (bytes !== null) {
      try {
        stored = useRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).lastUsedAt;
      } catch (cause) {
        throw new Error(`The stored record ${key} cannot be read.`, { cause });
      }
    }
    return { ...stored, ...Object.fromEntries(this.#pending.get(boardId) ?? []) };
  }

  async #writeLater(): Promise<void> {
    this.#timer = null;
    try {
      await this.#write();
    } catch {
      // The store reports its own troubles; what was noted is still here and goes next time.
      this.#timer ??= setTimeout(() => void this.#writeLater(), writeIntervalMs).unref();
    }
  }

  async #write(): Promise<void> {
    for (const boardId of Array.from(this.#pending.keys())) {
      const noted = new Map(this.#pending.get(boardId));
      const latest = Object.entries(await this.read(boardId))
        .toSorted(([, a], [, b]) => (a < b ? 1 : -1))
        .slice(0, rememberedLinks);
      const record = { formatVersion: 1, lastUsedAt: Object.fromEntries(latest) };
      const value = new TextEncoder().encode(JSON.stringify(record));
      await this.#store.commit([{ type: "put", key: keyOf(boardId), value }]);
      this.#forget(boardId, noted);
    }
  }

  /** What was noted while it was written stays for the next time. */
  #forget(boardId: string, written: ReadonlyMap<string, string>): void {
    const pending = this.#pending.get(boardId);
    for (const [linkId, at] of written) {
      if (pending?.get(linkId) === at) pending.delete(linkId);
    }
    if (pending?.size === 0) this.#pending.delete(boardId);
  }

  /** The board is gone. */
  async forget(boardId: string): Promise<void> {
    this.#pending.delete(boardId);
    await this.#store.commit([{ type: "delete", key: keyOf(boardId) }]);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#write();
  }
}

function keyOf(boardId: string): string {
  return `link-use/${boardId}`;
}
