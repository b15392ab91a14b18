import { Tinypool } from "tinypool";
import type { RestoreResult, RestoreTask } from "./document-worker.ts";

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
  });

  restore(task: RestoreTask): Promise<RestoreResult> {
    return this.#run("restore", task);
  }

  #run<Task, Result>(name: string, task: Task): Promise<Result> {
    const signal = AbortSignal.timeout(taskTimeoutMs);
    return this.#pool.run(task, { name, signal }) as Promise<Result>;
  }

  /** Ends the thread; tasks that are not done reject. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
