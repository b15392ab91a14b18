import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("people on a board", () => {
  const stage = Stage.forFile();

  async function adaAndBo() {
    const board = await stage.server.createBoard("People");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    await expectEventually(() => bo.others()).toEqual(["Ada"]);
    return { ada, bo, board };
  }

  it("are gone when they leave, close the browser or crash", async () => {
    const { ada, bo, board } = await adaAndBo();
    await bo.page.mouse.move(500, 500);
    await ada.page.locator(".tl-nametag", { hasText: "Bo" }).waitFor();
    await bo.page.goto("/");
    await expectAlone(ada);

    await bo.open(board.editUrl);
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    const session = await bo.context.newCDPSession(bo.page);
    const crashed = bo.page.waitForEvent("crash");
    // Never answered: what should answer is gone.
    void session.send("Page.crash").catch(() => undefined);
    await crashed;
    await expectAlone(ada);

    const cleo = await stage.person("Cleo");
    await cleo.open(board.editUrl);
    await expectEventually(() => ada.others()).toEqual(["Cleo"]);
    await cleo.context.close();
    await expectAlone(ada);
  });

  it("are seen under the name and colour they choose, also on the next board", async () => {
    const { ada, bo } = await adaAndBo();
    await bo.button("People here: 2").click();
    await bo.page.getByLabel("Your name").fill("Bohumil");
    await bo.page.keyboard.press("Enter");
    await bo.page.getByRole("radio", { name: "Pink" }).click();
    await bo.page.keyboard.press("Escape");
    await bo.page.mouse.move(600, 500);
    const tag = ada.page.locator(".tl-nametag", { hasText: "Bohumil" });
    await tag.waitFor();
    await expectEventually(() =>
      tag.evaluate((element) => getComputedStyle(element).backgroundColor),
    ).toBe("rgb(203, 39, 121)");
    await ada.button("People here: 2").click();
    await ada.page.getByText("Bohumil").first().waitFor();

    const next = await stage.server.createBoard("Next");
    await bo.open(next.editUrl);
    await ada.open(next.editUrl);
    await expectEventually(() => ada.others()).toEqual(["Bohumil"]);
    await bo.button("People here: 2").click();
    expect(await bo.page.getByLabel("Your name").inputValue()).toBe("Bohumil");
    expect(await bo.page.getByRole("radio", { name: "Pink" }).isChecked()).toBe(true);
  });

  it("get a name of their own when they come for the first time, and keep it", async () => {
    const board = await stage.server.createBoard("Strangers");
    const [first, second] = await Promise.all([stage.person(), stage.person()]);
    await Promise.all([first.open(board.editUrl), second.open(board.editUrl)]);
    await expectEventually(async () => (await second.others())[0]).toMatch(
      /^[A-Z][a-z]+ [A-Z][a-z]+$/,
    );
    const [name] = await second.others();
    await first.page.reload();
    await first.canvas.waitFor();
    await expectEventually(() => second.others()).toEqual([name]);
  });

  it("can be followed", async () => {
    const { ada, bo } = await adaAndBo();
    await ada.button("People here: 2").click();
    await ada.button("Follow Bo").click();
    await ada.button("Stop following Bo").waitFor();
    await bo.page.mouse.move(640, 400);
    await bo.page.mouse.wheel(900, 1_300);
    await expectSameView(ada, bo);
    await bo.page.keyboard.down("Control");
    await bo.page.mouse.wheel(0, 200);
    await bo.page.keyboard.up("Control");
    await expectSameView(ada, bo);
    await ada.button("Stop following Bo").click();
    await ada.page.keyboard.press("Escape");
    const before = await viewOf(ada);
    await bo.page.mouse.wheel(-500, -700);
    // Ada hears of Bo's new view with this, and does not go there.
    await bo.draw("r", [300, 300], [400, 400]);
    await expectEventually(() => ada.types()).toEqual(["geo"]);
    expect(await viewOf(ada)).toEqual(before);
  });

  it("show as idle when they do nothing, and not any more when they do", async () => {
    const board = await stage.server.createBoard("Slow");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await bo.page.clock.install();
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await bo.page.mouse.move(500, 500);
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    await ada.button("People here: 2").click();
    const idle = ada.page.locator(".bw-people").getByText("Idle", { exact: true });
    expect(await idle.count()).toBe(0);
    await bo.page.clock.fastForward(70_000);
    await idle.waitFor();
    await bo.page.mouse.move(600, 600);
    await idle.waitFor({ state: "hidden" });
  });
});

async function expectAlone(person: Person): Promise<void> {
  await expectEventually(() => person.others()).toEqual([]);
  await person.button("People here: 1").waitFor();
  await expectEventually(() => person.page.locator(".tl-nametag").count()).toBe(0);
}

async function viewOf(person: Person): Promise<{ x: number; y: number; w: number; h: number }> {
  return person.edit((editor) => {
    const { x, y, w, h } = editor.getViewportPageBounds();
    return { x: Math.round(x), y: Math.round(y), w: Math.round(w), h: Math.round(h) };
  });
}

async function expectSameView(person: Person, followed: Person): Promise<void> {
  await expectEventually(async () => {
    const [own, other] = await Promise.all([viewOf(person), viewOf(followed)]);
    return Math.max(
      Math.abs(own.x - other.x),
      Math.abs(own.y - other.y),
      Math.abs(own.w - other.w),
    );
  }, "distance between the two views").toBeLessThan(3);
}
