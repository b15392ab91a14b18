import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Editor, TLShapeId } from "tldraw";
import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { decodePicture } from "./picture.ts";
import { expectAllSaved, expectSameBoard, expectEventually, isSkipped, Stage } from "./stage.ts";

/** The README shows it; `UPDATE_SCREENSHOTS=1` takes it anew. */
const picturePath = fileURLToPath(new URL("../../docs/images/two-people.png", import.meta.url));
const isUpdate = process.env["UPDATE_SCREENSHOTS"] === "1";

describe.skipIf(isSkipped)("the picture in the README", () => {
  const stage = Stage.forFile();

  it("is two people planning a trip", async () => {
    const board = await stage.server.createBoard("Trip to the coast");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo Lindqvist")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await bo.button("People here: 2").click();
    await bo.page.getByRole("radio", { name: "Violet", exact: true }).click();
    await bo.page.keyboard.press("Escape");

    await ada.edit(drawTrip);
    await ada.page.keyboard.press("Escape");
    await expectEventually(() => bo.types()).toHaveLength((await ada.types()).length);
    await expectSameBoard(ada, bo);
    // Bo has a note in hand; Ada rests beside the board.
    await bo.page.mouse.click(870, 250);
    await bo.page.mouse.move(905, 325, { steps: 4 });
    await ada.page.mouse.move(30, 700);
    await expectEventually(() => ada.page.locator(".tl-nametag").textContent()).toBe(
      "Bo Lindqvist",
    );
    await ada.page.locator(".tl-collaborator__shape-indicator").first().waitFor();
    await expectAllSaved(ada, bo);

    const png = await pictureOf(ada);
    const { width, height, colors } = await decodePicture(ada.page, png);
    expect([width, height]).toEqual([1280, 800]);
    expect(Object.keys(colors).length).toBeGreaterThan(100);
  });
});

async function pictureOf({ page }: Person): Promise<Buffer> {
  await page.evaluate(() => document.fonts.ready);
  if (!isUpdate) return page.screenshot();
  await mkdir(dirname(picturePath), { recursive: true });
  return page.screenshot({ path: picturePath });
}

/** Runs in the page. */
function drawTrip(editor: Editor): void {
  const text = (content: string) => ({
    type: "doc",
    content: content
      .split("\n")
      .map((line) => ({ type: "paragraph", content: [{ type: "text", text: line }] })),
  });
  const id = (name: string) => `shape:${name}` as TLShapeId;
  const stroke = (points: readonly (readonly [number, number])[]) => [
    { type: "free", points: points.map(([x, y]) => ({ x, y, z: 0.5 })) },
  ];
  const waves = (offset: number) =>
    Array.from({ length: 82 }, (_, step) => [step * 5, Math.sin(step / 3.2 + offset) * 9] as const);
  const sun = Array.from({ length: 40 }, (_, step) => {
    const angle = (step / 36) * 2 * Math.PI;
    return [Math.cos(angle) * 34, Math.sin(angle) * 34] as const;
  });
  const rays = Array.from({ length: 8 }, (_, ray) => {
    const angle = (ray / 8) * 2 * Math.PI + 0.2;
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    return {
      type: "draw",
      x: 660 + x * 46,
      y: 160 + y * 46,
      props: {
        color: "orange",
        segments: stroke([0, 6, 12, 18].map((far) => [x * far, y * far] as const)),
      },
    };
  });
  const shapes = [
    {
      type: "text",
      x: 90,
      y: 96,
      props: { richText: text("Saturday at the coast"), size: "xl", font: "draw" },
    },
    {
      id: id("station"),
      type: "geo",
      x: 110,
      y: 250,
      props: {
        geo: "rectangle",
        w: 180,
        h: 110,
        color: "blue",
        fill: "solid",
        richText: text("Station"),
        size: "m",
      },
    },
    {
      id: id("lighthouse"),
      type: "geo",
      x: 510,
      y: 290,
      props: {
        geo: "ellipse",
        w: 210,
        h: 130,
        color: "red",
        fill: "solid",
        richText: text("Lighthouse"),
        size: "m",
      },
    },
    {
      id: id("walk"),
      type: "arrow",
      x: 290,
      y: 300,
      props: {
        text: "7 km on foot",
        bend: -38,
        size: "m",
        start: { x: 0, y: 0 },
        end: { x: 200, y: 40 },
      },
    },
    {
      type: "note",
      x: 780,
      y: 170,
      rotation: 0.04,
      props: { color: "yellow", richText: text("Train 9:40,\nplatform 3"), size: "m" },
    },
    {
      type: "note",
      x: 150,
      y: 450,
      rotation: -0.05,
      props: { color: "light-green", richText: text("Who brings\nthe kite?"), size: "m" },
    },
    {
      type: "note",
      x: 820,
      y: 430,
      rotation: -0.02,
      props: { color: "light-blue", richText: text("Picnic here,\nback by 18:30"), size: "m" },
    },
    {
      type: "draw",
      x: 660,
      y: 160,
      props: { color: "orange", isClosed: true, fill: "solid", segments: stroke(sun) },
    },
    ...rays,
    ...[0, 1.4, 2.9].map((offset, row) => ({
      type: "draw",
      x: 385 - row * 10,
      y: 520 + row * 34,
      props: { color: "light-blue", size: "l", segments: stroke(waves(offset)) },
    })),
  ];
  editor.createShapes(shapes);
  for (const [terminal, to] of [
    ["start", "station"],
    ["end", "lighthouse"],
  ] as const) {
    editor.createBinding({
      type: "arrow",
      fromId: id("walk"),
      toId: id(to),
      props: {
        terminal,
        normalizedAnchor: { x: 0.5, y: 0.5 },
        isExact: false,
        isPrecise: false,
        snap: "none",
      },
    });
  }
}
