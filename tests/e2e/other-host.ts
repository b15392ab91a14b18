import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A proxy that changes the Host of what it passes on, as many do unless they are told not to. */
export class OtherHost {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async open(target: string): Promise<OtherHost> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(new URL(target).port), "127.0.0.1");
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => other.destroy());
      }
      near.on("data", (chunk: Buffer) => {
        const changed = chunk
          .toString("latin1")
          .replace(/\r\nHost: [^\r\n]*/i, "\r\nHost: inner.example:8080");
        far.write(Buffer.from(changed, "latin1"));
      });
      far.pipe(near);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("Not listening");
    return new OtherHost(`http://127.0.0.1:${address.port}`, server, sockets);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
