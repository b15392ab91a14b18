import type { LinkRole } from "@boardwalk/board-model";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import * as Y from "yjs";

interface LocalCopySchema extends DBSchema {
  /** Yjs updates in the order in which they came. */
  updates: { key: number; value: Uint8Array };
  /** Under "session" what the link allowed; besides, a mark for each session with unsaved changes. */
  memory: { key: "session" | UnsavedMark; value: SessionMemory | number };
  /** Pictures that have not been sent, by the SHA-256 of their content. */
  pictures: { key: string; value: Blob };
}

/** Names a session; under it stands how many changes it had made at its last that was not saved. */
type UnsavedMark = `unsaved:${number}`;

/** Changes of a session that are not known to be saved: all up to that number. */
export interface Unsaved {
  readonly mark: UnsavedMark;
  readonly changes: number;
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
  /** What the link allowed; null while the server has not said it. */
  readonly readOnly: boolean | null;
  /** What the link says, where the board is locked another thing; null as above. */
  readonly linkRole: LinkRole | null;
  /** The token of that link. */
  readonly token: string;
}

export interface LocalCopyOptions {
  /** Whether changes of this origin came from the server. */
  isSaved: (origin: unknown) => boolean;
  /** `keeps` may have changed. */
  onChange: () => void;
}

/** Past this many, the stored updates are replaced by one. */
const maxUpdates = 400;

/**
 * A copy of one board's document in this browser, so that it opens without the network and keeps
 * what could not be sent. Knows whether everything so far is really in it.
 *
 * Each change is handed to the browser in the moment in which it is made, as a transaction that
 * needs nothing more of this page: the tab may be closed right after. Whether it is saved stands in
 * the same transaction. Several tabs share one copy.
 */
export class LocalCopy implements PictureStore {
  readonly #doc: Y.Doc;
  readonly #database: IDBPDatabase<LocalCopySchema>;
  readonly #options: LocalCopyOptions;
  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== this) this.#keep(update, this.#options.isSaved(origin));
  };
  readonly #ownMark: UnsavedMark;
  /** What is not known to be saved: marks of sessions, as this one knows them. */
  readonly #marks = new Map<UnsavedMark, number>();
  #unsavedChanges = 0;
  #storedUpdates = 0;
  #isReplacing = false;
  /** Writes are done in the order in which they were begun. */
  #lastWrite: Promise<void> = Promise.resolve();
  #failed = false;
  #closed = false;

  /**
   * Opens the copy and keeps all changes of the document from then on. Rejects when the browser
   * keeps nothing (private windows, storage switched off).
   */
  static async open(boardId: string, doc: Y.Doc, options: LocalCopyOptions): Promise<LocalCopy> {
    const database = await openDB<LocalCopySchema>(databaseName(boardId), 1, {
      upgrade(upgraded) {
        upgraded.createObjectStore("updates", { autoIncrement: true });
        upgraded.createObjectStore("memory");
        upgraded.createObjectStore("pictures");
      },
    });
    return new LocalCopy(doc, database, options);
  }

  private constructor(
    doc: Y.Doc,
    database: IDBPDatabase<LocalCopySchema>,
    options: LocalCopyOptions,
  ) {
    this.#doc = doc;
    this.#database = database;
    this.#options = options;
    this.#ownMark = `unsaved:${doc.clientID}`;
    doc.on("update", this.#onUpdate);
  }

  /** Whether every change so far is, or is about to be, in the copy. */
  get keeps(): boolean {
    return !this.#failed;
  }

  /** Number of sessions on this device, this one among them, with changes that may not be saved. */
  get unsavedSessions(): number {
    return this.#marks.size;
  }

  /** This session's own; null when there is nothing. */
  get unsaved(): Unsaved | null {
    const changes = this.#marks.get(this.#ownMark);
    return changes === undefined ? null : { mark: this.#ownMark, changes };
  }

  /** Another tab's changes have come into the document, and are to be saved with this one's. */
  takeOn({ mark, changes }: Unsaved): void {
    this.#marks.set(mark, changes);
  }

  /**
   * Brings the document to what the copy holds, and tells what the link of this token allowed: what
   * another link allowed says nothing of it.
   */
  async load(token: string): Promise<SessionMemory> {
    const transaction = this.#database.transaction(["updates", "memory"]);
    const memoryStore = transaction.objectStore("memory");
    const [updates, keys, values] = await Promise.all([
      transaction.objectStore("updates").getAll(),
      memoryStore.getAllKeys(),
      memoryStore.getAll(),
      transaction.done,
    ]);
    this.#storedUpdates += updates.length;
    Y.transact(
      this.#doc,
      () => {
        for (const update of updates) Y.applyUpdate(this.#doc, update, this);
      },
      this,
    );
    let memory: SessionMemory = { readOnly: null, linkRole: null, token };
    for (const [index, value] of values.entries()) {
      const key = keys[index];
      if (typeof value === "number") {
        const isOthers = key !== undefined && key !== "session" && key !== this.#ownMark;
        if (isOthers) this.#marks.set(key, value);
      } else if (value.token === token) {
        // Before boards could be locked this was not written, and there was no difference.
        memory = { ...value, linkRole: value.linkRole ?? roleOf(value.readOnly) };
      }
    }
    return memory;
  }

  #keep(update: Uint8Array, isSaved: boolean): void {
    this.#settle(this.#append(update, isSaved));
    // After a failure nothing less than everything makes the copy whole again.
    const isDue = this.#failed || this.#storedUpdates > maxUpdates;
    if (isDue && !this.#isReplacing) this.#settle(this.#replace());
  }

  #settle(write: Promise<void>): void {
    this.#lastWrite = write.catch(() => {
      this.#failed = true;
      this.#options.onChange();
    });
  }

  async #append(update: Uint8Array, isSaved: boolean): Promise<void> {
    this.#storedUpdates++;
    // Before anything may fail: it is unsaved all the same.
    if (!isSaved) this.#marks.set(this.#ownMark, ++this.#unsavedChanges);
    const transaction = this.#database.transaction(["updates", "memory"], "readwrite");
    const writes: Promise<unknown>[] = [transaction.objectStore("updates").add(update)];
    if (!isSaved) {
      writes.push(transaction.objectStore("memory").put(this.#unsavedChanges, this.#ownMark));
    }
    // Without it the browser would ask the page once more before it keeps anything.
    transaction.commit();
    await Promise.all([...writes, transaction.done]);
  }

  async #replace(): Promise<void> {
    this.#isReplacing = true;
    try {
      const transaction = this.#database.transaction(["updates", "memory"], "readwrite");
      const store = transaction.objectStore("updates");
      const replace = async (): Promise<void> => {
        // Another tab may have stored what has not come to this one.
        for (const update of await store.getAll()) Y.applyUpdate(this.#doc, update, this);
        const whole = Y.encodeStateAsUpdate(this.#doc);
        this.#storedUpdates = 1;
        const writes: Promise<unknown>[] = [store.clear(), store.add(whole)];
        // Where the write of a change failed, so did that of its mark.
        const changes = this.#marks.get(this.#ownMark);
        if (changes !== undefined) {
          writes.push(transaction.objectStore("memory").put(changes, this.#ownMark));
        }
        await Promise.all(writes);
      };
      await Promise.all([replace(), transaction.done]);
    } finally {
      this.#isReplacing = false;
    }
    if (!this.#failed) return;
    this.#failed = false;
    this.#options.onChange();
  }

  /** Call when the server has all that this session knows of. */
  async forgetUnsaved(): Promise<void> {
    if (this.#closed || this.#marks.size === 0) return;
    const marks = [...this.#marks];
    this.#marks.clear();
    const { store, done } = this.#database.transaction("memory", "readwrite");
    const forget = async ([mark, changes]: [UnsavedMark, number]): Promise<void> => {
      // Meanwhile another tab may have changed something else.
      if ((await store.get(mark)) === changes) await store.delete(mark);
    };
    await Promise.all([...marks.map(forget), done]);
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
    await this.#lastWrite;
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
