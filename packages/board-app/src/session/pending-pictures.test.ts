import "fake-indexeddb/auto";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { TestApiServer } from "../api/test-api-server.ts";
import { LocalCopy } from "./local-copy.ts";
import { PendingPictures } from "./pending-pictures.ts";

const api = TestApiServer.forFile();
const tabs: { pictures: PendingPictures; copy: LocalCopy }[] = [];
let boards = 0;
let boardId: string;
let received: string[];

beforeEach(() => {
  boardId = `board-${boards++}`;
  received = [];
  api.answer = (_request, response) => response.destroy();
});

afterEach(async () => {
  for (const { pictures, copy } of tabs.splice(0)) {
    pictures.close();
    await copy.close();
  }
});

async function openTab() {
  const options = { isSaved: () => true, onChange: () => undefined };
  const copy = await LocalCopy.open(boardId, new Y.Doc(), options);
  const pictures = new PendingPictures(
    boardId,
    () => "token",
    () => undefined,
  );
  await pictures.open(copy);
  tabs.push({ pictures, copy });
  return pictures;
}

/** Notes which pictures a tab says to have sent. */
function sentBy(pictures: PendingPictures): string[] {
  const sent: string[] = [];
  pictures.onSent((sha256) => sent.push(sha256));
  return sent;
}

function picture(content: string) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { sha256, blob: new Blob([content]), content };
}

/** From now on the server takes what comes. */
function take(): void {
  api.answer = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      received.push(bytes.toString());
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const url = `/api/boards/${boardId}/assets/${sha256}`;
      const uploaded = { sha256, url, mimeType: "image/png", bytes: bytes.length };
      response.writeHead(201).end(JSON.stringify(uploaded));
    });
  };
}

function refuse(status: number, code: string): void {
  api.reply(status, JSON.stringify({ error: { code, message: "No." } }));
}

describe("pictures that wait", () => {
  it("are sent on return, and those who could not see them are told", async () => {
    const { sha256, blob, content } = picture("a picture");
    const pictures = await openTab();
    const sent = sentBy(pictures);
    const src = `/api/boards/${boardId}/assets/${sha256}`;
    expect(await pictures.add(blob)).toEqual({ src, isSent: false });
    expect(pictures.count).toBe(1);
    take();
    pictures.setOnline(true);
    await expect.poll(() => pictures.count).toBe(0);
    expect([sent, received]).toEqual([[sha256], [content]]);
    expect((await openTab()).count).toBe(0);
  });

  it("are sent though the server was back before they waited", async () => {
    const { blob } = picture("in between");
    const pictures = await openTab();
    sentBy(pictures);
    pictures.setOnline(true);
    refuse(503, "STORE_UNAVAILABLE");
    expect(await pictures.add(blob)).toMatchObject({ isSent: false });
    take();
    await expect.poll(() => pictures.count).toBe(0);
  });

  it.each([
    [429, "TOO_MANY_REQUESTS"],
    [507, "STORE_FULL"],
  ])("are sent again when the server could not take them: %i %s", async (status, code) => {
    const { blob, content } = picture("again");
    const pictures = await openTab();
    sentBy(pictures);
    await pictures.add(blob);
    let attempts = 0;
    api.answer = (_request, response) => {
      attempts++;
      response.writeHead(status).end(JSON.stringify({ error: { code, message: "No." } }));
    };
    pictures.setOnline(true);
    await expect.poll(() => attempts).toBe(1);
    expect(pictures.count).toBe(1);
    take();
    await expect.poll(() => pictures.count).toBe(0);
    expect(received).toEqual([content]);
  });

  it("wait until there is a canvas, which tells the others before they are forgotten here", async () => {
    const { sha256, blob } = picture("nobody to tell");
    const first = await openTab();
    await first.add(blob);
    first.close();
    take();
    const second = await openTab();
    second.setOnline(true);
    let kept: string[] | null = null;
    const { copy } = tabs.at(-1) ?? {};
    second.onSent(() => {
      void copy?.readPictures().then((all) => (kept = all.map(([name]) => name)));
    });
    await expect.poll(() => second.count).toBe(0);
    expect(kept).toEqual([sha256]);
    expect(received).toHaveLength(1);
  });

  it("are shown by another tab, which sends them when the first is closed", async () => {
    const { sha256, blob } = picture("shared");
    const [first, second] = [await openTab(), await openTab()];
    const sent = sentBy(second);
    await first.add(blob);
    expect(second.addressOf(sha256)).toBeNull();
    expect(await second.findAddress(sha256)).toMatch(/^blob:/);
    expect(second.count).toBe(1);
    first.close();
    take();
    second.setOnline(true);
    await expect.poll(() => second.count).toBe(0);
    expect(sent).toEqual([sha256]);
  });

  it("are refused at once where the server refuses them", async () => {
    const pictures = await openTab();
    refuse(415, "ASSET_TYPE");
    await expect(pictures.add(picture("text").blob)).rejects.toMatchObject({ code: "ASSET_TYPE" });
    expect(pictures.count).toBe(0);
  });
});
