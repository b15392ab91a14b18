import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ReplayPart, ReplayReply } from "./compaction-worker.ts";
import type { StoreLimits } from "./limits.ts";
import { checkDocument } from "./operation.ts";
import { StoreError } from "./store-error.ts";
import { backgroundThread } from "./thread-priority.ts";

/** A replay that takes longer is taken for stuck. */
const REPLAY_TIMEOUT_MS = 120_000;

/** Handed to the thread in one turn of the event loop: a large document must not hold it up. */
const PART_BYTES = 1024 * 1024;
const PART_UPDATES = 5000;

/**
 * Replays logs in a thread of its own, started when first needed and ended when idle. One replay
 * at a time: the caller waits for each.
 */
export class Replayer {
  readonly #limits: StoreLimits;
  #worker: Worker | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #abort: ((error: Error) => void) | null = null;
  #closed = false;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  /**
   * The document of `snapshot` and `updates` as one update. Rejects with STORE_DAMAGED when they
   * do not apply, with STORE_TOO_LARGE when what they come to could not be kept.
   */
  async replay(snapshot: Uint8Array | null, updates: readonly Uint8Array[]): Promise<Uint8Array> {
    const replayed = await this.#replay(snapshot, updates);
    checkDocument(replayed, this.#limits);
    return replayed;
  }

  async #replay(snapshot: Uint8Array | null, updates: readonly Uint8Array[]): Promise<Uint8Array> {
    if (this.#closed) throw new StoreError("STORE_CLOSED", "The store is closed");
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    const worker = (this.#worker ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<ReplayReply>();
    const timer = setTimeout(() => {
      reject(new Error(`A replay did not end within ${REPLAY_TIMEOUT_MS} ms`));
    }, REPLAY_TIMEOUT_MS);
    timer.unref();
    this.#abort = reject;
    worker.once("message", resolve);
    promise.catch(() => undefined); // It may reject while the parts are still being sent.
    try {
      for (const part of partsOf(snapshot, updates)) {
        worker.postMessage(part, [part.bytes.buffer]);
        await nextTurn();
      }
      worker.postMessage("replay");
      const reply = await promise;
      if ("error" in reply) throw new Error(reply.error);
      return reply.snapshot;
    } catch (error) {
      // Whatever state the thread is in, the next replay starts a new one.
      await this.#stop();
      if (this.#closed) throw new StoreError("STORE_CLOSED", "The store is closed", error);
      throw new StoreError("STORE_DAMAGED", "The log does not replay", error);
    } finally {
      clearTimeout(timer);
      worker.off("message", resolve);
      this.#abort = null;
      this.#idleTimer = setTimeout(() => void this.#stop(), this.#limits.compactionIdleMs);
      this.#idleTimer.unref();
    }
  }

  /** Ends the thread; a replay in progress rejects. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#abort?.(new Error("The compaction thread was closed"));
    await this.#stop();
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./compaction-worker.ts", import.meta.url), backgroundThread);
    const onEnd = (error: Error): void => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#abort?.(error);
    };
    worker.on("error", onEnd);
    worker.on("exit", (code) => onEnd(new Error(`The compaction thread ended with code ${code}`)));
    worker.unref();
    return worker;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }
}

function* partsOf(
  snapshot: Uint8Array | null,
  updates: readonly Uint8Array[],
): Generator<ReplayPart> {
  for (let start = 0; snapshot !== null && start < snapshot.length; start += PART_BYTES) {
    yield { kind: "snapshot", bytes: new Uint8Array(snapshot.subarray(start, start + PART_BYTES)) };
  }
  let start = 0;
  let bytes = 0;
  for (const [index, update] of updates.entries()) {
    if (bytes + update.length > PART_BYTES || index - start === PART_UPDATES) {
      if (index > start) yield joinUpdates(updates.slice(start, index));
      start = index;
      bytes = 0;
    }
    bytes += update.length;
  }
  if (start < updates.length) yield joinUpdates(updates.slice(start));
}

function joinUpdates(updates: readonly Uint8Array[]): ReplayPart {
  const lengths = updates.map((update) => update.length);
  const bytes = new Uint8Array(lengths.reduce((total, length) => total + length, 0));
  let offset = 0;
  for (const update of updates) {
    bytes.set(update, offset);
    offset += update.length;
  }
  return { kind: "updates", bytes, lengths };
}
