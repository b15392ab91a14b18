import { getIndices, type IndexKey } from "@tldraw/utils";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { build, preview, type PreviewServer } from "vite";
import { largeBoardShapes } from "../large-board.ts";
import type { Place } from "../person.ts";
import { ServerProcess } from "../server-process.ts";
import { boardwalk } from "../servers.ts";
import { Crowd } from "./crowd.ts";

const openedShapes = [1_000, 4_000] as const;
const framesShapes = 1_000;
const browserArguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"];
const warmUpMs = 3_000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    repeats: { type: "string", default: "3" },
    json: { type: "string", default: "bench-page-results.json" },
  },
});
const [seconds, repeats] = [Number(values.seconds), Number(values.repeats)];
const executablePath = process.env["BOARDWALK_CHROMIUM"] ?? "";
if (executablePath === "") {
  console.error("The page is not measured: there is no Chromium here.");
  process.exit(1);
}

/** tldraw and nothing else, built as Boardwalk's page is, with boards as files beside it. */
class Floor {
  readonly #server: PreviewServer;
  readonly #outDir: string;

  private constructor(server: PreviewServer, outDir: string) {
    this.#server = server;
    this.#outDir = outDir;
  }

  static async open(): Promise<Floor> {
    const root = fileURLToPath(new URL("floor", import.meta.url));
    const outDir = await mkdtemp(join(tmpdir(), "boardwalk-bench-page-"));
    const shared = { root, configFile: false, logLevel: "error" } as const;
    await build({ ...shared, build: { outDir, assetsInlineLimit: 0, emptyOutDir: true } });
    for (const count of openedShapes) {
      const records = [documentRecord, pageRecord, ...largeBoardShapes(count)];
      await writeFile(join(outDir, `${count}.json`), JSON.stringify(records));
    }
    const server = await preview({
      ...shared,
      build: { outDir },
      preview: { port: 0, host: "127.0.0.1" },
    });
    return new Floor(server, outDir);
  }

  addressOf(count: number): string {
    const [url] = this.#server.resolvedUrls?.local ?? [];
    if (url === undefined) throw new Error("The floor's server has no address");
    return `${url}?board=/${count}.json`;
  }

  async close(): Promise<void> {
    await this.#server.close();
    await rm(this.#outDir, { recursive: true });
  }
}

const documentRecord = {
  id: "document:document",
  typeName: "document",
  name: "",
  gridSize: 10,
  meta: {},
};
const pageRecord = { id: "page:page", typeName: "page", name: "Page", index: "a1", meta: {} };

type Numbers = Record<string, number>;

/** From the click until all shapes are there and two more frames were drawn. */
async function clickToUsableMs(page: Page, selector: string, shapes: number): Promise<number> {
  const clickedAtMs = Date.now();
  await page.click(selector);
  await page.waitForFunction(
    (count) => document.querySelectorAll(".tl-shape").length >= count,
    shapes,
    { polling: "raf", timeout: 60_000 },
  );
  const usableAtMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())));
      }),
  );
  return usableAtMs - clickedAtMs;
}

/** How the page's frames come, and what each costs its main thread. */
async function measureFrames(page: Page): Promise<Numbers> {
  await page.waitForTimeout(warmUpMs);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async (): Promise<Map<string, number>> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const frameMs = await page.evaluate(
    (durationMs) =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = [];
        const startMs = performance.now();
        let lastMs = startMs;
        const next = (): void => {
          const nowMs = performance.now();
          frames.push(nowMs - lastMs);
          lastMs = nowMs;
          if (nowMs - startMs < durationMs) requestAnimationFrame(next);
          else resolve(frames.slice(1));
        };
        requestAnimationFrame(next);
      }),
    seconds * 1000,
  );
  const after = await read();
  await session.detach();
  const spentMs = (name: string) => ((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 1000;
  const sorted = frameMs.toSorted((a, b) => a - b);
  return {
    frameMeanMs: frameMs.reduce((sum, ms) => sum + ms, 0) / frameMs.length,
    frameP95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN,
    taskMsPerSecond: spentMs("TaskDuration") / seconds,
    scriptMsPerSecond: spentMs("ScriptDuration") / seconds,
  };
}

async function withPage<T>(
  browser: Browser,
  options: BrowserContextOptions,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  // A service worker would load all of the page in the background.
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
    ...options,
  });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Bytes of script, as sent and as run, that opening an address loads. */
async function scriptBytes(page: Page, visit: () => Promise<unknown>): Promise<Numbers> {
  const waiting: Promise<{ sent: number; raw: number }>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() !== "script") return;
    waiting.push(
      (async () => {
        const [sizes, body] = [await response.request().sizes(), await response.body()];
        return { sent: sizes.responseBodySize, raw: body.length };
      })(),
    );
  });
  await visit();
  await page.waitForLoadState("networkidle");
  const all = await Promise.all(waiting);
  return {
    files: all.length,
    sentKb: all.reduce((sum, { sent }) => sum + sent, 0) / 1024,
    rawKb: all.reduce((sum, { raw }) => sum + raw, 0) / 1024,
  };
}

function medianOf(samples: readonly Numbers[], key: string): number {
  const sorted = samples.map((sample) => sample[key] ?? Number.NaN).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function table(title: string, keys: Record<string, number>, rows: Map<string, Numbers[]>): string {
  const names = Object.keys(keys);
  const lines = [...rows].map(([name, samples]) => {
    const cells = names.map((key) => medianOf(samples, key).toFixed(keys[key] ?? 0));
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  const head = `| ${["", ...names].join(" | ")} |`;
  return [`### ${title}`, "", head, head.replaceAll(/[^|]+/g, " --- "), ...lines].join("\n");
}

function add(rows: Map<string, Numbers[]>, name: string, sample: Numbers): void {
  rows.set(name, [...(rows.get(name) ?? []), sample]);
}

function addressOf(url: string, { boardId, token }: Place, search = ""): string {
  return `${url}/b/${boardId}${search}#${token}`;
}

async function filledBoard(server: ServerProcess, count: number): Promise<Place> {
  const [place] = await boardwalk.createBoards(server.url, 1);
  if (place === undefined) throw new Error("No board");
  await boardwalk.fill(server.url, place, count);
  return place;
}

const floor = await Floor.open();
const server = await ServerProcess.start(boardwalk.command, null);
const browser = await chromium.launch({ executablePath, args: browserArguments });
const sections: Record<string, Record<string, Numbers[]>> = {};
console.log(`${cpus()[0]?.model ?? "unknown"}, ${browser.version()}, ${repeats} × ${seconds} s`);

try {
  for (const shapes of openedShapes) {
    const rows = new Map<string, Numbers[]>();
    const place = await filledBoard(server, shapes);
    // Someone who has the board in their list, and nothing of it in the cache.
    const storageState = await withPage(browser, {}, async (page) => {
      await page.goto(addressOf(server.url, place));
      await page.waitForSelector(".tl-shape");
      return page.context().storageState();
    });
    for (let round = 0; round < repeats; round++) {
      await withPage(browser, {}, async (page) => {
        await page.goto(floor.addressOf(shapes), { waitUntil: "networkidle" });
        add(rows, "tldraw alone", { usableMs: await clickToUsableMs(page, "#open", shapes) });
      });
      await withPage(browser, { storageState }, async (page) => {
        await page.goto(server.url, { waitUntil: "networkidle" });
        const link = `a[href*="${place.boardId}"]`;
        add(rows, "Boardwalk", { usableMs: await clickToUsableMs(page, link, shapes) });
      });
    }
    sections[`open-${shapes}`] = Object.fromEntries(rows);
    console.log(`\n${table(`from click to usable, ${shapes} shapes`, { usableMs: 0 }, rows)}`);
  }

  const above = getIndices(framesShapes).at(-1) as IndexKey;
  const frames = new Map<string, Numbers[]>();
  const place = await filledBoard(server, framesShapes);
  for (let round = 0; round < repeats; round++) {
    await withPage(browser, {}, async (page) => {
      await page.goto(floor.addressOf(framesShapes));
      await clickToUsableMs(page, "#open", framesShapes);
      await page.evaluate((index) => void window.startActivity?.(index), above);
      add(frames, "tldraw alone", await measureFrames(page));
    });
    // A board of its own each time: the strokes of the round before would be one more load.
    const own = round === 0 ? place : await filledBoard(server, framesShapes);
    await withPage(browser, {}, async (page) => {
      await page.goto(addressOf(server.url, own));
      await page.waitForFunction(
        (count) => document.querySelectorAll(".tl-shape").length >= count,
        framesShapes,
      );
      const crowd = await Crowd.start(server.url, own, above);
      add(frames, "Boardwalk", await measureFrames(page));
      await crowd.leave();
    });
  }
  sections["frames"] = Object.fromEntries(frames);
  const columns = { frameMeanMs: 1, frameP95Ms: 1, taskMsPerSecond: 0, scriptMsPerSecond: 0 };
  const framesTitle = `frames while 20 people draw and move cursors on a board of ${framesShapes} shapes`;
  console.log(`\n${table(framesTitle, columns, frames)}`);

  const scripts = new Map<string, Numbers[]>();
  await withPage(browser, {}, async (page) => {
    add(scripts, "home page", await scriptBytes(page, () => page.goto(server.url)));
  });
  await withPage(browser, {}, async (page) => {
    const visit = async () => {
      await page.goto(addressOf(server.url, place));
      await page.waitForSelector(".tl-shape");
    };
    add(scripts, "board", await scriptBytes(page, visit));
  });
  sections["scripts"] = Object.fromEntries(scripts);
  console.log(`\n${table("JavaScript shipped", { files: 0, sentKb: 0, rawKb: 0 }, scripts)}`);
} finally {
  await browser.close();
  await server.stop();
  await floor.close();
}
writeFileSync(values.json, JSON.stringify({ seconds, repeats, sections }, null, 2));
console.log(`\nWritten to ${values.json}.`);
