import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Found, TortureHome, WriterLine, WriterTask } from "./test-lines.ts";
import type { Ledger } from "./test-ledger.ts";

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What a life waits for takes seconds; one that waits for longer has failed. */
const PATIENCE_MS = 60_000;

/** A writer in a process of its own, whose lines go to the ledger as they come. */
export class Life {
  readonly #child;
  readonly #exited: Promise<unknown>;
  readonly #ledger: Ledger;
  #onLine: (() => void) | null = null;
  #hasEnded = false;
  complaint = "";

  constructor(task: WriterTask, ledger: Ledger, environment: Record<string, string> = {}) {
    this.#ledger = ledger;
    this.#child = spawn(process.execPath, [fileOf("./test-writer.ts"), JSON.stringify(task)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.complaint += text));
    const lines = createInterface(this.#child.stdout);
    lines.on("line", (line) => {
      // The last one of a killed process may be cut short.
      if (!line.endsWith("}")) return;
      ledger.note(JSON.parse(line) as WriterLine);
      this.#onLine?.();
    });
    const closed = once(lines, "close");
    this.#exited = once(this.#child, "exit")
      .then(() => closed)
      .then(() => {
        this.#hasEnded = true;
        this.#onLine?.();
      });
  }

  /** Resolves after so many more acknowledgements. */
  acknowledges(count: number): Promise<void> {
    const target = this.#ledger.acknowledged + count;
    return this.#until(`${count} acknowledgements`, () => this.#ledger.acknowledged >= target);
  }

  /** Resolves when a call is refused with `code`. */
  refuses(code: string): Promise<void> {
    const former = this.#ledger.refusals.get(code) ?? 0;
    return this.#until(
      `a refusal with ${code}`,
      () => (this.#ledger.refusals.get(code) ?? 0) > former,
    );
  }

  /** Resolves when the process has ended by itself. */
  async ends(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends the process if it has not ended. Idempotent. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Ends the process, which must not have ended before. */
  async kill(): Promise<void> {
    const isAlive = !this.#hasEnded;
    await this.stop();
    if (!isAlive) throw new Error(`The store's process ended by itself: ${this.complaint}`);
  }

  #until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#onLine = null;
        if (error === undefined) resolve();
        else reject(error);
      };
      const timer = setTimeout(() => {
        settle(new Error(`There were not ${what} within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      this.#onLine = () => {
        if (isSo()) settle();
        else if (this.#hasEnded) {
          settle(new Error(`The store's process ended before ${what}: ${this.complaint}`));
        }
      };
      this.#onLine();
    });
  }
}

/** What is found in a home; the signal that ended the process if one did. */
export async function findIn(home: TortureHome): Promise<Found | { signal: string }> {
  const child = spawn(process.execPath, [fileOf("./test-checker.ts"), JSON.stringify(home)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  await once(child, "close");
  if (child.signalCode !== null) return { signal: child.signalCode };
  if (child.exitCode !== 0) throw new Error(`The check of the store failed: ${complaint}`);
  return JSON.parse(output) as Found;
}
