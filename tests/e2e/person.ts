import type { CreatedBoard } from "@boardwalk/board-model";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Editor } from "tldraw";

/** What the page shows to tests; see docs/architecture.md. */
export interface BoardwalkWindow {
  readonly boardwalk?: {
    readonly editor: Editor;
    readonly session: {
      readonly status: "connecting" | "online" | "offline" | "denied";
      readonly unsaved: number;
      readonly peers: readonly { readonly clientId: number; readonly name: string }[];
    };
  };
}

type Point = readonly [x: number, y: number];

/** A shape in short: what tests compare. */
export interface SeenShape {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Someone in front of a browser. */
export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong on the page without being caught. */
  readonly failures: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => {
      // tldraw loads its icons ahead of their use, and throws this where that is cut off.
      if (error.message === "The source image cannot be decoded.") return;
      this.failures.push(`${error.name}: ${error.message}\n${error.stack ?? ""}`);
    });
  }

  static async enter(context: BrowserContext, name: string | null): Promise<Person> {
    if (name !== null) await context.addInitScript(introduce, name);
    return new Person(context, await context.newPage());
  }

  /** Makes this browser the one in which the board was made; before it opens anything. */
  async own(board: CreatedBoard): Promise<void> {
    await this.context.addInitScript(keepOwnerKey, board);
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  /** Closes the tab as people do: the page may say goodbye, and is not waited for. */
  async closeTab(): Promise<void> {
    const closed = this.page.waitForEvent("close");
    await this.page.close({ runBeforeUnload: true });
    await closed;
  }

  /** Opens a board by its whole address and waits for the canvas. */
  async open(boardUrl: string): Promise<void> {
    const url = new URL(boardUrl);
    url.searchParams.set("test", "");
    await this.page.goto(url.href);
    await this.canvas.waitFor();
  }

  /** Has a page that is offline connect at once; it may be doing so by itself. */
  async tryNow(): Promise<void> {
    await this.page.evaluate(() =>
      document.querySelector<HTMLButtonElement>("[data-testid=save-badge] button")?.click(),
    );
  }

  get canvas(): Locator {
    return this.page.locator(".tl-canvas");
  }

  get badge(): Locator {
    return this.page.getByTestId("save-badge");
  }

  /** Chooses an entry of the main menu. */
  async chooseFromMenu(entry: string): Promise<void> {
    await this.page.getByTestId("main-menu.button").click();
    await this.page.getByRole("menuitem", { name: entry }).click();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name });
  }

  dialog(name: string): Locator {
    return this.page.getByRole("dialog", { name });
  }

  /** Runs in the page, with tldraw's editor: waits for it, which is there a moment after its canvas. */
  async edit<Result>(work: (editor: Editor) => Result): Promise<Awaited<Result>> {
    const handle = await this.page.waitForFunction(
      () => (window as BoardwalkWindow).boardwalk?.editor,
      undefined,
      { polling: 50 },
    );
    try {
      // Functions go to the page as text: `work` may use what it is given, and nothing around it.
      return (await handle.evaluate(work as (editor: unknown) => unknown)) as Awaited<Result>;
    } finally {
      await handle.dispose();
    }
  }

  async status(): Promise<string> {
    return this.page.evaluate(
      () => (window as BoardwalkWindow).boardwalk?.session.status ?? "none",
    );
  }

  async unsaved(): Promise<number> {
    return this.page.evaluate(() => (window as BoardwalkWindow).boardwalk?.session.unsaved ?? -1);
  }

  /** The names of the others, as the session has them. */
  async others(): Promise<string[]> {
    return this.page.evaluate(() =>
      ((window as BoardwalkWindow).boardwalk?.session.peers ?? []).map(({ name }) => name).sort(),
    );
  }

  /** Everything on the current page, bottom first. */
  async shapes(): Promise<SeenShape[]> {
    return this.edit((editor) =>
      editor.getCurrentPageShapesSorted().map((shape) => ({
        type: shape.type,
        x: Math.round(shape.x),
        y: Math.round(shape.y),
        text: editor.getShapeUtil(shape).getText(shape) ?? "",
      })),
    );
  }

  async types(): Promise<string[]> {
    return (await this.shapes()).map(({ type }) => type);
  }

  /** The records of the document as text, the same for everyone who sees the same board. */
  async document(): Promise<string> {
    return this.edit((editor) => {
      const records = Object.values(editor.store.serialize("document"));
      records.sort((a, b) => (a.id < b.id ? -1 : 1));
      return JSON.stringify(records, (_key, value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : value,
      );
    });
  }

  /** How many of tldraw's editors the page's memory holds, without what can be collected. */
  async editorCount(): Promise<number> {
    const session = await this.context.newCDPSession(this.page);
    const { result } = await session.send("Runtime.evaluate", {
      expression: "Object.getPrototypeOf(window.boardwalk.editor)",
    });
    const { objects } = await session.send("Runtime.queryObjects", {
      prototypeObjectId: result.objectId ?? "",
    });
    const { result: count } = await session.send("Runtime.callFunctionOn", {
      objectId: objects.objectId ?? "",
      functionDeclaration: "function () { return this.length; }",
      returnByValue: true,
    });
    await session.detach();
    return Number(count.value);
  }

  /** Waits until what the page wanted to do in its next frame is done. */
  async nextFrames(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /** Presses the mouse at the first point and lets it go at the last. */
  async drag(...points: readonly Point[]): Promise<void> {
    const [first, ...rest] = points;
    if (first === undefined) return;
    const { mouse } = this.page;
    await mouse.move(...first);
    await mouse.down();
    for (const point of rest) await mouse.move(...point, { steps: 6 });
    await mouse.up();
  }

  /** Chooses a tool by its key and draws with it. */
  async draw(key: "d" | "r" | "o" | "a" | "f", ...points: readonly Point[]): Promise<void> {
    await this.page.keyboard.press(key);
    await this.drag(...points);
  }

  /** Clicks what opens the browser's dialog for files, and chooses one there. */
  async chooseFile(opener: Locator, name: string, mimeType: string, buffer: Buffer): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), opener.click()]);
    await chooser.setFiles({ name, mimeType, buffer });
  }

  /** Opens the text of the shape at a point. Not by a double click, which a busy machine tears apart. */
  async openText(at: Point): Promise<void> {
    await this.page.mouse.click(...at);
    await this.nextFrames();
    // A click on what is selected opens it by itself; the key would then begin a new line.
    const isOpen = await this.edit((editor) => editor.getEditingShapeId() !== null);
    if (!isOpen) await this.page.keyboard.press("Enter");
    await this.page.locator(".tl-shape :is([contenteditable=true], textarea):focus").waitFor();
  }

  /** How many pictures on the page have really been loaded. */
  async shownPictures(): Promise<number> {
    return this.page
      .locator(".tl-shape[data-shape-type=image] img")
      .evaluateAll(
        (images) => images.filter((image) => (image as HTMLImageElement).naturalWidth > 0).length,
      );
  }

  async choosePicture(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.chooseFile(this.page.getByTestId("tools.asset"), name, mimeType, buffer);
  }

  /** Sticks a note and types into it. */
  async note(at: Point, text: string): Promise<void> {
    await this.page.keyboard.press("n");
    await this.page.mouse.click(...at);
    await this.page.locator(".tl-rich-text [contenteditable=true]:focus").waitFor();
    await this.nextFrames();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Escape");
  }
}

/** Runs in the page before it starts: someone who has been here before, under this name. */
function introduce(name: string): void {
  if (window.location.protocol === "about:") return;
  const key = "boardwalk:identity";
  if (window.localStorage.getItem(key) !== null) return;
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  window.localStorage.setItem(key, JSON.stringify({ id, name, color: "#186adb" }));
}

/** Runs in the page before it starts: the browser in which the board was made. */
function keepOwnerKey(board: CreatedBoard): void {
  if (window.location.protocol === "about:") return;
  if (window.localStorage.getItem("boardwalk:boards") !== null) return;
  const { id, name, ownerKey, editToken, viewToken } = board;
  const linkTokens = { edit: editToken, view: viewToken };
  const kept = { id, name, ownerKey, editToken, viewToken, linkTokens, lastOpenedAtMs: 1 };
  window.localStorage.setItem("boardwalk:boards", JSON.stringify([kept]));
}
