import { type Level, readKeys } from "./database.ts";
import { decodeHead } from "./head.ts";
import { DocumentKeys } from "./keys.ts";

/** What the next append to a document has to know. Sizes are bytes of payload. */
export type DocumentState = {
  readonly keys: DocumentKeys;
  /** The highest number ever given, 0 for a document never written. */
  lastSequence: number;
  /** The highest generation whose head was written, 0 for none. */
  generation: number;
  snapshotBytes: number;
  /** What a replay would have to read beyond the snapshot. */
  logBytes: number;
};

/** What a small change typically weighs; stands in for a log that was not measured. */
const ASSUMED_UPDATE_BYTES = 40;

/**
 * The states of the documents used most recently. A state not held is read from the disk, so
 * dropping one is always safe between commits.
 */
export class DocumentStates {
  readonly #states = new Map<string, DocumentState>();
  readonly #maxNames: number;

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  get(name: string): DocumentState | undefined {
    return this.#states.get(name);
  }

  set(name: string, state: DocumentState): void {
    this.#states.delete(name); // Moves it to the end: the first is the one unused longest.
    this.#states.set(name, state);
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= this.#maxNames) break;
      this.#states.delete(oldest);
    }
  }

  clear(): void {
    this.#states.clear();
  }
}

/** Reads a state from the disk. `logBytes` is an estimate until the document is loaded. */
export async function readState(level: Level, name: string): Promise<DocumentState> {
  const keys = new DocumentKeys(name);
  const [heads, [lastEntry]] = await Promise.all([
    level.iterator(keys.heads()).all(),
    readKeys(level, keys.entries(), { reverse: true, limit: 1 }),
  ]);
  let generation = 0;
  let coveredSequence = 0;
  let snapshotBytes = 0;
  for (const [key, value] of heads) {
    const parsed = keys.parse(key);
    if (parsed?.kind === "head") generation = Math.max(generation, parsed.generation);
    const head = decodeHead(key, value);
    if (head === null) continue;
    coveredSequence = Math.max(coveredSequence, head.coveredSequence);
    snapshotBytes = head.snapshotBytes;
  }
  const parsed = lastEntry === undefined ? null : keys.parse(lastEntry);
  const lastSequence = Math.max(coveredSequence, parsed?.kind === "entry" ? parsed.sequence : 0);
  const logBytes = (lastSequence - coveredSequence) * ASSUMED_UPDATE_BYTES;
  return { keys, lastSequence, generation, snapshotBytes, logBytes };
}
