import type { Store } from "@boardwalk/persistence";
import { StoreError } from "@boardwalk/persistence";
import type { Logger } from "pino";
import * as Y from "yjs";
import { syncLimits } from "./limits.ts";
import type { LiveDocument } from "./live-document.ts";

export type NotSaved = "STORE_FULL" | "STORE_UNAVAILABLE";

export type BoardLogEvents = {
  /** The store refuses; nothing is acknowledged from now on. */
  onNotSaved(code: NotSaved): void;
  /** All of the document is durable again. */
  onSavedAgain(): void;
};

type Refused = {
  readonly kind: "refused";
  readonly code: NotSaved;
  retry: NodeJS.Timeout | null;
  /** Updates that may not be on disk, in order: first what was under way when the store refused. */
  readonly unsaved: Uint8Array[];
  /** A state vector of the document: what came after it is not among them yet. */
  since: Uint8Array;
  /** Size of what came after it. */
  sinceBytes: number;
};

type BoardLogState = { readonly kind: "saving" } | Refused | { readonly kind: "closed" };

/** Is told null once all is on disk, or why it is not. */
type Settle = (notSaved: NotSaved | null) => void;

type Waiting = { readonly upTo: number; readonly settle: Settle };

/** An update is in memory but not on disk. */
export class NotSavedError extends Error {
  readonly code: NotSaved;
  constructor(code: NotSaved, options?: ErrorOptions) {
    super("The change could not be written to the store", options);
    this.code = code;
  }
}

/**
 * Writes every update of one live document to the store, in order, and tells when all of it so far
 * is on disk.
 *
 * Once a write has failed nothing more is called durable, even if a later write succeeds: it may
 * build on what is missing. What the disk may lack is then written until that succeeds: as updates
 * of a bounded size, however large the document is.
 */
export class BoardLog {
  readonly #document: LiveDocument;
  readonly #name: string;
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #events: BoardLogEvents;
  #state: BoardLogState = { kind: "saving" };
  /** How many updates were given to the store, which settles them in their order, */
  #given = 0;
  /** and how many of them are on disk, with all before them. */
  #durable = 0;
  /** Those given to the store and not known to be on disk, in order. The store bounds them. */
  readonly #underWay = new Set<Uint8Array>();
  /** Who waits for what is under way, in order. */
  #waiting: Waiting[] = [];
  #retryDelayMs: number = syncLimits.saveRetryMinMs;
  #retrying: Promise<void> | null = null;

  constructor(
    document: LiveDocument,
    name: string,
    { store, logger, events }: { store: Store; logger: Logger; events: BoardLogEvents },
  ) {
    this.#document = document;
    this.#name = name;
    this.#store = store;
    this.#logger = logger;
    this.#events = events;
    document.listen((update) => this.#append(update));
  }

  /** Why changes are not being saved at present; null while all is well. */
  get notSaved(): NotSaved | null {
    return this.#state.kind === "refused" ? this.#state.code : null;
  }

  /**
   * Calls `settle` when every update so far is on disk, with null, or when it is known that it is
   * not; in the order of the calls, and at once where nothing is under way.
   */
  whenDurable(settle: Settle): void {
    const [state, upTo] = [this.#state, this.#given];
    if (state.kind === "refused") settle(state.code);
    else if (upTo === this.#durable) settle(null);
    else this.#waiting.push({ upTo, settle });
  }

  /** Resolves when every update so far is on disk; rejects with NotSavedError when it is not. */
  durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.whenDurable((code) => (code === null ? resolve() : reject(new NotSavedError(code))));
    });
  }

  #append(update: Uint8Array): void {
    if (this.#state.kind === "refused") this.#setAside(this.#state, update.length);
    if (this.#state.kind !== "saving") return;
    const number = ++this.#given;
    this.#underWay.add(update);
    this.#store.updates.append(this.#name, update).then(
      () => {
        this.#underWay.delete(update);
        this.#settleUpTo(number);
      },
      (cause: unknown) => this.#refuse(cause),
    );
  }

  #settleUpTo(number: number): void {
    // Once it was refused, what was before it is written again with it.
    if (this.#state.kind === "refused" || number <= this.#durable) return;
    this.#durable = number;
    let settled = 0;
    while ((this.#waiting[settled]?.upTo ?? Number.POSITIVE_INFINITY) <= number) settled++;
    for (const { settle } of this.#waiting.splice(0, settled)) settle(null);
  }

  /** While the store refuses, changes stay in the document until they are taken from it together. */
  #setAside(refused: Refused, bytes: number): void {
    refused.sinceBytes += bytes;
    if (refused.sinceBytes < syncLimits.unsavedUpdateBytes) return;
    refused.unsaved.push(Y.encodeStateAsUpdate(this.#document.current, refused.since));
    refused.since = Y.encodeStateVector(this.#document.current);
    refused.sinceBytes = 0;
  }

  #refuse(cause: unknown): void {
    const code = notSavedCodeOf(cause);
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#state.kind === "saving") this.#stopSaving(code, cause);
    for (const { settle } of waiting) settle(code);
  }

  #stopSaving(code: NotSaved, cause: unknown): void {
    const since = Y.encodeStateVector(this.#document.current);
    const unsaved = [...this.#underWay];
    this.#underWay.clear();
    this.#state = {
      kind: "refused",
      code,
      retry: null,
      unsaved,
      since,
      sinceBytes: 0,
    };
    this.#logger.error({ board: this.#name, code, err: cause }, "a board could not be saved");
    this.#events.onNotSaved(code);
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    if (this.#state.kind !== "refused") return;
    if (this.#state.retry !== null) clearTimeout(this.#state.retry);
    this.#state.retry = setTimeout(() => {
      void this.#retry();
    }, this.#retryDelayMs);
    this.#state.retry.unref();
    this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, syncLimits.saveRetryMaxMs);
  }

  /** One attempt at a time, whoever asks for it. */
  #retry(): Promise<void> {
    this.#retrying ??= this.#writeUnsaved().finally(() => {
      this.#retrying = null;
    });
    return this.#retrying;
  }

  async #writeUnsaved(): Promise<void> {
    if (this.#state.kind !== "refused") return;
    const refused = this.#state;
    let stateVector: Uint8Array;
    try {
      do {
        await this.#writeInGroups(refused.unsaved);
        stateVector = Y.encodeStateVector(this.#document.current);
        const rest = Y.encodeStateAsUpdate(this.#document.current, refused.since);
        await this.#store.updates.append(this.#name, rest);
      } while (refused.unsaved.length > 0); // More was set aside meanwhile.
    } catch (cause) {
      this.#logger.warn({ board: this.#name, err: cause }, "a board still cannot be saved");
      this.#scheduleRetry();
      return;
    }
    if (this.#state.kind !== "refused") return;
    this.#state = { kind: "saving" };
    this.#durable = this.#given;
    this.#retryDelayMs = syncLimits.saveRetryMinMs;
    const since = Y.encodeStateAsUpdate(this.#document.current, stateVector);
    this.#append(since);
    this.#logger.info({ board: this.#name }, "a board is saved again");
    this.#events.onSavedAgain();
  }

  /** Takes from `updates` what is on disk. */
  async #writeInGroups(updates: Uint8Array[]): Promise<void> {
    while (updates.length > 0) {
      let bytes = 0;
      let count = 0;
      while (count < updates.length && bytes < syncLimits.unsavedUpdateBytes) {
        bytes += updates[count]?.length ?? 0;
        count += 1;
      }
      const group = updates.slice(0, count);
      await this.#store.commit(
        group.map((update) => ({ type: "append", name: this.#name, update })),
      );
      updates.splice(0, count);
    }
  }

  /**
   * Resolves when all is on disk, with what came in meanwhile; rejects with NotSavedError when the
   * store still refuses after one more attempt. The log goes on until `close`.
   */
  async flush(): Promise<void> {
    if (this.#state.kind === "refused") await this.#retry();
    let given: number;
    do {
      given = this.#given;
      await this.durable();
    } while (given !== this.#given);
  }

  close(): void {
    if (this.#state.kind === "refused" && this.#state.retry !== null) {
      clearTimeout(this.#state.retry);
    }
    this.#state = { kind: "closed" };
  }
}

function notSavedCodeOf(cause: unknown): NotSaved {
  return cause instanceof StoreError && cause.code === "STORE_FULL"
    ? "STORE_FULL"
    : "STORE_UNAVAILABLE";
}
