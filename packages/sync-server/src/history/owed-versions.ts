import type { Operation, Store } from "@boardwalk/persistence";
import { z } from "zod";

/** Says that people have changed a board since its last version. */
const owedRecordSchema = z.object({
  formatVersion: z.literal(1),
  names: z.array(z.string()),
});

const prefix = "owed-version/";

/** A board that was changed since its last version, and the names of those who did it. */
export type OwedVersion = { readonly boardId: string; readonly names: readonly string[] };

/**
 * Which boards a version is owed to, for the server that comes after one that was killed. The work
 * itself is in their logs.
 */
export class OwedVersions {
  readonly #store: Store;

  constructor({ store }: { store: Store }) {
    this.#store = store;
  }

  /** Durable when it resolves. */
  async note({ boardId, names }: OwedVersion): Promise<void> {
    const value = new TextEncoder().encode(JSON.stringify({ formatVersion: 1, names }));
    await this.#store.commit([{ type: "put", key: prefix + boardId, value }]);
  }

  /** It was kept. */
  async settle(boardId: string): Promise<void> {
    await this.#store.commit([noLongerOwed(boardId)]);
  }

  async find(boardId: string): Promise<OwedVersion | null> {
    const bytes = await this.#store.records.get(prefix + boardId);
    return bytes === null ? null : { boardId, names: decodeNames(bytes) };
  }

  async *list(): AsyncGenerator<OwedVersion, void, undefined> {
    for await (const [key, bytes] of this.#store.records.entries(prefix)) {
      yield { boardId: key.slice(prefix.length), names: decodeNames(bytes) };
    }
  }
}

function decodeNames(bytes: Uint8Array): readonly string[] {
  return owedRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).names;
}

/** To be committed with other things. */
export function noLongerOwed(boardId: string): Operation {
  return { type: "delete", key: prefix + boardId };
}
