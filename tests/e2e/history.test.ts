import { describe, expect, it } from "vitest";
import type { CreatedBoard } from "@boardwalk/board-model";
import type { Locator } from "playwright-core";
import type { Person } from "./person.ts";
import { encodePng } from "./picture.ts";
import { expectAllSaved, expectEventually, expectSameBoard, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("the board's past", () => {
  const stage = Stage.forFile();

  async function adaAndBo(): Promise<{ ada: Person; bo: Person; board: CreatedBoard }> {
    const board = await stage.server.createBoard("Plan");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    return { ada, bo, board };
  }

  it("is kept by hand, looked at, restored before everyone's eyes, and the restore taken back", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [200, 200], [350, 300]);
    await ada.note([450, 500], "First draft");
    await expectAllSaved(ada);
    const kept = await ada.document();
    const panel = await openHistory(ada);
    await keep(ada, panel, "First draft");
    const entry = item(panel, "First draft");
    await entry.getByText(/just now · Ada$/).waitFor();
    await entry.getByText("2 shapes on 1 page · as many as now").waitFor();

    await expectEventually(() => bo.types()).toEqual(["geo", "note"]);
    await bo.draw("o", [500, 250], [600, 350]);
    await bo.edit((editor) => {
      const [rectangle] = editor.getCurrentPageShapesSorted();
      if (rectangle !== undefined) editor.deleteShapes([rectangle]);
      editor.createPage({ name: "Second page" });
    });
    await bo.draw("o", [500, 250], [600, 350]);
    await bo.draw("o", [650, 250], [750, 350]);
    await expectAllSaved(bo);
    await expectSameBoard(ada, bo);
    const changed = await bo.document();
    await entry.getByText("2 shapes on 1 page · 2 fewer than now").waitFor();

    // A look changes nothing for anyone.
    const preview = await look(panel, "First draft");
    await expectEventually(() => preview.locator(".tl-shape").count()).toBe(2);
    await preview.getByText("First draft", { exact: true }).last().waitFor();
    expect(await ada.document()).toBe(changed);
    expect(await bo.document()).toBe(changed);
    expect(await ada.unsaved()).toBe(0);
    expect(await ada.others()).toEqual(["Bo"]);
    expect(await bo.others()).toEqual(["Ada"]);

    await restore(ada, panel);
    await expectEventually(() => bo.document()).toBe(kept);
    await expectEventually(() => ada.document()).toBe(kept);
    const notice = ada.page.getByText("Restored for everyone.");
    await notice.waitFor();
    await ada.button("Undo").last().click();
    await ada.page.getByText("The board is again as it was before the restore.").waitFor();
    await expectEventually(() => bo.document()).toBe(changed);
    await expectEventually(() => ada.document()).toBe(changed);
    const again = await openHistory(ada);
    await expectEventually(() => again.getByText("Before a version was restored").count()).toBe(2);

    // It is the same for who comes later, and after the server has lost its memory.
    await ada.page.keyboard.press("Escape");
    await stage.killServer();
    await stage.startServer();
    await bo.page.reload();
    await bo.canvas.waitFor();
    await expectEventually(() => bo.document()).toBe(changed);
  });

  it("shows every page and picture of a version, and is moved and zoomed without a trace", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.choosePicture("sun.png", "image/png", encodePng(200, 100, [240, 140, 0]));
    await expectEventually(() => bo.types()).toEqual(["image"]);
    await ada.edit((editor) => {
      const page = editor.createPage({ name: "Notes" }).getPages().at(-1);
      if (page !== undefined) editor.setCurrentPage(page);
    });
    await ada.note([400, 300], "On the second page");
    await expectAllSaved(ada);
    const panel = await openHistory(ada);
    await keep(ada, panel, "With a picture");
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("Control+a");
    await ada.page.keyboard.press("Delete");
    await expectAllSaved(ada);

    const again = await openHistory(ada);
    const preview = await look(again, "With a picture");
    // It begins where Ada is.
    await preview.getByText("On the second page").last().waitFor();
    const before = await ada.edit((editor) => editor.getCamera());
    await preview.getByLabel("Page").selectOption({ label: "Page 1" });
    const image = preview.locator("img").first();
    await expectEventually(() =>
      image.evaluate((element) => (element as HTMLImageElement).naturalWidth),
    ).toBe(200);
    const fitted = await widthOf(image);
    await preview.getByRole("button", { name: "Zoom out" }).click();
    await expectEventually(() => widthOf(image)).toBeLessThan(fitted * 0.8);
    await preview.getByRole("button", { name: "Zoom to fit" }).click();
    await expectEventually(() => widthOf(image)).toBeCloseTo(fitted, 0);
    // By wheel, and by the keys that change things on the board.
    await ada.page.mouse.move(400, 400);
    await ada.page.keyboard.down("Control");
    await ada.page.mouse.wheel(0, 200);
    await ada.page.keyboard.up("Control");
    await expectEventually(() => widthOf(image)).not.toBeCloseTo(fitted, 0);
    for (const key of ["Delete", "r", "Control+a", "Control+x"]) await ada.page.keyboard.press(key);
    await expectEventually(() => preview.locator(".tl-shape").count()).toBe(1);
    expect(await ada.edit((editor) => editor.getCurrentToolId())).toBe("select");
    expect(await ada.edit((editor) => editor.getCamera())).toEqual(before);
    expect(await ada.unsaved()).toBe(0);
    await expectSameBoard(ada, bo);
  });

  it("needs no mouse, and the focus is always somewhere", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [200, 200], [350, 300]);
    await expectAllSaved(ada);
    const { keyboard } = ada.page;
    await ada.page.getByTestId("main-menu.button").focus();
    await keyboard.press("Enter");
    await ada.page.getByRole("menuitem", { name: "All boards" }).waitFor();
    // Not by typing its name: a menu forgets letters that come slowly.
    await tabTo(ada, "History…", "ArrowDown");
    await keyboard.press("Enter");
    const panel = ada.dialog("History");
    await panel.getByText("Nothing has been kept yet", { exact: false }).waitFor();
    await tabTo(ada, "Keep a version…");
    await keyboard.press("Enter");
    await keyboard.type("By keys");
    await keyboard.press("Enter");
    await panel.getByText("The board as it is now is kept.").waitFor();
    await expectEventually(() => focused(ada)).toBe("Keep a version…");
    await bo.edit((editor) => editor.selectAll().deleteShapes(editor.getSelectedShapeIds()));
    await expectEventually(() => ada.types()).toEqual([]);

    await tabTo(ada, "Rename By keys");
    await keyboard.press("Enter");
    await keyboard.type("Renamed");
    await keyboard.press("Enter");
    await item(panel, "Renamed").waitFor();
    await expectEventually(() => focused(ada)).toMatch(/^Renamed/);
    await keyboard.press("Enter");
    await expectEventually(() => focused(ada)).toBe("Renamed");
    await panel.locator(".bw-preview .tl-shape").waitFor();
    // Escape takes one step back at a time.
    await tabTo(ada, "Restore this version…");
    await keyboard.press("Enter");
    await expectEventually(() => focused(ada)).toBe("Cancel");
    await keyboard.press("Escape");
    await expectEventually(() => focused(ada)).toBe("Restore this version…");
    await keyboard.press("Escape");
    await expectEventually(() => focused(ada)).toMatch(/^Renamed/);
    await keyboard.press("Enter");
    await tabTo(ada, "Restore this version…");
    await keyboard.press("Enter");
    await keyboard.press("Shift+Tab");
    await keyboard.press("Enter");
    await expectEventually(() => bo.types()).toEqual(["geo"]);
    await tabTo(ada, "Undo");
    await keyboard.press("Enter");
    await expectEventually(() => bo.types()).toEqual([]);
    await ada.chooseFromMenu("History…");
    await keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    await expectEventually(() =>
      ada.page.evaluate(() => document.activeElement?.getAttribute("data-testid")),
    ).toBe("main-menu.button");
  });

  it("fills a phone, one thing at a time", async () => {
    const board = await stage.server.createBoard("Plan");
    const ada = await stage.person("Ada", {
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
    });
    await ada.open(board.editUrl);
    await ada.draw("r", [100, 300], [300, 400]);
    await expectAllSaved(ada);
    const panel = await openHistory(ada);
    expect(await panel.boundingBox()).toMatchObject({ x: 0, y: 0, width: 390, height: 844 });
    await keep(ada, panel, "A version with quite a long name, as people give when they have time");
    const preview = await look(panel, "A version with quite");
    await expectEventually(() => preview.locator(".tl-shape").count()).toBe(1);
    expect(await item(panel, "A version").isVisible()).toBe(false);
    for (const name of ["Restore this version…", "Zoom to fit", "Back to the list"]) {
      const box = await preview.getByRole("button", { name }).boundingBox();
      expect(box).not.toBeNull();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 391)).toBeLessThanOrEqual(390);
    }
    await preview.getByRole("button", { name: "Back to the list" }).tap();
    await expectEventually(() => focused(ada)).toMatch(/^A version/);
    await item(panel, "A version").waitFor();
    await look(panel, "A version");
    await restore(ada, panel);
    const notice = ada.page.getByRole("region", { name: "History" });
    await notice.getByText("Restored for everyone.").waitFor();
    const [over, toolbar] = [
      await notice.boundingBox(),
      await ada.page.locator(".tlui-toolbar").first().boundingBox(),
    ];
    expect((over?.y ?? 0) + (over?.height ?? 0)).toBeLessThanOrEqual(toolbar?.y ?? 0);
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it("holds the board as it was before a file was opened and before a page was cleared", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.draw("r", [200, 200], [350, 300]);
    await expectAllSaved(ada);
    await ada.chooseFromMenu("Open .tldr file…");
    const file = await tldrOf(ada);
    const dialog = ada.dialog("Open .tldr file");
    const chooser = dialog.getByText("Choose a file", { exact: true });
    await ada.chooseFile(chooser, "more.tldr", "application/json", file);
    await dialog.getByText("Added 1 shape on 1 page", { exact: false }).waitFor();
    expect(await dialog.textContent()).not.toContain("could not be kept");
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await expectAllSaved(ada);

    await ada.draw("o", [500, 200], [600, 300]);
    await ada.chooseFromMenu("Clear this page…");
    const clear = ada.dialog("Clear this page");
    await clear.getByText("2 shapes, for everyone?", { exact: false }).waitFor();
    await clear.getByRole("button", { name: "Clear the page" }).click();
    await clear.waitFor({ state: "hidden" });
    await expectEventually(() =>
      bo.edit((editor) => editor.store.allRecords().filter((r) => r.typeName === "shape").length),
    ).toBe(1);
    await expectAllSaved(ada);
    const panel = await openHistory(ada);
    await item(panel, "Before a page was cleared").getByText("3 shapes on 2 pages").waitFor();
    await item(panel, "Before a file was opened").getByText("1 shape on 1 page").waitFor();
    await ada.page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    await ada.page.keyboard.press("Control+z");
    await expectEventually(() => ada.types()).toEqual(["geo", "geo"]);
  });

  it("is deleted by the board's owner, who is asked before, and once however often it is clicked", async () => {
    const board = await stage.server.createBoard("Plan");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await ada.own(board);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await ada.draw("r", [200, 200], [350, 300]);
    await expectAllSaved(ada);
    const panel = await openHistory(ada);
    for (const name of ["Stays", "Goes"]) await keep(ada, panel, name);
    const sent: string[] = [];
    let letThrough = (): void => undefined;
    const isLetThrough = new Promise<void>((resolve) => (letThrough = resolve));
    await ada.page.route("**/versions/*", async (route) => {
      if (route.request().method() === "DELETE") {
        sent.push(route.request().url());
        await isLetThrough;
      }
      await route.continue();
    });

    const entry = item(panel, "Goes");
    const ask = entry.getByRole("button", { name: "Delete Goes" });
    const question = entry.getByRole("group", { name: "Delete Goes" });
    await ask.click();
    await question.getByText("the version is gone for good", { exact: false }).waitFor();
    await expectEventually(() => focused(ada)).toBe("Cancel");
    await question.getByRole("button", { name: "Cancel" }).click();
    await question.waitFor({ state: "detached" });
    await ask.click();
    await ada.page.keyboard.press("Escape");
    await question.waitFor({ state: "detached" });
    expect(sent).toEqual([]);

    await ask.click();
    // Twice before the page can show anything, and once more when it does.
    await question.getByRole("button", { name: "Delete", exact: true }).evaluate((button) => {
      for (let click = 0; click < 2; click++) (button as HTMLElement).click();
    });
    await question.getByRole("button", { name: "Deleting…" }).click({ force: true });
    await expectEventually(async () => sent.length).toBe(1);
    letThrough();
    await entry.waitFor({ state: "detached" });
    await item(panel, "Stays").waitFor();
    expect(sent).toHaveLength(1);
    await expectEventually(async () => (await versionsOf(board)).map(({ name }) => name)).toEqual([
      "Stays",
    ]);
    expect(await panel.getByRole("alert").allTextContents()).toEqual([]);
    expect(await panel.evaluate((list) => list.contains(document.activeElement))).toBe(true);
    expect(await ada.types()).toEqual(["geo"]);

    // Who may edit, and does not own the board, is not offered it.
    const others = await openHistory(bo);
    await item(others, "Stays").getByRole("button", { name: "Rename Stays" }).waitFor();
    expect(await others.getByRole("button", { name: /^Delete/ }).count()).toBe(0);
  });

  it("says why something cannot be done, and does it when it can", async () => {
    const board = await stage.server.createBoard("Plan");
    const ada = await stage.person("Ada");
    await ada.own(board);
    await ada.open(board.editUrl);
    await ada.draw("r", [200, 200], [350, 300]);
    await expectAllSaved(ada);
    let panel = await openHistory(ada);
    await keep(ada, panel, "Gone soon");
    await look(panel, "Gone soon");
    await removeVersions(board);
    await panel.getByRole("button", { name: "Restore this version…" }).click();
    await panel.getByRole("button", { name: "Restore", exact: true }).click();
    await panel.getByText("This version is no longer there", { exact: false }).waitFor();
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("Escape");
    await keep(ada, panel, "Stays");

    await stage.killServer();
    await panel.getByRole("button", { name: "Keep a version…" }).click();
    await panel.getByRole("textbox", { name: /^Name/ }).fill("Not now");
    await panel.getByRole("button", { name: "Keep it" }).click();
    await panel.getByText("The server cannot be reached", { exact: false }).first().waitFor();
    await ada.page.keyboard.press("Escape");
    await panel.getByRole("button", { name: /^Stays/ }).click();
    await panel.getByRole("region", { name: "Version" }).getByRole("alert").waitFor();
    await stage.startServer();
    await ada.tryNow();
    await expectEventually(() => ada.status()).toBe("online");
    await panel
      .getByRole("region", { name: "Version" })
      .getByRole("button", { name: "Try again" })
      .click();
    await panel.locator(".bw-preview .tl-shape").waitFor();

    // Locked while the panel is open: to look is all that is left, also for who asks the server.
    await lock(board, true);
    await panel.getByText("You can only look at the board now", { exact: false }).waitFor();
    expect(await panel.getByRole("button", { name: "Restore this version…" }).count()).toBe(0);
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("Escape");
    await lock(board, false);
    await expectEventually(() => ada.page.getByTestId("tools.draw").count()).toBe(1);
    panel = await openHistory(ada);
    await look(panel, "Stays");
    await restore(ada, panel);

    // Who may only look is not offered the past.
    const vic = await stage.person("Vic");
    await vic.open(board.viewUrl);
    await vic.page.getByTestId("main-menu.button").click();
    await vic.page.getByRole("menuitem", { name: "Export…" }).waitFor();
    expect(await vic.page.getByRole("menuitem", { name: "History…" }).count()).toBe(0);
  });

  it("leaves nothing behind in the page, however often it is looked at", async () => {
    const { ada } = await adaAndBo();
    await ada.draw("r", [200, 200], [350, 300]);
    await expectAllSaved(ada);
    let panel = await openHistory(ada);
    await keep(ada, panel, "Looked at");
    for (let round = 1; round <= 6; round++) {
      const preview = await look(panel, "Looked at");
      await preview.locator(".tl-shape").waitFor();
      await ada.page.keyboard.press("Escape");
      await preview.waitFor({ state: "detached" });
      // The panel itself, too, now and then.
      if (round % 3 !== 0) continue;
      await ada.page.keyboard.press("Escape");
      await panel.waitFor({ state: "hidden" });
      panel = await openHistory(ada);
    }
    await ada.page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    // React keeps what it showed last until it shows something else.
    await expectEventually(() => ada.editorCount()).toBeLessThanOrEqual(2);
  });
});

async function openHistory(person: Person): Promise<Locator> {
  await person.chooseFromMenu("History…");
  const panel = person.dialog("History");
  await panel.getByRole("button", { name: "Keep a version…" }).waitFor();
  return panel;
}

/** Keeps the board as it is, by a name. */
async function keep(person: Person, panel: Locator, name: string): Promise<void> {
  await panel.getByRole("button", { name: "Keep a version…" }).click();
  await panel.getByRole("textbox", { name: /^Name/ }).fill(name);
  await person.page.keyboard.press("Enter");
  await panel.getByText("The board as it is now is kept.").waitFor();
  await item(panel, name).waitFor();
}

function item(panel: Locator, name: string): Locator {
  return panel.getByRole("listitem").filter({ hasText: name });
}

/** Opens a version of that name, without touching the board. */
async function look(panel: Locator, name: string): Promise<Locator> {
  await panel.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  const preview = panel.getByRole("region", { name: "Version" });
  await preview.locator(".tl-canvas").waitFor();
  return preview;
}

/** Restores the version that is looked at. */
async function restore(person: Person, panel: Locator): Promise<void> {
  await panel.getByRole("button", { name: "Restore this version…" }).click();
  await panel.getByText("Everyone on the board sees it at once", { exact: false }).waitFor();
  await panel.getByRole("button", { name: "Restore", exact: true }).click();
  await panel.waitFor({ state: "hidden" });
  expect(await person.status()).toBe("online");
}

async function focused(person: Person): Promise<string> {
  return person.page.evaluate(() => {
    const element = document.activeElement;
    return (element?.getAttribute("aria-label") ?? element?.textContent ?? "").trim();
  });
}

/** More steps than any walk here takes. */
const maxTabs = 30;

async function tabTo(person: Person, name: string, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let press = 0; press < maxTabs; press++) {
    const current = await focused(person);
    if (current === name) return;
    passed.push(current);
    const left = await person.page.evaluateHandle(() => document.activeElement);
    await person.page.keyboard.press(key);
    // A menu moves the focus a moment after the key.
    await person.page.waitForFunction((element) => document.activeElement !== element, left, {
      polling: 50,
    });
    await left.dispose();
  }
  throw new Error(`${key} does not lead to ${name}, only to: ${passed.join(" · ")}`);
}

async function widthOf(locator: Locator): Promise<number> {
  return (await locator.boundingBox())?.width ?? 0;
}

/** What is on the page, as a file. */
async function tldrOf(person: Person): Promise<Buffer> {
  const records = await person.edit((editor) => {
    const { schema, store } = editor.store.getStoreSnapshot("document");
    return JSON.stringify({
      tldrawFileFormatVersion: 1,
      schema,
      records: Object.values(store),
    });
  });
  return Buffer.from(records);
}

function asOwner(board: CreatedBoard): { origin: string; authorization: string } {
  const { origin } = new URL(board.editUrl);
  return { origin, authorization: `Bearer ${board.ownerKey}` };
}

async function versionsOf(board: CreatedBoard): Promise<{ id: string; name: string }[]> {
  const { origin, authorization } = asOwner(board);
  const answer = await fetch(`${origin}/api/boards/${board.id}/versions`, {
    headers: { authorization },
  });
  return ((await answer.json()) as { versions: { id: string; name: string }[] }).versions;
}

/** As the owner does from elsewhere. */
async function removeVersions(board: CreatedBoard): Promise<void> {
  const { origin, authorization } = asOwner(board);
  for (const { id } of await versionsOf(board)) {
    const response = await fetch(`${origin}/api/boards/${board.id}/versions/${id}`, {
      method: "DELETE",
      headers: { authorization },
    });
    expect(response.status).toBe(204);
  }
}

async function lock(board: CreatedBoard, locked: boolean): Promise<void> {
  const { origin, authorization } = asOwner(board);
  const response = await fetch(`${origin}/api/boards/${board.id}`, {
    method: "PATCH",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ locked }),
  });
  expect(response.status).toBe(200);
}
