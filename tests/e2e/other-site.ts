import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "../integration/certificate.ts";

/** Another origin that answers everything, and knows who asked. */
export class OtherSite {
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #scheme: "http" | "https";

  private constructor(certificate: Certificate | null) {
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.requests.push(`${request.method} ${request.url}`);
      response.setHeader("access-control-allow-origin", "*").end("here");
    };
    this.#server =
      certificate === null ? createServer(answer) : createTlsServer(certificate, answer);
    this.#scheme = certificate === null ? "http" : "https";
  }

  /** With a certificate over https. */
  static async open(certificate: Certificate | null = null): Promise<OtherSite> {
    const site = new OtherSite(certificate);
    site.#server.listen(0, "127.0.0.1");
    await once(site.#server, "listening");
    return site;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
