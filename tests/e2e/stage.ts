import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type LaunchOptions,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Certificate } from "../integration/certificate.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "../integration/server-process.ts";
import { OtherSite } from "./other-site.ts";
import { Person } from "./person.ts";

const executablePath = process.env["BOARDWALK_CHROMIUM"];

/** Browser tests are skipped, and said to be, where there is no browser. */
export const isSkipped = executablePath === undefined || executablePath === "";

const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a condition on a page may take to come true on a busy machine. */
const conditionTimeoutMs = 40_000;

export type StageOptions = {
  /** Settings of the server. */
  env?: Record<string, string>;
  /** What the browsers trust, where the page comes over https. */
  certificate?: Certificate;
  /** Whether browsers keep the page, which each person's first visit then loads twice. */
  keepsPage?: boolean;
};

/** What every browser test needs: a server on a folder of its own, one browser, and people in it. */
export class Stage {
  #server: ServerProcess | null = null;
  #browser: Browser | null = null;
  #launchOptions: LaunchOptions = {};
  #tldrawSite: OtherSite | null = null;
  #dataDir = "";
  readonly #people: Person[] = [];
  readonly #profiles: string[] = [];
  readonly #options: StageOptions;

  private constructor(options: StageOptions) {
    this.#options = options;
  }

  /** For the top of a test file's `describe`. */
  static forFile(options: StageOptions = {}): Stage {
    const stage = new Stage(options);
    beforeAll(() => stage.#open());
    afterEach(() => stage.#clear());
    afterAll(() => stage.#close());
    return stage;
  }

  get server(): ServerProcess {
    if (this.#server === null) throw new Error("The server is not running");
    return this.#server;
  }

  async #open(): Promise<void> {
    this.#dataDir = await temporaryFolder();
    this.#server = await this.#start();
    this.#launchOptions = {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...browserArguments, ...(await this.#httpsArguments())],
    };
    this.#browser = await chromium.launch(this.#launchOptions);
  }

  async #httpsArguments(): Promise<string[]> {
    const { certificate } = this.#options;
    if (certificate === undefined) return [];
    this.#tldrawSite = await OtherSite.open(certificate);
    return [
      // Trusts this key alone; with all errors ignored, Chromium would refuse the service worker.
      `--ignore-certificate-errors-spki-list=${certificate.keyHash}`,
      `--host-resolver-rules=MAP cdn.tldraw.com ${new URL(this.#tldrawSite.url).host}`,
    ];
  }

  /** Over https tldraw counts its use on its own site; here another answers for it. */
  get tldrawRequests(): readonly string[] {
    return this.#tldrawSite?.requests ?? [];
  }

  /** Everyone goes home after each test, with the server up; a page that threw on its way fails it. */
  async #clear(): Promise<void> {
    const people = this.#people.splice(0);
    await Promise.all(people.map((person) => person.leave()));
    if (!this.server.isRunning) await this.startServer();
    const failures = people.flatMap((person) => person.failures);
    if (failures.length > 0) throw new Error(`A page has failed:\n${failures.join("\n")}`);
  }

  async #close(): Promise<void> {
    await this.#browser?.close();
    await this.#tldrawSite?.close();
    await this.#server?.kill();
    await Promise.all([this.#dataDir, ...this.#profiles].map((folder) => removeFolder(folder)));
  }

  /** Someone with a browser profile of their own. With a name, the one that others see. */
  async person(name: string | null = null, options: BrowserContextOptions = {}): Promise<Person> {
    if (this.#browser === null) throw new Error("The browser is not running");
    return this.#enter(await this.#browser.newContext(this.#contextOptions(options)), name);
  }

  /** Someone with a browser alone, which knows what it knew whenever it is opened again. */
  async ownBrowser(name: string): Promise<(options?: BrowserContextOptions) => Promise<Person>> {
    const profile = await temporaryFolder();
    this.#profiles.push(profile);
    return async (options = {}) => {
      const browser = { ...this.#launchOptions, ...this.#contextOptions(options) };
      return this.#enter(await chromium.launchPersistentContext(profile, browser), name);
    };
  }

  /** The same person in another tab. */
  async secondTab({ context }: Person): Promise<Person> {
    return this.#enter(context, null);
  }

  #contextOptions(options: BrowserContextOptions): BrowserContextOptions {
    return {
      baseURL: this.server.url,
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      serviceWorkers: this.#options.keepsPage === true ? "allow" : "block",
      ...options,
    };
  }

  async #enter(context: BrowserContext, name: string | null): Promise<Person> {
    context.setDefaultTimeout(conditionTimeoutMs);
    const person = await Person.enter(context, name);
    this.#people.push(person);
    return person;
  }

  /** SIGKILL, as a power cut would. */
  async killServer(): Promise<void> {
    await this.server.kill();
  }

  /** The server again, on the same port and folder. */
  async startServer(env: Record<string, string> = {}): Promise<void> {
    const { port } = this.server;
    this.#server = await this.#start(port, env);
  }

  async #start(port = 0, env: Record<string, string> = {}): Promise<ServerProcess> {
    const settings = { ...this.#options.env, ...env };
    return ServerProcess.start({ dataDir: this.#dataDir, port, env: settings });
  }
}

/** Waits until everything these people did is on disk, and their pages say so. */
export async function expectAllSaved(...people: readonly Person[]): Promise<void> {
  for (const person of people) {
    await expectEventually(() => person.unsaved()).toBe(0);
    await expectEventually(() => person.badge.textContent()).toBe("Saved");
    expect(await person.status()).toBe("online");
  }
}

/** Waits until these people see the same board, record by record. */
export async function expectSameBoard(first: Person, ...others: readonly Person[]): Promise<void> {
  for (const other of others) {
    await expectEventually(
      async () => (await first.document()) === (await other.document()),
      "the same board on both pages",
    ).toBe(true);
  }
}

/** `expect` for a condition on a page: asked again until it holds. */
export function expectEventually<Value>(read: () => Promise<Value> | Value, message?: string) {
  return expect.poll(read, {
    timeout: conditionTimeoutMs,
    interval: 50,
    ...(message === undefined ? {} : { message }),
  });
}
