import type { ShownFile } from "@boardwalk/board-model";
import { backgroundThread } from "@boardwalk/persistence/thread-priority";
import { Tinypool } from "tinypool";
import type { DocumentTask, RestoreResult, RestoreTask, ShownResult } from "./document-worker.ts";

/** Work that takes longer is taken for stuck. */
const taskTimeoutMs = 120_000;
/** The thread ends after this long without work. */
const idleTimeoutMs = 30_000;
/** Tasks that may wait; each holds whole documents. */
const maxQueuedTasks = 8;

/** Work on whole documents, which would hold everyone up on the main thread. One task at a time. */
export class DocumentThread {
  readonly #pool = new Tinypool({
    filename: new URL("./document-worker.ts", import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: maxQueuedTasks,
    idleTimeout: idleTimeoutMs,
    ...backgroundThread,
  });
  #isClosed = false;

  restore(task: RestoreTask): Promise<RestoreResult> {
    return this.#run("restore", task);
  }

  /** The uploaded files that the document of these updates shows; rejects where it does not replay. */
  shown(updates: readonly Uint8Array[]): Promise<ShownResult> {
    return this.#runOn("shown", updates);
  }

  /** Uploaded files among which are all that it shows, also where it does not replay. */
  mentioned(updates: readonly Uint8Array[]): Promise<ShownFile[]> {
    return this.#runOn("mentioned", updates);
  }

  #runOn<Result>(name: string, updates: readonly Uint8Array[]): Promise<Result> {
    const lengths = updates.map((update) => update.length);
    // In one piece, which is handed over: copying thousands would hold everyone up.
    const bytes = new Uint8Array(lengths.reduce((total, length) => total + length, 0));
    let offset = 0;
    for (const update of updates) {
      bytes.set(update, offset);
      offset += update.length;
    }
    return this.#run<DocumentTask, Result>(name, { bytes, lengths }, [bytes.buffer]);
  }

  async #run<Task, Result>(
    name: string,
    task: Task,
    transferList: ArrayBuffer[] = [],
  ): Promise<Result> {
    // The pool would start another thread.
    if (this.#isClosed) throw new Error("The thread has been ended");
    const signal = AbortSignal.timeout(taskTimeoutMs);
    return this.#pool.run(task, { name, signal, transferList }) as Promise<Result>;
  }

  /** Ends the thread; tasks that are not done reject. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.destroy();
  }
}
