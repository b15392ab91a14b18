import type { LinkRole } from "@boardwalk/board-model";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import * as Y from "yjs";

interface LocalCopySchema extends DBSchema {
  /** Yjs updates in the order in which they came. */
  updates: { key: number; value: Uint8Array };
  memory: { key: "session"; value: SessionMemory };
  /** Pictures that have not been sent, by the SHA-256 of their content. */
  pictures: { key: string; value: Blob };
}

/** Keeps pictures that could not be sent. */
export interface PictureStore {
  readPictures(): Promise<[sha256: string, picture: Blob][]>;
  readPicture(sha256: string): Promise<Blob | undefined>;
  writePicture(sha256: string, picture: Blob): Promise<void>;
  deletePicture(sha256: string): Promise<void>;
}

/** What the next session on this device wants to know of the last one. */
export interface SessionMemory {
  /** Number of changes that had not reached the server. */
  readonly unsaved: number;
  /** What the link allowed; null while the server has not said it. */
  readonly readOnly: boolean | null;
  /** What the link says, where the board is locked another thing; null as above. */
  readonly linkRole: LinkRole | null;
  /** The token of that link. */
  readonly token: string;
}

/** Past this many, the stored updates are replaced by one. */
const maxUpdates = 400;

/**
 * A copy of one board's document in this browser, so that it opens without the network and keeps
 * what could not be sent. Knows whether everything so far is really in it.
 */
export class LocalCopy implements PictureStore {
  readonly #doc: Y.Doc;
  readonly #database: IDBPDatabase<LocalCopySchema>;
  readonly #onFailure: () => void;
  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== this) this.#keep(update);
  };
  #waiting: Uint8Array[] = [];
  #writing: Promise<void> | null = null;
  #storedUpdates = 0;
  #failed = false;
  #closed = false;

  /**
   * Opens the copy and brings the document to what it holds. Rejects when the browser keeps nothing
   * (private windows, storage switched off).
   */
  static async open(boardId: string, doc: Y.Doc, onFailure: () => void): Promise<LocalCopy> {
    const database = await openDB<LocalCopySchema>(databaseName(boardId), 1, {
      upgrade(upgraded) {
        upgraded.createObjectStore("updates", { autoIncrement: true });
        upgraded.createObjectStore("memory");
        upgraded.createObjectStore("pictures");
      },
    });
    const copy = new LocalCopy(doc, database, onFailure);
    try {
      await copy.#load();
    } catch (cause) {
      database.close();
      throw cause;
    }
    return copy;
  }

  private constructor(doc: Y.Doc, database: IDBPDatabase<LocalCopySchema>, onFailure: () => void) {
    this.#doc = doc;
    this.#database = database;
    this.#onFailure = onFailure;
  }

  /** Whether every change so far is, or is about to be, in the copy. */
  get keeps(): boolean {
    return !this.#failed;
  }

  async #load(): Promise<void> {
    const transaction = this.#database.transaction("updates");
    const [updates] = await Promise.all([transaction.store.getAll(), transaction.done]);
    this.#storedUpdates = updates.length;
    Y.transact(
      this.#doc,
      () => {
        for (const update of updates) Y.applyUpdate(this.#doc, update, this);
      },
      this,
    );
    this.#doc.on("update", this.#onUpdate);
  }

  #keep(update: Uint8Array): void {
    this.#waiting.push(update);
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // What comes in the same moment is written in one transaction.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const updates = this.#waiting;
      this.#waiting = [];
      try {
        // After a failure nothing less than everything makes the copy whole again.
        if (this.#failed || this.#storedUpdates + updates.length > maxUpdates)
          await this.#replace();
        else await this.#append(updates);
        this.#failed = false;
      } catch {
        this.#failed = true;
        this.#onFailure();
      }
    }
    this.#writing = null;
  }

  async #append(updates: readonly Uint8Array[]): Promise<void> {
    const transaction = this.#database.transaction("updates", "readwrite");
    await Promise.all([
      ...updates.map((update) => transaction.store.add(update)),
      transaction.done,
    ]);
    this.#storedUpdates += updates.length;
  }

  async #replace(): Promise<void> {
    const { store, done } = this.#database.transaction("updates", "readwrite");
    const replace = async (): Promise<void> => {
      // Another tab may have stored what has not come to this one.
      for (const update of await store.getAll()) Y.applyUpdate(this.#doc, update, this);
      const whole = Y.encodeStateAsUpdate(this.#doc);
      await Promise.all([store.clear(), store.add(whole)]);
    };
    await Promise.all([replace(), done]);
    this.#storedUpdates = 1;
  }

  /** What another link allowed says nothing of this one. */
  async readMemory(token: string): Promise<SessionMemory> {
    const transaction = this.#database.transaction("memory");
    const [memory] = await Promise.all([transaction.store.get("session"), transaction.done]);
    const unsaved = memory?.unsaved ?? 0;
    if (memory?.token !== token) return { unsaved, readOnly: null, linkRole: null, token };
    // Before boards could be locked this was not written, and there was no difference.
    const linkRole = memory.linkRole ?? roleOf(memory.readOnly);
    return { unsaved, readOnly: memory.readOnly, linkRole, token };
  }

  async writeMemory(memory: SessionMemory): Promise<void> {
    if (this.#closed) return;
    await this.#database.put("memory", memory, "session");
  }

  async readPictures(): Promise<[sha256: string, picture: Blob][]> {
    const transaction = this.#database.transaction("pictures");
    const [keys, pictures] = await Promise.all([
      transaction.store.getAllKeys(),
      transaction.store.getAll(),
      transaction.done,
    ]);
    return pictures.map((picture, index) => [keys[index] ?? "", picture]);
  }

  async readPicture(sha256: string): Promise<Blob | undefined> {
    return this.#closed ? undefined : this.#database.get("pictures", sha256);
  }

  async writePicture(sha256: string, picture: Blob): Promise<void> {
    await this.#database.put("pictures", picture, sha256);
  }

  async deletePicture(sha256: string): Promise<void> {
    if (!this.#closed) await this.#database.delete("pictures", sha256);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#doc.off("update", this.#onUpdate);
    await this.#writing;
    this.#database.close();
  }
}

/** What may be done with a document that is read-only or not; null while that is not known. */
export function roleOf(readOnly: boolean | null): LinkRole | null {
  return readOnly === null ? null : readOnly ? "view" : "edit";
}

export function databaseName(boardId: string): string {
  return `boardwalk-${boardId}`;
}
