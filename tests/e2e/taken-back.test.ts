import type { CreatedBoard } from "@boardwalk/board-model";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { BoardOwner } from "../integration/board-owner.ts";
import type { Person } from "./person.ts";
import { expectAllSaved, expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("a right that is taken back from who is editing", () => {
  const stage = Stage.forFile();

  /** Bo is on a board of someone else by its edit link, in two tabs, with a stroke under his hand. */
  async function boIsDrawing() {
    const board = await stage.server.createBoard("Borrowed");
    const bo = await stage.person("Bo");
    await bo.open(board.editUrl);
    const secondTab = await bo.context.newPage();
    await secondTab.goto(board.editUrl);
    await secondTab.locator(".tl-canvas").waitFor();
    // A tab that is not looked at has no frames.
    await bo.page.bringToFront();
    await bo.note([900, 300], "Before");
    await expectAllSaved(bo);
    await bo.page.keyboard.press("d");
    await bo.page.mouse.move(300, 300);
    await bo.page.mouse.down();
    await bo.page.mouse.move(400, 350, { steps: 5 });
    const owner = new BoardOwner(stage.server.url, board);
    return { board, bo, owner, tabs: [bo.page, secondTab], linkId: await editLinkId(owner) };
  }

  it("is gone on every open tab, which say why: the link was revoked", async () => {
    const { bo, owner, tabs, linkId } = await boIsDrawing();
    await owner.revokeLink(linkId);
    for (const page of tabs) await expectHeading(page, "This link was taken back");
    await bo.page.mouse.up();
  });

  it("is gone on every open tab, which say why: the person was removed", async () => {
    const { bo, owner, tabs } = await boIsDrawing();
    const [connection] = await owner.people();
    await owner.remove(connection?.connectionId ?? "");
    for (const page of tabs) await expectHeading(page, "You were removed from this board");
    await bo.page.mouse.up();
  });

  it("is asked for on every open tab: the link got a password", async () => {
    const { bo, owner, tabs, linkId } = await boIsDrawing();
    await owner.changeLink(linkId, { password: "open sesame" });
    for (const page of tabs) {
      await expectHeading(page, "This link needs a password");
      await page.getByLabel("Password").fill("open sesame");
      await page.keyboard.press("Enter");
      await page.locator(".tl-canvas").waitFor();
    }
    await bo.page.mouse.up();
    await expectAllSaved(bo);
    expect(await bo.types()).toContain("note");
  });

  it("is smaller on every open tab, which say why: the board was locked", async () => {
    const { bo, owner, tabs } = await boIsDrawing();
    await owner.lock(true);
    for (const page of tabs) {
      await page.getByText("Locked", { exact: true }).waitFor();
      await expectEventually(() => page.getByTestId("tools.draw").count()).toBe(0);
    }
    await bo.page.mouse.up();
    await owner.lock(false);
    for (const page of tabs) {
      await expectEventually(() => page.getByTestId("tools.draw").count()).toBe(1);
    }
    await expectAllSaved(bo);
  });

  it("ends with the link's time, and what was not sent by then is kept and sent when there is more", async () => {
    const { board, bo, owner, linkId } = await boIsDrawing();
    await bo.page.mouse.up();
    await expectAllSaved(bo);
    const expiresAt = new Date(Date.now() + 3_000);
    await owner.changeLink(linkId, { expiresAt: expiresAt.toISOString() });
    await stage.killServer();
    await bo.draw("r", [300, 500], [500, 600]);
    await expectEventually(() => bo.status()).toBe("offline");
    await expectEventually(() => bo.unsaved()).toBeGreaterThan(0);
    await expectEventually(() => new Date()).toSatisfy((now: Date) => now > expiresAt);
    await stage.startServer();
    await bo.tryNow();
    await expectHeading(bo.page, "This link has expired");
    await bo.page.getByText("They are kept on this device", { exact: false }).waitFor();
    expect(await typesOnServer(board)).toEqual(["note", "draw"]);

    await owner.changeLink(linkId, { expiresAt: null });
    await bo.page.reload();
    await bo.canvas.waitFor();
    await expectAllSaved(bo);
    expect(await bo.types()).toEqual(["note", "draw", "geo"]);
    await expectEventually(() => typesOnServer(board)).toEqual(["note", "draw", "geo"]);
  });

  async function typesOnServer(board: CreatedBoard): Promise<string[]> {
    const guest: Person = await stage.person();
    await guest.open(board.viewUrl);
    await expectEventually(() => guest.status()).toBe("online");
    const types = await guest.types();
    await guest.leave();
    return types;
  }
});

async function editLinkId(owner: BoardOwner): Promise<string> {
  const { links } = await owner.links();
  const link = links.find(({ role }) => role === "edit");
  if (link === undefined) throw new Error("The board has no edit link");
  return link.id;
}

async function expectHeading(page: Page, heading: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  expect(await page.locator(".tl-canvas").count()).toBe(0);
}
