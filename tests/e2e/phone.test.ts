import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { decodePicture } from "./picture.ts";
import { expectAllSaved, expectEventually, isSkipped, Stage } from "./stage.ts";

const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** What lies over the canvas and must be reachable there. */
const chrome = [
  ".bw-top-left .tlui-menu-zone",
  ".bw-status-line",
  ".bw-top-right",
  ".tlui-toolbar",
  ".tlui-navigation-panel",
];

describe.skipIf(isSkipped)("on a phone", () => {
  const stage = Stage.forFile();

  it("a board is made, drawn on by touch and shared", async () => {
    const ada = await stage.person("Ada", phone);
    await ada.page.goto("/");
    await expectNoSidewaysScroll(ada);
    await ada.button("New board").tap();
    await ada.canvas.waitFor();
    await ada.open(ada.page.url());
    const bo = await stage.person("Bo");
    await bo.open(ada.page.url());

    await ada.page.getByTestId("tools.draw").tap();
    await touchAlong(ada, [100, 300], [200, 400], [300, 300]);
    await expectEventually(() => bo.types()).toEqual(["draw"]);
    await expectAllSaved(ada);

    await ada.button("Share").tap();
    const dialog = ada.dialog("Share this board");
    await expectInView(ada, dialog.getByRole("button", { name: "Copy" }));
    await expectInView(ada, dialog.getByRole("button", { name: "Close" }));
    await expectInView(ada, dialog.getByRole("img"));
    await expectNoSidewaysScroll(ada);
    await dialog.getByRole("button", { name: "Close" }).tap();
    await dialog.waitFor({ state: "hidden" });
    await ada.page.getByTestId("main-menu.button").tap();
    await ada.page.getByRole("menuitem", { name: "Export…" }).tap();
    await expectInView(ada, ada.dialog("Export").getByRole("button", { name: "Export" }));
    await expectNoSidewaysScroll(ada);
  });

  it("a board opens where all of it is in sight, and again where one was", async () => {
    const board = await stage.server.createBoard("Wide");
    const ada = await stage.person("Ada");
    await ada.open(board.editUrl);
    await ada.draw("r", [900, 200], [1100, 400]);
    await expectAllSaved(ada);
    const bo = await stage.person("Bo", phone);
    await bo.open(board.viewUrl);
    const sees = () =>
      bo.edit((editor) => {
        const bounds = editor.getCurrentPageBounds();
        const { x, y, z } = editor.getCamera();
        return {
          all: bounds !== undefined && editor.getViewportPageBounds().contains(bounds),
          camera: { x, y, z },
        };
      });
    expect((await sees()).all).toBe(true);
    await bo.edit((editor) => void editor.setCamera({ x: 10, y: 20, z: 2 }));
    await bo.page.reload();
    await bo.canvas.waitFor();
    await expectEventually(async () => (await sees()).camera).toEqual({ x: 10, y: 20, z: 2 });
  });

  it("nothing lies over anything else, online, alone, in company and offline", async () => {
    const board = await stage.server.createBoard("A board with quite a long name, as people give");
    const ada = await stage.person("Ada", phone);
    await ada.open(board.editUrl);
    await expectNoOverlap(ada);
    const others = await Promise.all(["Bo", "Cleo", "Dan"].map((name) => stage.person(name)));
    await Promise.all(others.map((other) => other.open(board.viewUrl)));
    await expectEventually(() => ada.others()).toEqual(["Bo", "Cleo", "Dan"]);
    await expectNoOverlap(ada);
    const vic = await stage.person("Vic", phone);
    await vic.open(board.viewUrl);
    await vic.page.getByText("View only", { exact: true }).waitFor();
    await expectNoOverlap(vic);
    await stage.killServer();
    await ada.page.getByText("Offline, all saved").first().waitFor();
    await expectNoOverlap(ada);
    await stage.startServer();
  });

  it("is dark where the device is", async () => {
    const board = await stage.server.createBoard("Night");
    const ada = await stage.person("Ada", { ...phone, colorScheme: "dark" });
    await ada.page.goto("/");
    await ada.button("New board").waitFor();
    expect(await brightness(ada)).toBeLessThan(60);
    await ada.open(board.editUrl);
    expect(await brightness(ada)).toBeLessThan(60);
    await ada.button("Share").tap();
    const dialog = ada.dialog("Share this board");
    await dialog.waitFor();
    const background = await dialog.evaluate(
      (element) => getComputedStyle(element).backgroundColor,
    );
    const channels = background.match(/\d+/g)?.slice(0, 3).map(Number) ?? [255];
    expect(Math.max(...channels)).toBeLessThan(80);
    await ada.page.emulateMedia({ colorScheme: "light" });
    await ada.page.keyboard.press("Escape");
    await expectEventually(() => brightness(ada)).toBeGreaterThan(200);
  });
});

/** Draws with one finger. */
async function touchAlong(person: Person, ...points: readonly (readonly [number, number])[]) {
  const session = await person.context.newCDPSession(person.page);
  const [first, ...rest] = points.map(([x, y]) => ({ x, y }));
  if (first === undefined) return;
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [first] });
  let from = first;
  for (const to of rest) {
    for (let step = 1; step <= 8; step++) {
      const x = from.x + ((to.x - from.x) * step) / 8;
      const y = from.y + ((to.y - from.y) * step) / 8;
      await session.send("Input.dispatchTouchEvent", {
        type: "touchMove",
        touchPoints: [{ x, y }],
      });
    }
    from = to;
  }
  // A finger that leaves in full swing is a fling, and Chromium takes the next tap for its end.
  for (let step = 0; step < 8; step++) {
    await person.nextFrames();
    await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [from] });
  }
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await session.detach();
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function expectInView(person: Person, locator: ReturnType<Person["button"]>): Promise<void> {
  await locator.waitFor();
  await expectEventually(
    async () => {
      const box = await locator.boundingBox();
      return box !== null && isInside(box, person.page.viewportSize());
    },
    `${String(locator)} within the screen`,
  ).toBe(true);
}

function isInside(box: Box, view: { width: number; height: number } | null): boolean {
  if (view === null) return false;
  return (
    box.x >= 0 &&
    box.y >= 0 &&
    box.x + box.width <= view.width + 0.5 &&
    box.y + box.height <= view.height + 0.5
  );
}

async function expectNoOverlap(person: Person): Promise<void> {
  await expectEventually(async () => {
    const problems: string[] = [];
    const boxes: { selector: string; box: Box }[] = [];
    for (const selector of chrome) {
      for (const part of await person.page.locator(selector).all()) {
        const box = await part.boundingBox();
        if (box === null || box.width === 0) continue;
        if (!isInside(box, person.page.viewportSize())) problems.push(`${selector} is cut off`);
        boxes.push({ selector, box });
      }
    }
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        if (overlap(one.box, other.box)) problems.push(`${one.selector} on ${other.selector}`);
      }
    }
    return boxes.length < 4 ? ["too little was found"] : problems;
  }).toEqual([]);
  await expectNoSidewaysScroll(person);
}

function overlap(a: Box, b: Box): boolean {
  return (
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1 &&
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1
  );
}

async function expectNoSidewaysScroll(person: Person): Promise<void> {
  const extra = await person.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(extra).toBe(0);
}

/** The commonest colour on the screen, from 0 for black to 255. */
async function brightness(person: Person): Promise<number> {
  const { colors } = await decodePicture(person.page, await person.page.screenshot());
  const [commonest = ""] = Object.entries(colors).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  const [red = 0, green = 0, blue = 0] = commonest.split(",").map(Number);
  return (red + green + blue) / 3;
}
