import { syncLimits } from "./limits.ts";

/** Whether the other end of a socket is still there, as far as what comes from it tells. */
export class Liveness {
  readonly #transport: { readonly bytesRead: number };
  #lastHeardAtMs = performance.now();
  #heardBytes = 0;
  /** Large frames that the other end has not yet said to have read. */
  #unreadFrames = 0;
  #unreadBytes = 0;
  #largestUnreadBytes = 0;

  /** `transport`: the connection under the WebSocket. */
  constructor(transport: { readonly bytesRead: number }) {
    this.#transport = transport;
  }

  /** Size of the largest frame of those that the other end has not yet said to have read. */
  get largestUnreadBytes(): number {
    return this.#largestUnreadBytes;
  }

  noteHeard(): void {
    this.#lastHeardAtMs = performance.now();
    this.#heardBytes = this.#transport.bytesRead;
  }

  /** A large frame is on its way, behind which whatever else the other end answers has to wait. */
  noteLargeFrame(bytes: number): void {
    this.#unreadFrames++;
    this.#unreadBytes += bytes;
    this.#largestUnreadBytes = Math.max(this.#largestUnreadBytes, bytes);
  }

  /** The other end has read a large frame; they are read in order. */
  noteRead(): void {
    this.#unreadFrames = Math.max(0, this.#unreadFrames - 1);
    if (this.#unreadFrames > 0) return;
    this.#unreadBytes = 0;
    this.#largestUnreadBytes = 0;
  }

  /** To be asked at every heartbeat. */
  isSilent(): boolean {
    // Part of a large frame is a sign of life too.
    if (this.#transport.bytesRead !== this.#heardBytes) this.noteHeard();
    const readingMs = this.#unreadBytes / syncLimits.slowestLinkBytesPerMs;
    return performance.now() - this.#lastHeardAtMs > syncLimits.silenceMs + readingMs;
  }
}
