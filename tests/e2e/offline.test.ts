import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { encodePng } from "./picture.ts";
import { expectAllSaved, expectSameBoard, expectEventually, isSkipped, Stage } from "./stage.ts";

const offlineKept = "Offline, kept on this device";
const offlineSaved = "Offline, all saved";
const orange = [240, 140, 0] as const;

describe.skipIf(isSkipped)("without a connection", () => {
  const stage = Stage.forFile({ keepsPage: true });

  /** The server is back, and these people do not wait until their pages try again by themselves. */
  async function backOnline(...people: readonly Person[]): Promise<void> {
    await stage.startServer();
    await Promise.all(people.map((person) => person.tryNow()));
  }

  async function adaAndBo() {
    const board = await stage.server.createBoard("Away");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await Promise.all([ada, bo].map(({ page }) => page.evaluate(keptForOffline)));
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    await expectEventually(() => bo.others()).toEqual(["Ada"]);
    return { ada, bo, board };
  }

  it("a stroke goes on while the server dies, and is on disk when it is back", async () => {
    const { ada, bo, board } = await adaAndBo();
    await bo.note([900, 300], "Before");
    await expectAllSaved(bo);
    await ada.page.keyboard.press("d");
    const { mouse } = ada.page;
    await mouse.move(200, 200);
    await mouse.down();
    await mouse.move(400, 300, { steps: 10 });
    await stage.killServer();
    await mouse.move(600, 200, { steps: 10 });
    await mouse.up();
    await expectOffline(ada);
    await ada.draw("r", [300, 500], [500, 600]);
    await expectOffline(bo);
    await expectEventually(() => ada.unsaved()).toBeGreaterThan(0);
    expect(await ada.badge.textContent()).toContain(offlineKept);
    expect(await bo.badge.textContent()).toContain(offlineSaved);
    expect(await ada.others()).toEqual([]);

    await stage.startServer();
    await expectAllSaved(ada, bo);
    await expectEventually(() => bo.types()).toEqual(["note", "draw", "geo"]);
    await expectSameBoard(ada, bo);
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    const width = await bo.edit((editor) => {
      const stroke = editor.getCurrentPageShapes().find(({ type }) => type === "draw");
      return stroke === undefined ? 0 : editor.getShapePageBounds(stroke)?.width;
    });
    expect(width).toBeGreaterThan(390);
    // Cleo has no copy in her browser: what she sees comes from the disk.
    const cleo = await stage.person("Cleo");
    await cleo.open(board.editUrl);
    await expectSameBoard(ada, cleo);
  });

  it("two people who work apart both keep what they did", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.note([800, 300], "Shared");
    await expectEventually(() => bo.types()).toEqual(["geo", "note"]);
    await expectAllSaved(ada, bo);
    await stage.killServer();
    await Promise.all([expectOffline(ada), expectOffline(bo)]);

    // The same rectangle: Ada moves it, Bo colours it. Then one new shape each.
    await ada.page.keyboard.press("Escape");
    await ada.drag([300, 350], [300, 550]);
    await bo.page.keyboard.press("v");
    await bo.page.mouse.click(300, 350);
    await bo.page.getByTestId("style.color.red").click();
    await bo.page.keyboard.press("Escape");
    await ada.draw("o", [600, 500], [700, 600]);
    await bo.draw("d", [900, 600], [1_000, 650], [1_050, 600]);
    await expectEventually(() => ada.unsaved()).toBeGreaterThan(0);
    await expectEventually(() => bo.unsaved()).toBeGreaterThan(0);

    await backOnline(ada, bo);
    await expectAllSaved(ada, bo);
    await expectSameBoard(ada, bo);
    expect((await ada.types()).toSorted()).toEqual(["draw", "geo", "geo", "note"]);
    const [rectangle] = await bo.edit((editor) =>
      editor
        .getCurrentPageShapesSorted()
        .filter((shape) => shape.type === "geo" && Reflect.get(shape.props, "geo") === "rectangle")
        .map((shape) => ({ y: shape.y, color: String(Reflect.get(shape.props, "color")) })),
    );
    expect(rectangle).toEqual({ y: 500, color: "red" });
  });

  it("what was drawn last survives leaving the page at once, and comes when it is opened again", async () => {
    const { ada, bo, board } = await adaAndBo();
    await stage.killServer();
    await expectOffline(ada);
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.note([800, 300], "Only here");
    await ada.page.goto("about:blank");
    await backOnline(bo);
    await ada.open(board.editUrl);
    await expectEventually(() => ada.shapes()).toMatchObject([
      { type: "geo" },
      { text: "Only here" },
    ]);
    await expectAllSaved(ada);
    await expectEventually(() => bo.shapes()).toMatchObject([
      { type: "geo" },
      { text: "Only here" },
    ]);
    await expectSameBoard(ada, bo);
  });

  it("the browser's own word that it is offline changes nothing for the worse", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.context.setOffline(true);
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.draw("d", [600, 300], [700, 350], [750, 300]);
    await stage.killServer();
    await expectOffline(ada);
    await backOnline(bo);
    await expectEventually(() => bo.status()).toBe("online");
    // No way to the server as long as the browser is offline.
    expect(await ada.status()).not.toBe("online");
    expect(await bo.others()).toEqual([]);
    // Its word that it is back is enough.
    await ada.context.setOffline(false);
    await expectAllSaved(ada, bo);
    await expectEventually(() => bo.types()).toEqual(["geo", "draw"]);
    await expectSameBoard(ada, bo);
  });

  it("a board opens again after its browser was closed, takes edits and pictures, and merges on return", async () => {
    const board = await stage.server.createBoard("Far from home");
    // Two guests, each with a link.
    const [adasBrowser, vicsBrowser] = await Promise.all([
      stage.ownBrowser("Ada"),
      stage.ownBrowser("Vic"),
    ]);
    const enter = (options?: { offline: boolean }): Promise<[Person, Person]> =>
      Promise.all([adasBrowser(options), vicsBrowser(options)]);
    let [ada, vic] = await enter();
    const bothOpen = () => Promise.all([ada.open(board.editUrl), vic.open(board.viewUrl)]);
    await bothOpen();
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.choosePicture("sent.png", "image/png", encodePng(40, 30, orange));
    await expectEventually(() => vic.shownPictures()).toBe(1);
    await expectAllSaved(ada);
    for (const person of [ada, vic]) {
      await person.page.evaluate(keptForOffline);
      await person.closeTab();
      await person.leave();
    }
    await stage.killServer();

    [ada, vic] = await enter({ offline: true });
    await ada.page.goto("/");
    await ada.page.getByRole("link", { name: "Far from home" }).click();
    await ada.canvas.waitFor();
    await bothOpen();
    for (const person of [ada, vic]) {
      await expectEventually(() => person.types()).toEqual(["geo", "image"]);
      await expectEventually(() => person.shownPictures()).toBe(1);
      await person.badge.getByText(offlineSaved).waitFor();
    }
    await vic.page.getByText("View only", { exact: true }).waitFor();
    expect(await vic.page.getByTestId("tools.draw").count()).toBe(0);
    await ada.choosePicture("kept.png", "image/png", encodePng(60, 30, orange));
    await expectEventually(() => ada.shownPictures()).toBe(2);
    await ada.page.keyboard.press("Escape");
    await ada.draw("o", [300, 500], [500, 600]);
    await ada.badge.getByText(offlineKept).waitFor();
    await ada.closeTab();
    await Promise.all([ada.leave(), vic.leave()]);

    [ada, vic] = await enter({ offline: true });
    await bothOpen();
    await expectEventually(() => ada.types()).toEqual(["geo", "image", "image", "geo"]);
    await expectEventually(() => ada.shownPictures()).toBe(2);
    await ada.badge.getByText(offlineKept).waitFor();
    await vic.badge.getByText(offlineSaved).waitFor();

    await stage.startServer();
    await Promise.all([ada, vic].map(({ context }) => context.setOffline(false)));
    await Promise.all([ada, vic].map((person) => person.tryNow()));
    await expectAllSaved(ada);
    await expectSameBoard(ada, vic);
    await expectEventually(() => vic.shownPictures()).toBe(2);
  });

  it("a second tab of the board shares the work, and sends it when the first is closed", async () => {
    const { ada, bo, board } = await adaAndBo();
    const tab = await stage.secondTab(ada);
    await tab.open(board.editUrl);
    await expectAllSaved(tab);
    await stage.killServer();
    await Promise.all([expectOffline(ada), expectOffline(tab)]);
    await tab.badge.getByText(offlineSaved).waitFor();

    await ada.page.bringToFront();
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.choosePicture("kept.png", "image/png", encodePng(60, 30, orange));
    await ada.page.keyboard.press("Escape");
    await tab.page.bringToFront();
    await expectEventually(() => tab.types()).toEqual(["geo", "image"]);
    await expectEventually(() => tab.shownPictures()).toBe(1);
    await tab.badge.getByText(offlineKept).waitFor();
    await tab.note([900, 300], "From the other tab");
    await expectSameBoard(tab, ada);
    await ada.closeTab();

    await backOnline(tab, bo);
    await expectAllSaved(tab, bo);
    await expectSameBoard(tab, bo);
    expect(await bo.types()).toEqual(["geo", "image", "note"]);
    await expectEventually(() => bo.shownPictures()).toBe(1);
  });
});

async function expectOffline(person: Person): Promise<void> {
  await person.badge.getByText(/^Offline, /).waitFor();
  expect(await person.status()).not.toBe("online");
}

/** Runs in the page: resolves when the service worker has all that the page needs, and serves it. */
async function keptForOffline(): Promise<void> {
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller !== null) return;
  await new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
  });
}
