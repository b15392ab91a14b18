import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { expectAllSaved, expectSameBoard, expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("two people on one board", () => {
  const stage = Stage.forFile();

  async function adaAndBo(name?: string) {
    const board = await stage.server.createBoard(name);
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    await expectEventually(() => bo.others()).toEqual(["Ada"]);
    return { ada, bo, board };
  }

  it("come together by a link that one makes and the other opens", async () => {
    const permissions = ["clipboard-read", "clipboard-write"];
    const ada = await stage.person("Ada", { permissions });
    await ada.page.goto("/");
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    await ada.button("Share").click();
    const dialog = ada.dialog("Share this board");
    await dialog.getByRole("button", { name: "Copy" }).click();
    await dialog.getByRole("button", { name: "Copied" }).waitFor();
    const link = await ada.page.evaluate(() => navigator.clipboard.readText());
    expect(link).toBe(ada.page.url());
    expect(await dialog.getByLabel("Edit link", { exact: true }).inputValue()).toBe(link);
    await ada.page.keyboard.press("Escape");

    const bo = await stage.person("Bo");
    await bo.open(link);
    await bo.draw("r", [400, 300], [600, 400]);
    await ada.page.locator(".tl-shape[data-shape-type=geo]").waitFor();
    await ada.draw("d", [700, 300], [800, 350], [850, 300]);
    await expectEventually(() => bo.types()).toEqual(["geo", "draw"]);
    await ada.button("People here: 2").click();
    await ada.page.getByRole("button", { name: "Follow Bo" }).waitFor();
  });

  it("see each other draw, move, write and delete", async () => {
    const { ada, bo } = await adaAndBo();

    await ada.draw("d", [200, 300], [300, 350], [350, 300]);
    await expectEventually(() => bo.types()).toEqual(["draw"]);
    await bo.draw("r", [500, 300], [700, 400]);
    await expectEventually(() => ada.types()).toEqual(["draw", "geo"]);
    await expectSameBoard(ada, bo);

    // Ada moves what Bo has drawn, and Bo what Ada has.
    await ada.page.keyboard.press("v");
    await ada.drag([500, 350], [500, 500]);
    await expectEventually(async () => (await bo.shapes())[1]).toMatchObject({ x: 500, y: 450 });
    await bo.drag([250, 325], [250, 225]);
    await expectEventually(async () => (await ada.shapes())[0]).toMatchObject({ x: 200, y: 200 });
    await expectSameBoard(ada, bo);

    await ada.note([900, 300], "Hello Bo");
    await expectEventually(async () => (await bo.shapes())[2]).toMatchObject({ text: "Hello Bo" });
    await bo.openText([900, 300]);
    await expectEventually(async () => {
      // tldraw selects the whole text some time after the focus is there.
      await bo.page.keyboard.press("Control+End");
      await bo.nextFrames();
      return bo.page.evaluate(() => getSelection()?.isCollapsed);
    }).toBe(true);
    await bo.page.keyboard.type(", hello Ada");
    await bo.page.keyboard.press("Escape");
    const text = "Hello Bo, hello Ada";
    await expectEventually(async () => (await ada.shapes())[2]).toMatchObject({ text });
    await ada.page.locator(".tl-shape .tl-rich-text", { hasText: text }).waitFor();

    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("v");
    await ada.page.mouse.click(500, 500);
    await ada.page.keyboard.press("Delete");
    await expectEventually(() => bo.types()).toEqual(["draw", "note"]);
    await bo.page.keyboard.press("Escape");
    await bo.page.keyboard.press("Escape");
    await bo.page.mouse.click(250, 225);
    await bo.page.keyboard.press("Backspace");
    await expectEventually(() => ada.types()).toEqual(["note"]);
    await expectSameBoard(ada, bo);
    await expectAllSaved(ada, bo);
  });

  it("see each other's cursor with the name, where it points", async () => {
    const { ada, bo } = await adaAndBo();
    for (const [x, y] of [
      [400, 300],
      [800, 500],
    ] as const) {
      await bo.page.mouse.move(x, y);
      await expectCursor(ada, "Bo", x, y);
      await ada.page.mouse.move(x + 200, y - 50);
      await expectCursor(bo, "Ada", x + 200, y - 50);
    }
  });

  it("take back only what is their own, also while the other is busy", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [300, 300], [400, 400]);
    await expectEventually(() => bo.types()).toEqual(["geo"]);
    await bo.draw("o", [600, 300], [700, 400]);
    await expectEventually(() => ada.types()).toEqual(["geo", "geo"]);

    // Ada moves her rectangle; then Bo gives it a colour.
    await ada.drag([350, 350], [350, 550]);
    await expectEventually(async () => (await bo.shapes())[0]).toMatchObject({ y: 500 });
    await bo.page.mouse.click(300, 550);
    await bo.page.getByTestId("style.color.red").click();
    const firstOf = (person: Person) =>
      person.edit((editor) => {
        const shape = editor.getCurrentPageShapesSorted()[0];
        return shape?.type === "geo"
          ? `${shape.y} ${String(Reflect.get(shape.props, "color"))}`
          : null;
      });
    await expectEventually(() => firstOf(ada)).toBe("500 red");

    await bo.page.keyboard.press("Escape");
    const letGo = await dragAbout(bo, [600, 350], [650, 350], [800, 350]);
    try {
      await ada.page.keyboard.press("Control+z");
      await expectEventually(() => firstOf(bo)).toBe("300 red");
      await ada.page.keyboard.press("Control+z");
      await expectEventually(async () => (await bo.shapes()).length).toBe(1);
      // There is nothing of Ada's left: Bo's circle stays, and goes on.
      await ada.page.keyboard.press("Control+z");
      await ada.page.keyboard.press("Control+Shift+z");
      await expectEventually(() => firstOf(bo)).toBe("300 red");
    } finally {
      await letGo();
    }
    await expectEventually(() => ada.shapes()).toMatchObject([
      { x: 300, y: 300 },
      { x: 800, y: 300 },
    ]);
    await expectSameBoard(ada, bo);
  });

  it("get back by redo what they took back, with what the other did to it", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [300, 300], [400, 400]);
    await expectEventually(() => bo.types()).toEqual(["geo"]);
    await bo.page.mouse.click(300, 350);
    await bo.page.getByTestId("style.color.red").click();
    const colorOf = (person: Person) =>
      person.edit((editor) => {
        const props = editor.getCurrentPageShapes()[0]?.props ?? {};
        return "color" in props ? String(props.color) : "none";
      });
    await expectEventually(() => colorOf(ada)).toBe("red");
    await ada.page.keyboard.press("Control+z");
    await expectEventually(() => bo.types()).toEqual([]);
    await ada.page.keyboard.press("Control+Shift+z");
    await expectEventually(() => colorOf(bo)).toBe("red");
    await expectSameBoard(ada, bo);
  });

  it("see a new name of the board", async () => {
    const { ada, bo } = await adaAndBo("Before");
    await ada.button("Rename board: Before").click();
    await ada.page.keyboard.type("Öfter & <b>after</b>");
    await ada.page.keyboard.press("Enter");
    const name = "Öfter & <b>after</b>";
    await bo.button(`Rename board: ${name}`).waitFor();
    await expectEventually(() => bo.page.title()).toContain(name);
    await expectAllSaved(ada);

    await bo.page.goto("/");
    await bo.page.getByRole("link", { name }).waitFor();
  });

  it("find everything again after a reload and after a restart of the server", async () => {
    const { ada, bo, board } = await adaAndBo("Kept");
    await ada.draw("d", [200, 300], [300, 350], [350, 300]);
    await bo.note([600, 300], "Kept note");
    await ada.draw("a", [300, 500], [500, 600]);
    await expectEventually(() => ada.types()).toEqual(["draw", "note", "arrow"]);
    await expectAllSaved(ada, bo);
    await expectSameBoard(ada, bo);
    const before = await ada.document();

    await Promise.all([ada.page.reload(), bo.page.reload()]);
    await Promise.all([ada.canvas.waitFor(), bo.canvas.waitFor()]);
    await expectAllSaved(ada, bo);
    expect(await ada.document()).toBe(before);
    expect(await bo.document()).toBe(before);

    expect(await stage.server.stop()).toBe(0);
    await stage.startServer();
    // Cleo has no copy in her browser: what she sees comes from the disk.
    const cleo = await stage.person("Cleo");
    await cleo.open(board.editUrl);
    expect(await cleo.document()).toBe(before);
    await cleo.button("Rename board: Kept").waitFor();
  });

  it("are told that it is saved only when the server has said so", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [300, 300], [400, 400]);
    await expectAllSaved(ada, bo);
    stage.server.freeze();
    try {
      await ada.draw("r", [500, 300], [600, 400]);
      await expectEventually(() => ada.badge.textContent()).toBe("Saving…");
      expect(await ada.unsaved()).toBeGreaterThan(0);
      await ada.page.evaluate(watchBadge);
    } finally {
      stage.server.thaw();
    }
    await expectAllSaved(ada);
    const seen = await ada.page.evaluate(() => (window as BadgeWindow).seenBadges);
    expect(seen?.filter(({ text, unsaved }) => text === "Saved" && unsaved > 0)).toEqual([]);
    expect(seen?.at(-1)).toEqual({ text: "Saved", unsaved: 0 });
  });
});

async function expectCursor(person: Person, name: string, x: number, y: number): Promise<void> {
  await expectEventually(async () => {
    const tag = person.page.locator(".tl-nametag", { hasText: name });
    const box = (await tag.count()) === 1 ? await tag.boundingBox() : null;
    // The name hangs below the tip of the cursor.
    return box !== null && Math.abs(box.x - x) < 30 && Math.abs(box.y - y) < 40;
  }, `the cursor of ${name} near ${x}, ${y}`).toBe(true);
}

type Point = readonly [x: number, y: number];

/** Takes hold of what is at a point and moves it to and fro; the answer ends that at the last point. */
async function dragAbout(person: Person, from: Point, to: Point, end: Point) {
  const { mouse } = person.page;
  await mouse.move(...from);
  await mouse.down();
  let isMoving = true;
  const moving = (async () => {
    while (isMoving) {
      await mouse.move(...to, { steps: 4 });
      await mouse.move(...end, { steps: 4 });
    }
    await mouse.up();
  })();
  return async (): Promise<void> => {
    isMoving = false;
    await moving;
  };
}

type BadgeWindow = typeof window & {
  seenBadges?: { text: string; unsaved: number }[];
  boardwalk?: { session: { unsaved: number } };
};

/** Runs in the page: notes each text of the badge with what was unsaved at that moment. */
function watchBadge(): void {
  const page = window as BadgeWindow;
  const seen: { text: string; unsaved: number }[] = [];
  page.seenBadges = seen;
  const badge = document.querySelector("[data-testid=save-badge]");
  new MutationObserver(() => {
    seen.push({ text: badge?.textContent ?? "", unsaved: page.boardwalk?.session.unsaved ?? -1 });
  }).observe(badge ?? document.body, { subtree: true, childList: true, characterData: true });
}
