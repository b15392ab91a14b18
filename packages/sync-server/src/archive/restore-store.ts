import { type Operation, type Store } from "@boardwalk/persistence";
import type { ArchivePart, Head } from "./archive-part.ts";
import { damaged } from "./archive-error.ts";

/** What goes into one commit. */
const batchBytes = 2 * 1024 * 1024;
const batchOperations = 1_000;

/** Whether nothing is kept in a store. */
export async function isEmptyStore(store: Store): Promise<boolean> {
  for (const contents of [
    store.records.entries(""),
    store.updates.names(),
    store.assets.entries(),
  ]) {
    for await (const _ of contents) return false;
  }
  return true;
}

/** A record that is there until a restoring has come to its end; no server starts on it. */
export const unfinishedRestoreKey = "restore/unfinished";

/** What is kept is a part of a backup, whose restoring was cut short. */
export class UnfinishedRestoreError extends Error {
  constructor() {
    super("a backup was being restored into it, and that did not come to its end");
    this.name = "UnfinishedRestoreError";
  }
}

/** Keeps what an archive of a server holds in an empty store. */
export class StoreRestoring {
  readonly #store: Store;
  #operations: Operation[] = [];
  #bytes = 0;
  #head: Head | null = null;
  /** Values of it that are kept. */
  #values = 0;
  #pieces: Uint8Array[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  async begin(): Promise<void> {
    await this.#store.commit([
      { type: "put", key: unfinishedRestoreKey, value: Buffer.from("{}") },
    ]);
  }

  async take(part: ArchivePart): Promise<void> {
    if ("head" in part) {
      this.#head = part.head;
      this.#values = 0;
      return;
    }
    this.#pieces.push(part.piece);
    if (!part.isLast) return;
    const value = Buffer.concat(this.#pieces);
    this.#pieces = [];
    await this.#keep(value);
    this.#values += 1;
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#store.commit([{ type: "delete", key: unfinishedRestoreKey }]);
  }

  async #keep(value: Buffer): Promise<void> {
    const head = this.#head;
    switch (head?.type) {
      case "record":
        // The mark of this restoring must stay until its end.
        if (head.key === unfinishedRestoreKey) return;
        return this.#add({ type: "put", key: head.key, value });
      case "document":
        // A snapshot may be larger than an update.
        if (this.#values === 0 && value.length > batchBytes) {
          return this.#store.updates.put(head.name, value);
        }
        return this.#add({ type: "append", name: head.name, update: value });
      case "version":
        await this.#flush();
        await this.#store.versions.put(head.document, value, Buffer.from(head.details, "base64"));
        return;
      case "asset":
        await this.#flush();
        await this.#store.assets.put(oneChunk(value), { maxBytes: value.length });
        return;
      default:
        throw damaged("there is a value that belongs to nothing");
    }
  }

  async #add(operation: Operation): Promise<void> {
    this.#operations.push(operation);
    if (operation.type === "append") this.#bytes += operation.update.length;
    if (operation.type === "put") this.#bytes += operation.value.length;
    const isFull = this.#bytes >= batchBytes || this.#operations.length >= batchOperations;
    if (isFull) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#operations.length === 0) return;
    await this.#store.commit(this.#operations);
    this.#operations = [];
    this.#bytes = 0;
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
