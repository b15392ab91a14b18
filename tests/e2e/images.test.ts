import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { editLink, RawClient } from "../integration/raw-client.ts";
import { hostileSvg } from "./hostile-svg.ts";
import { OtherSite } from "./other-site.ts";
import type { Person } from "./person.ts";
import { encodePng } from "./picture.ts";
import { expectAllSaved, expectSameBoard, expectEventually, isSkipped, Stage } from "./stage.ts";

const assetAddress = /^\/api\/boards\/[\w-]{22}\/assets\/[0-9a-f]{64}$/;
const orange = [240, 140, 0] as const;
const maxAssetBytes = 20 * 1024 * 1024;

describe.skipIf(isSkipped)("pictures", () => {
  const stage = Stage.forFile();
  let otherSite: OtherSite;
  beforeAll(async () => {
    otherSite = await OtherSite.open();
  });
  afterAll(() => otherSite.close());

  async function adaAndBo() {
    const board = await stage.server.createBoard("Pictures");
    const permissions = ["clipboard-read", "clipboard-write"];
    const [ada, bo] = await Promise.all([stage.person("Ada", { permissions }), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    return { ada, bo, board };
  }

  it("that are chosen, dropped or pasted are seen by the others, and are not in the document", async () => {
    const { ada, bo, board } = await adaAndBo();
    await ada.choosePicture("chosen.png", "image/png", encodePng(40, 30, orange));
    await expectEventually(() => bo.types()).toEqual(["image"]);
    await dropFile(ada, "dropped.png", "image/png", encodePng(50, 30, orange));
    await expectEventually(() => bo.types()).toEqual(["image", "image"]);
    await pastePicture(ada, encodePng(60, 30, orange));
    await expectEventually(() => bo.types()).toEqual(["image", "image", "image"]);

    await expectEventually(() => bo.shownPictures()).toBe(3);
    await expectAllSaved(ada);
    await expectSameBoard(ada, bo);
    const sources = await bo.edit((editor) => editor.getAssets().map(({ props }) => props.src));
    expect(sources).toHaveLength(3);
    for (const source of sources) expect(source).toMatch(assetAddress);
    expect(await ada.document()).not.toMatch(/data:|blob:/);

    // In the document itself, as the server gives it to any client.
    const client = await RawClient.join(stage.server.url, editLink(board));
    expect(Object.keys(client.document.getMap("records").toJSON()).length).toBeGreaterThan(6);
    expect(JSON.stringify(client.document.getMap("records").toJSON())).not.toMatch(/data:|blob:/);
    await client.close();
  });

  it("are served so that nothing in them runs", async () => {
    const { ada } = await adaAndBo();
    await ada.choosePicture("chosen.png", "image/png", encodePng(40, 30, orange));
    const sourceOf = (person: Person) =>
      person.edit((editor) => editor.getAssets()[0]?.props.src ?? "");
    await expectEventually(() => sourceOf(ada)).toMatch(assetAddress);
    const response = await fetch(stage.server.url + (await sourceOf(ada)));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("sandbox");
    expect(Buffer.from(await response.arrayBuffer())).toEqual(encodePng(40, 30, orange));
  });

  it("that are too large, or none, are refused with a message and leave nothing behind", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.choosePicture("huge.png", "image/png", Buffer.alloc(maxAssetBytes + 1));
    await toast(ada, "File size is too big").waitFor();
    await dropFile(ada, "notes.txt", "text/plain", Buffer.from("just some words"));
    await toast(ada, "File type is not allowed").waitFor();
    // It is called a picture, and is none.
    await ada.choosePicture("liar.png", "image/png", Buffer.from("just some words"));
    await toast(ada, "Upload failed").waitFor();
    await ada.draw("r", [300, 600], [400, 700]);
    await expectEventually(() => bo.types()).toEqual(["geo"]);
    expect(await ada.types()).toEqual(["geo"]);
  });

  it("that are hostile SVG do nothing, as a file, dropped, pasted, or in a .tldr file", async () => {
    const { ada, bo, board } = await adaAndBo();
    const svg = hostileSvg(otherSite.url);
    await ada.choosePicture("hostile.svg", "image/svg+xml", Buffer.from(svg));
    await expectEventually(() => bo.shownPictures()).toBe(1);
    await ada.page.evaluate((text) => navigator.clipboard.writeText(text), svg);
    await ada.page.keyboard.press("Control+v");
    await expectEventually(() => bo.shownPictures()).toBe(2);
    await dropFile(ada, "dropped.svg", "image/svg+xml", Buffer.from(svg));
    await expectEventually(() => bo.shownPictures()).toBe(3);
    await openTldr(ada, await hostileTldr(ada, svg));
    await ada.page.getByText("Added 3 shapes on 1 page.").waitFor();
    await ada.page.keyboard.press("Escape");
    await expectAllSaved(ada);
    const sources = await bo.edit((editor) => editor.getAssets().map(({ props }) => props.src));
    for (const source of sources) {
      const text = await (await fetch(stage.server.url + String(source))).text();
      expect(text).toContain("<rect");
      expect(text).not.toMatch(/<script|onload|onclick|<iframe|javascript:/i);
    }
    expect(sources.length).toBeGreaterThanOrEqual(4);

    // Without the page, nobody cleans it; opened by itself it still must not run.
    const upload = await fetch(`${stage.server.url}/api/boards/${board.id}/assets`, {
      method: "POST",
      headers: { authorization: `Bearer ${board.editToken}` },
      body: svg,
    });
    expect(upload.status).toBe(201);
    const { url } = (await upload.json()) as { url: string };
    const alone = await bo.context.newPage();
    for (const source of [...sources, url]) {
      await alone.goto(stage.server.url + String(source));
      expect(await hasRun(alone)).toBe(false);
      expect(await alone.evaluate(() => document.title)).not.toBe("taken over");
    }
    for (const person of [ada, bo]) {
      expect(await hasRun(person.page)).toBe(false);
    }
    expect(otherSite.requests).toEqual([]);
  });

  it("of another site are not asked for, whoever puts them on the board", async () => {
    const { ada, bo } = await adaAndBo();
    const address = `${otherSite.url}/pixel.png`;
    const html = `<p>Hello <img src="${address}" onerror="window.wasRun = true"> there</p>`;
    await ada.page.evaluate(async (text) => {
      const plain = new Blob(["Hello there"], { type: "text/plain" });
      const rich = new Blob([text], { type: "text/html" });
      await navigator.clipboard.write([
        new ClipboardItem({ "text/plain": plain, "text/html": rich }),
      ]);
    }, html);
    await ada.page.keyboard.press("Control+v");
    await expectEventually(() => bo.types()).toEqual(["text"]);
    await ada.page.keyboard.press("Escape");
    await ada.page.evaluate((link) => navigator.clipboard.writeText(link), address);
    await ada.page.keyboard.press("Control+v");
    await expectEventually(() => bo.types()).toEqual(["text", "bookmark"]);

    // Someone with a client of their own puts the record there.
    await ada.page.evaluate((src) => {
      const { editor } = (window as unknown as { boardwalk: { editor: EditorLike } }).boardwalk;
      const asset = {
        id: "asset:foreign",
        typeName: "asset",
        type: "image",
        meta: {},
        props: { name: "", src, w: 40, h: 30, mimeType: "image/png", isAnimated: false },
      };
      editor.store.put([asset]);
      editor.createShape({ type: "image", props: { assetId: asset.id, w: 40, h: 30 } });
    }, address);
    await expectEventually(() => bo.types()).toEqual(["text", "bookmark", "image"]);
    await bo.page.locator(".tl-shape[data-shape-type=image]").waitFor();
    await bo.nextFrames();
    await expectAllSaved(ada);
    expect(otherSite.requests).toEqual([]);
    for (const person of [ada, bo]) {
      expect(await hasRun(person.page)).toBe(false);
    }
  });
});

/** Whether something that must not has run in the page. */
async function hasRun(page: Page): Promise<boolean> {
  return page.evaluate(() => "wasRun" in globalThis);
}

interface EditorLike {
  readonly store: { put(records: unknown[]): void };
  createShape(shape: unknown): void;
}

/** Not the copy of it that screen readers hear. */
function toast(person: Person, title: string): Locator {
  return person.page.locator(".tlui-toast__title", { hasText: title });
}

async function dropFile(person: Person, name: string, mimeType: string, buffer: Buffer) {
  await person.page.evaluate(
    ({ base64, ...file }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], file.name, { type: file.mimeType }));
      const event = { dataTransfer, bubbles: true, cancelable: true, clientX: 300, clientY: 300 };
      const canvas = document.querySelector(".tl-canvas");
      canvas?.dispatchEvent(new DragEvent("dragover", event));
      canvas?.dispatchEvent(new DragEvent("drop", event));
    },
    { name, mimeType, base64: buffer.toString("base64") },
  );
}

async function pastePicture(person: Person, png: Buffer): Promise<void> {
  await person.page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const blob = new Blob([bytes], { type: "image/png" });
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
  }, png.toString("base64"));
  await person.page.keyboard.press("Control+v");
}

/** What is on the person's board as a file, with the SVG in the place of its pictures. */
async function hostileTldr(person: Person, svg: string): Promise<Buffer> {
  const sources = [
    `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`,
    // It calls itself something else.
    `data:image/png;base64,${Buffer.from(svg).toString("base64")}`,
  ];
  const { schema, records } = await person.edit((editor) => ({
    schema: editor.store.schema.serialize(),
    records: editor.store.allRecords().filter(({ typeName }) => typeName !== "instance_presence"),
  }));
  let next = 0;
  const hostile = records.map((record) =>
    record.typeName === "asset"
      ? { ...record, props: { ...record.props, src: sources[next++ % sources.length] } }
      : record,
  );
  return Buffer.from(JSON.stringify({ tldrawFileFormatVersion: 1, schema, records: hostile }));
}

async function openTldr(person: Person, file: Buffer): Promise<void> {
  await person.page.getByTestId("main-menu.button").click();
  await person.page.getByRole("menuitem", { name: "Open .tldr file…" }).click();
  const choose = person.dialog("Open .tldr file").locator("button", { hasText: "Choose a file" });
  await person.chooseFile(choose, "hostile.tldr", "application/vnd.tldraw+json", file);
}
