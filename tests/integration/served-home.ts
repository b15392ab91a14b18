import { onEachHome, type TestHome } from "@boardwalk/persistence/test-homes";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type Link, RawClient } from "./raw-client.ts";
import { ServerProcess } from "./server-process.ts";

type NewHome = Parameters<Parameters<typeof onEachHome>[0]>[0];

/** One home, and the server that has it open during the tests. */
export class ServedHome {
  #home: TestHome | null = null;
  #server: ServerProcess | null = null;

  get server(): ServerProcess {
    if (this.#server === null) throw new Error("The server has not been started");
    return this.#server;
  }

  async start(home: TestHome): Promise<void> {
    this.#home = home;
    this.#server = await ServerProcess.start(home);
  }

  /** To be called when the former server has ended. */
  async startAgain(): Promise<void> {
    if (this.#home === null) throw new Error("There is no home yet");
    await this.start(this.#home);
  }

  /** Someone who leaves when the test ends. */
  async join(link: Link): Promise<RawClient> {
    const client = await RawClient.join(this.server.url, link);
    onTestFinished(() => client.terminate());
    return client;
  }
}

/** Describes the same of a server on each home; it runs from before the tests until after them. */
export function onEachServedHome(describe: (served: ServedHome, newHome: NewHome) => void): void {
  onEachHome((newHome) => {
    const served = new ServedHome();
    beforeAll(async () => served.start(await newHome()));
    afterAll(() => served.server.kill());
    describe(served, newHome);
  });
}
