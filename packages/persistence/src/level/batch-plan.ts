import type { Write } from "./database.ts";
import type { DocumentState } from "./document-states.ts";
import { encodeFrame } from "./frame.ts";
import { COMMIT_KEY, writeSafeInteger } from "./keys.ts";

/**
 * One batch being put together: its writes, and the document states as they will be once it is
 * on disk. Nothing outside the plan changes before that.
 */
export class BatchPlan {
  readonly commitNumber: number;
  /** Drafts of the states of every document the batch touches. */
  readonly documents: ReadonlyMap<string, DocumentState>;
  readonly #writes: Write[] = [];
  readonly #undoable: Uint8Array[] = [];
  #bytes = 0;

  constructor(commitNumber: number, documents: ReadonlyMap<string, DocumentState>) {
    this.commitNumber = commitNumber;
    this.documents = documents;
  }

  /** Size of the keys and values to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The keys whose former values must return if a batch that failed is found on disk. */
  get undoableKeys(): readonly Uint8Array[] {
    return this.#undoable;
  }

  /** The draft of a document the submission named. */
  document(name: string): DocumentState {
    const draft = this.documents.get(name);
    if (draft === undefined) throw new Error(`The batch was not told of document ${name}`);
    return draft;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#undoable.push(key);
    this.#add({ type: "put", key, value }, key.length + value.length);
  }

  delete(key: Uint8Array): void {
    this.#undoable.push(key);
    this.sweep(key);
  }

  /** Deletes what nothing reads any more. Unlike `delete`, it is not undone. */
  sweep(key: Uint8Array): void {
    this.#add({ type: "del", key }, key.length);
  }

  /** The whole batch, with the number of its commit. */
  finish(): Write[] {
    return [...this.#writes, commitMark(this.commitNumber)];
  }

  #add(write: Write, bytes: number): void {
    this.#writes.push(write);
    this.#bytes += bytes;
  }
}

/** Every batch carries its number, which tells after a failure whether the batch is there. */
export function commitMark(commitNumber: number): Write {
  const payload = Buffer.allocUnsafe(8);
  writeSafeInteger(payload, commitNumber, 0);
  return { type: "put", key: COMMIT_KEY, value: encodeFrame(COMMIT_KEY, "commit", payload) };
}
