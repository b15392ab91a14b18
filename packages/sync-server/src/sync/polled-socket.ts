import { Duplex } from "node:stream";
import { syncLimits } from "./limits.ts";

const nothing = Buffer.alloc(0);

/**
 * What a WebSocket runs on where only ordinary requests pass between a client and the server: what
 * the client sends comes as the bodies of requests, what it is sent leaves as answers to others.
 * What no request has fetched counts as written but not read, as it does with TCP.
 *
 * Browsers and proxies repeat a request of which they saw no answer. So each says where in the
 * stream it is, and a repeated one does and gets what the first did.
 */
export class PolledSocket extends Duplex {
  /** As a net.Socket counts them. */
  bytesRead = 0;
  /** Bytes of all answers so far. */
  #fetchedBytes = 0;
  #lastAnswer = nothing;
  #isHandshakeOver = false;
  #unfetched: Buffer[] = [];
  /** Says that the last write has left. */
  #written: (() => void) | null = null;
  #answer: ((bytes: Buffer | null) => void) | null = null;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  /** Resolves when more may be received. */
  #wanted: PromiseWithResolvers<void> | null = null;

  constructor() {
    super({ allowHalfOpen: false });
  }

  get #isOver(): boolean {
    return this.destroyed || this.writableFinished;
  }

  /**
   * Takes what the client has sent, which begins `at` so many bytes of all that it sends. Resolves
   * when more may come; false where the socket is closed, or is now, as bytes are missing.
   */
  async receive(at: number, bytes: Buffer): Promise<boolean> {
    if (this.#isOver) return false;
    const isRepeated = at + bytes.length <= this.bytesRead;
    if (!isRepeated && at !== this.bytesRead) {
      this.destroy();
      return false;
    }
    if (!isRepeated) {
      this.bytesRead += bytes.length;
      if (!this.push(bytes)) this.#wanted ??= Promise.withResolvers();
    }
    await this.#wanted?.promise;
    return !this.destroyed;
  }

  /**
   * What there is to be sent behind the first `from` bytes, once there is something; nothing when
   * the request was repeated meanwhile. null where the socket is closed, or is now, as the bytes
   * that are asked for are not kept.
   */
  poll(from: number): Promise<Buffer | null> {
    if (this.#isOver) return Promise.resolve(null);
    const isRepeated = from + this.#lastAnswer.length === this.#fetchedBytes;
    if (isRepeated && this.#lastAnswer.length > 0) return Promise.resolve(this.#lastAnswer);
    if (from !== this.#fetchedBytes) {
      this.destroy();
      return Promise.resolve(null);
    }
    this.#lastAnswer = nothing;
    this.#answer?.(nothing);
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#answerSoon();
    });
  }

  /** With what else this turn of the loop has to send, and not too often: each costs a request. */
  #answerSoon(): void {
    const dueAtMs = this.#answeredAtMs + syncLimits.polledIntervalMs;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        this.#answerNow();
      },
      Math.max(0, dueAtMs - performance.now()),
    );
  }

  #answerNow(): void {
    const answer = this.#answer;
    if (answer === null) return;
    // Each call brings the next write, if one waits.
    for (let written = this.#written; written !== null; written = this.#written) {
      this.#written = null;
      written();
    }
    if (this.#unfetched.length === 0) return;
    const bytes = Buffer.concat(this.#unfetched);
    this.#unfetched = [];
    this.#fetchedBytes += bytes.length;
    this.#lastAnswer = bytes;
    this.#answer = null;
    this.#answeredAtMs = performance.now();
    answer(bytes);
  }

  override _read(): void {
    this.#wanted?.resolve();
    this.#wanted = null;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    // The answer to the upgrade request comes first, and nobody has made one.
    if (!this.#isHandshakeOver) {
      this.#isHandshakeOver = true;
      callback();
      return;
    }
    this.#unfetched.push(chunk);
    this.#written = callback;
    this.#answerSoon();
  }

  override _final(callback: () => void): void {
    this.push(null);
    callback();
  }

  /** As net.Socket has it; what is not fetched by now is not waited for. */
  destroySoon(): void {
    this.destroy();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#unfetched = [];
    this.#lastAnswer = nothing;
    this.#answer?.(null);
    this.#answer = null;
    this.#wanted?.resolve();
    this.#wanted = null;
    callback(error);
  }
}
