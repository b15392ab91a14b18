import { once } from "node:events";
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net";

type Link = { client: Socket; server: Socket; held: Buffer[] };

/**
 * A network between a store and its database that loses things when told to. What a connection
 * carries is passed on as it comes, until one of the faults below.
 */
export class DatabaseLink {
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  /** What happens to what goes to the server, and to its answers, from now on. */
  #requests: "pass" | "hold" = "pass";
  #answers: "pass" | "lose" = "pass";
  #onHeld: (() => void) | null = null;
  #onLost: (() => void) | null = null;

  private constructor(socketPath: string) {
    this.#listener = createServer((client) => {
      const link: Link = { client, server: createConnection(socketPath), held: [] };
      this.#links.add(link);
      link.server.once("close", () => this.#links.delete(link));
      for (const socket of [client, link.server]) socket.on("error", () => {});
      client.on("data", (bytes) => {
        if (this.#requests === "pass") {
          link.server.write(bytes);
          return;
        }
        link.held.push(bytes);
        this.#onHeld?.();
      });
      link.server.on("data", (bytes) => {
        if (this.#answers === "pass") client.write(bytes);
        else this.#onLost?.();
      });
      client.once("close", () => {
        if (link.held.length === 0) link.server.destroy();
      });
      link.server.once("close", () => client.destroy());
    });
  }

  static async to(socketPath: string): Promise<DatabaseLink> {
    const link = new DatabaseLink(socketPath);
    link.#listener.listen(0, "127.0.0.1");
    await once(link.#listener, "listening");
    return link;
  }

  /** The address of a database by way of this network. */
  url(database: string): string {
    const { port } = this.#listener.address() as AddressInfo;
    return `postgres://postgres@127.0.0.1:${port}/${database}`;
  }

  /** Lets requests through and loses the answers; resolves at the first one lost. */
  loseAnswers(): Promise<void> {
    this.#answers = "lose";
    return new Promise((resolve) => (this.#onLost = resolve));
  }

  /** Keeps requests back; resolves at the first one. */
  holdRequests(): Promise<void> {
    this.#requests = "hold";
    return new Promise((resolve) => (this.#onHeld = resolve));
  }

  /**
   * Cuts what is connected, and passes everything on again for connections made later. What was
   * held back stays on its way to the server.
   */
  cut(): void {
    this.#requests = "pass";
    this.#answers = "pass";
    for (const { client } of this.#links) client.destroy();
  }

  /** Has the server get at last what was held back. Resolves when it has dealt with it. */
  async deliverHeld(): Promise<void> {
    const late = [...this.#links].filter(({ held }) => held.length > 0);
    for (const { server, held } of late) {
      const closed = once(server, "close");
      server.end(Buffer.concat(held));
      server.resume();
      await closed;
    }
  }

  close(): void {
    this.#listener.close();
    for (const { client, server } of this.#links) {
      client.destroy();
      server.destroy();
    }
  }
}
