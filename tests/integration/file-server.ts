import { afterAll, beforeAll, onTestFinished } from "vitest";
import { RawClient, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

/** One server for all tests of the calling file, started before them and killed after. */
export class FileServer {
  #dataDir = "";
  #server: ServerProcess | null = null;

  constructor() {
    beforeAll(async () => {
      this.#dataDir = await temporaryFolder();
      await this.start();
    });
    afterAll(async () => {
      await this.#server?.kill();
      await removeFolder(this.#dataDir);
    });
  }

  get server(): ServerProcess {
    if (this.#server === null) throw new Error("The server has not been started");
    return this.#server;
  }

  /** After its end, on the same folder. `port` 0 is any free one. */
  async start(port = 0): Promise<void> {
    this.#server = await ServerProcess.start({ dataDir: this.#dataDir, port });
  }

  async restart(): Promise<void> {
    if ((await this.server.stop()) !== 0) throw new Error("The server did not end well");
    await this.start();
  }

  /** Someone on a board until the test is over. */
  async join(link: Link): Promise<RawClient> {
    const client = await RawClient.join(this.server.url, link);
    onTestFinished(() => client.terminate());
    return client;
  }
}
