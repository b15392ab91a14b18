import type { ServerResponse } from "node:http";

/** Requests that are being answered. */
export class OpenRequests {
  readonly #responses = new Set<ServerResponse>();
  #onNone: (() => void) | null = null;

  add(response: ServerResponse): void {
    this.#responses.add(response);
    response.once("close", () => {
      this.#responses.delete(response);
      if (this.#responses.size === 0) this.#onNone?.();
    });
  }

  /** Resolves once nothing is being answered; asked once, when no more is to come. */
  ended(): Promise<void> {
    if (this.#responses.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onNone = resolve;
    });
  }
}
