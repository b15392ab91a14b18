import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, vi } from "vitest";

/** A server of a test's own, which the page's calls reach by their paths alone. */
export class TestApiServer {
  /** What it does with each request. */
  answer: RequestListener = (_request, response) => response.destroy();
  #server: Server | null = null;

  /** For the top of a test file: one server for each test. */
  static forFile(): TestApiServer {
    const server = new TestApiServer();
    beforeEach(() => server.#listen());
    afterEach(async () => {
      vi.unstubAllGlobals();
      await server.stop();
    });
    return server;
  }

  reply(status: number, body: string, type = "application/json"): void {
    this.answer = (_request, response) => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => this.answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    // Pages fetch by path; Node wants a whole address.
    const { fetch: nodeFetch } = globalThis;
    vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
      nodeFetch(`http://127.0.0.1:${port}${path}`, init),
    );
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => {
      if (server === null) resolve();
      else server.close(() => resolve());
    });
  }
}
