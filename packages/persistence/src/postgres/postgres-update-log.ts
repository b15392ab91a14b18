import type { CommitQueue } from "../commit-queue.ts";
import type { StoreLimits } from "../limits.ts";
import { decodeName, encodeName } from "../names.ts";
import { checkDocument } from "../operation.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { UpdateLog } from "../store.ts";
import { isLong, type StoredDocument } from "../stored-document.ts";
import type { Upkeep } from "../upkeep.ts";
import { bytesOf, type Connections, type Row } from "./connections.ts";
import { readDocument } from "./postgres-document.ts";
import type { PostgresUpkeep } from "./postgres-upkeep.ts";
import { deletionOf, type PostgresSubmission, submissionOf } from "./statement.ts";

const NAMES_PER_PAGE = 500;

/** The logs of all documents in the database. */
export class PostgresUpdateLog implements UpdateLog {
  readonly #connections: Connections;
  readonly #queue: CommitQueue<PostgresSubmission>;
  readonly #upkeep: Upkeep;
  readonly #care: PostgresUpkeep;
  readonly #limits: StoreLimits;
  readonly #logger: StoreLogger;
  readonly #onDeleted: () => void;

  constructor(parts: {
    connections: Connections;
    queue: CommitQueue<PostgresSubmission>;
    upkeep: Upkeep;
    care: PostgresUpkeep;
    limits: StoreLimits;
    logger: StoreLogger;
    /** Told that versions may have been deleted with their document. */
    onDeleted: () => void;
  }) {
    this.#connections = parts.connections;
    this.#queue = parts.queue;
    this.#upkeep = parts.upkeep;
    this.#care = parts.care;
    this.#limits = parts.limits;
    this.#logger = parts.logger;
    this.#onDeleted = parts.onDeleted;
  }

  async append(name: string, update: Uint8Array): Promise<void> {
    await this.#queue.submit(submissionOf([{ type: "append", name, update }]));
  }

  async put(name: string, update: Uint8Array): Promise<void> {
    encodeName(name);
    checkDocument(update, this.#limits);
    await this.#upkeep.run(() => this.#care.put(name, update));
  }

  async load(name: string): Promise<StoredDocument | null> {
    const document = await readDocument(this.#connections, name);
    if (document === null) return null;
    const { snapshot, updates, lastSequence, snapshotBytes, logBytes, damage } = document;
    const isHurt = document.damagedSequences.length > 0 || document.isSnapshotBroken;
    if (isHurt) this.#upkeep.add(name);
    else if (isLong(document, this.#limits)) this.#upkeep.addLoaded(name);
    if (damage !== null) this.#logger.error({ document: name, damage }, "a document is damaged");
    return { snapshot, updates, lastSequence, snapshotBytes, logBytes, damage };
  }

  async delete(name: string): Promise<void> {
    await this.#queue.submit(deletionOf(name));
    this.#onDeleted();
  }

  async *names(): AsyncGenerator<string, void, undefined> {
    let after: Uint8Array = Buffer.of();
    for (;;) {
      const page: Row[] = await this.#connections.read(
        "SELECT name FROM boardwalk_documents WHERE name > $1 ORDER BY name LIMIT $2",
        [after, NAMES_PER_PAGE],
      );
      for (const row of page) {
        after = bytesOf(row, "name") ?? after;
        const name = decodeName(after);
        if (name === null) this.#logger.error({ name: after }, "a document's name is damaged");
        else yield name;
      }
      if (page.length < NAMES_PER_PAGE) return;
    }
  }
}
