import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";

/** A page that is refused comes again every few seconds, and anyone can make one. */
const logIntervalMs = 60_000;
/** What is logged of what a client says of itself. */
const shownLength = 200;

/**
 * Tells the operator of pages whose live connection was refused because they are of another origin:
 * either of another site, or of this server under an address that it was not told.
 */
export class RefusedOrigins {
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #unlogged = 0;

  constructor(logger: Logger, nowMs: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  note({ headers }: IncomingMessage): void {
    if (this.#nowMs() - this.#loggedAtMs < logIntervalMs) {
      this.#unlogged++;
      return;
    }
    const [origin, host] = [headers.origin, headers.host].map((value) =>
      value?.slice(0, shownLength),
    );
    this.#logger.warn(
      { origin, host, othersSinceLastLine: this.#unlogged },
      `a page from ${origin} was refused a live connection, which asked for ${host}. If that is where people reach this server, set PUBLIC_URL to it`,
    );
    this.#loggedAtMs = this.#nowMs();
    this.#unlogged = 0;
  }
}
