import { readFile } from "node:fs/promises";
import type { Download } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { decodePicture, encodePng } from "./picture.ts";
import { expectAllSaved, expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("exports", () => {
  const stage = Stage.forFile();

  async function adaWithADrawing(name: string) {
    const board = await stage.server.createBoard(name);
    const ada = await stage.person("Ada");
    await ada.open(board.editUrl);
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.page.getByTestId("style.color.red").click();
    await ada.page.getByTestId("style.fill.solid").click();
    await ada.page.keyboard.press("Escape");
    await ada.note([800, 300], "Read me");
    await ada.draw("d", [300, 600], [400, 650], [450, 600]);
    await ada.page.keyboard.press("v");
    await expectEventually(() => ada.types()).toEqual(["geo", "note", "draw"]);
    return { ada, board };
  }

  it("a page as PNG, with what is on it", async () => {
    const { ada } = await adaWithADrawing('Q3 "plan" / draft: a*b');
    const [file] = await exportFiles(ada, { what: /^This page/, format: "PNG" });
    expect(file?.name).toBe("Q3 -plan- - draft- a-b.png");
    const picture = await decodePicture(ada.page, file?.bytes ?? Buffer.alloc(0));
    // Twice the size of what is drawn, from 300 to 900 and from 200 to 650, and a margin.
    expect(picture.width).toBeGreaterThan(1_200);
    expect(picture.width).toBeLessThan(1_500);
    expect(picture.height).toBeGreaterThan(900);
    const pixels = picture.width * picture.height;
    const large = Object.values(picture.colors).filter((count) => count > pixels / 50);
    // The ground, the red rectangle and the yellow note.
    expect(large.length).toBeGreaterThanOrEqual(3);
  });

  it("a page as SVG, with its text and nothing from elsewhere", async () => {
    const { ada } = await adaWithADrawing("Drawing");
    const [file] = await exportFiles(ada, { what: /^This page/, format: "SVG" });
    expect(file?.name).toBe("Drawing.svg");
    const svg = String(file?.bytes);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain("Read me");
    expect(svg).not.toMatch(/(href|src)="https?:/);
    const alone = await ada.context.newPage();
    await alone.setContent(svg);
    const box = await alone.locator("svg").first().boundingBox();
    expect(box?.width).toBeGreaterThan(600);
  });

  it("a selection alone, in every format", async () => {
    const { ada } = await adaWithADrawing("Part");
    await ada.page.mouse.click(800, 220);
    const what = /^Selection \(1 shape\)/;
    const [svg] = await exportFiles(ada, { what, format: "SVG" });
    expect(svg?.name).toBe("Part – selection.svg");
    expect(String(svg?.bytes)).toContain("Read me");
    const [png] = await exportFiles(ada, { what, format: "PNG" });
    expect(png?.name).toBe("Part – selection.png");
    const picture = await decodePicture(ada.page, png?.bytes ?? Buffer.alloc(0));
    expect(picture.width).toBeGreaterThan(390);
    expect(picture.width).toBeLessThan(600);
    const [tldr] = await exportFiles(ada, { what, format: ".tldr" });
    expect(tldr?.name).toBe("Part – selection.tldr");
    expect(shapeTypesOf(tldr?.bytes)).toEqual(["note"]);
  });

  it("a board of several pages, a picture for each", async () => {
    const { ada } = await adaWithADrawing("Two");
    await ada.page.getByTestId("page-menu.button").click();
    await ada.page.getByTestId("page-menu.create").click();
    await ada.page.keyboard.press("Enter");
    await ada.page.keyboard.press("Escape");
    await expectEventually(() => ada.types()).toEqual([]);
    await ada.page.mouse.move(700, 500);
    await ada.draw("o", [600, 400], [700, 500]);
    await expectEventually(() => ada.types()).toEqual(["geo"]);
    const files = await exportFiles(ada, { what: /^Whole board \(2 pages\)/, format: "SVG" }, 2);
    expect(files.map(({ name }) => name)).toEqual(["Two – Page 1.svg", "Two – Page 2.svg"]);
    const [tldr] = await exportFiles(ada, { what: /^Whole board/, format: ".tldr" });
    expect(tldr?.name).toBe("Two.tldr");
    expect(shapeTypesOf(tldr?.bytes)).toEqual(["draw", "geo", "geo", "note"]);
  });

  it("a .tldr file that gives the same board when it is opened in another", async () => {
    const { ada } = await adaWithADrawing("Original");
    await ada.choosePicture("a.png", "image/png", encodePng(40, 30, [240, 140, 0]));
    await expectEventually(() => ada.types()).toEqual(["geo", "note", "draw", "image"]);
    await expectAllSaved(ada);
    const [file] = await exportFiles(ada, { what: /^Whole board/, format: ".tldr" });
    // The picture is in the file, and on this server under its address only.
    expect(String(file?.bytes)).toContain("data:image/png;base64,");

    const copy = await stage.server.createBoard("Copy");
    const bo = await stage.person("Bo");
    await bo.open(copy.editUrl);
    await openFile(bo, "Original.tldr", file?.bytes ?? Buffer.alloc(0));
    await bo.page.getByText("Added 4 shapes on 1 page.").waitFor();
    expect(await bo.shapes()).toEqual(await ada.shapes());
    expect(await bo.document()).not.toContain("data:");
    await bo.page.keyboard.press("Escape");
    await expectAllSaved(bo);
    await bo.page.keyboard.press("Control+z");
    await expectEventually(() => bo.types()).toEqual([]);
  });

  it("what is not a .tldr file is refused with a message, and the board stays as it is", async () => {
    const { ada } = await adaWithADrawing("Safe");
    const before = await ada.shapes();
    const [whole] = await exportFiles(ada, { what: /^Whole board/, format: ".tldr" });
    const text = String(whole?.bytes);
    const damaged = text.replace('"type":"note"', '"type":"nonsense"');
    expect(damaged).not.toBe(text);
    const messages = [
      ["words.tldr", "just some words", /not a \.tldr file, or it was cut off/],
      ["cut.tldr", text.slice(0, text.length / 2), /not a \.tldr file, or it was cut off/],
      ["json.tldr", '{"a":1}', /not a \.tldr file, or it was cut off/],
      ["damaged.tldr", damaged, /The file is damaged/],
    ] as const;
    for (const [name, content, message] of messages) {
      await openFile(ada, name, Buffer.from(content));
      await ada.dialog("Open .tldr file").getByRole("status").getByText(message).waitFor();
      await ada.page.keyboard.press("Escape");
    }
    expect(await ada.shapes()).toEqual(before);
  });
});

interface ExportedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Exports by the dialog; files in the order in which they came. */
async function exportFiles(
  person: Person,
  choice: { what: RegExp; format: string },
  count = 1,
): Promise<ExportedFile[]> {
  const { page } = person;
  await page.getByTestId("main-menu.button").click();
  await page.getByRole("menuitem", { name: "Export…" }).click();
  const dialog = person.dialog("Export");
  await dialog.getByRole("radio", { name: choice.what }).check();
  await dialog.getByRole("radio", { name: choice.format, exact: true }).check();
  const downloads: Download[] = [];
  const listen = (download: Download): void => void downloads.push(download);
  page.on("download", listen);
  await dialog.getByRole("button", { name: "Export" }).click();
  await expectEventually(() => downloads.length).toBe(count);
  await dialog.waitFor({ state: "hidden" });
  page.off("download", listen);
  return Promise.all(
    downloads.map(async (download) => ({
      name: download.suggestedFilename(),
      bytes: await readFile(await download.path()),
    })),
  );
}

async function openFile(person: Person, name: string, buffer: Buffer): Promise<void> {
  await person.page.getByTestId("main-menu.button").click();
  await person.page.getByRole("menuitem", { name: "Open .tldr file…" }).click();
  const choose = person.dialog("Open .tldr file").locator("button", { hasText: "Choose a file" });
  await person.chooseFile(choose, name, "application/vnd.tldraw+json", buffer);
}

function shapeTypesOf(file: Buffer | undefined): string[] {
  const { records } = JSON.parse(String(file)) as {
    records: { typeName: string; type: string }[];
  };
  return records
    .filter(({ typeName }) => typeName === "shape")
    .map(({ type }) => type)
    .toSorted();
}
