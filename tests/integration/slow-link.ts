import { createServer, connect, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** Passes TCP connections on to a server at so many bytes a second each way, and no faster. */
export class SlowLink {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, url: string) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = url;
  }

  static async open(target: string, bytesPerSecond: number): Promise<SlowLink> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(new URL(target).port), "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
        from.on("data", (chunk) => {
          to.write(chunk);
          from.pause();
          setTimeout(() => from.resume(), (chunk.length / bytesPerSecond) * 1000);
        });
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("Not listening");
    return new SlowLink(server, sockets, `http://127.0.0.1:${address.port}`);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
