import { boardPath } from "@boardwalk/board-model";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { expectEventually, isSkipped, Stage } from "./stage.ts";

const secret = "the secret of the site that signs, and ours";

/** Ends `seconds` from now, besides what clocks may differ by. */
async function addressOf(boardId: string, seconds: number, role = "edit"): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const token = await new SignJWT({ board: boardId, role, name: "Ada of 7b", sub: "ada", exp })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
  return boardPath(boardId, token);
}

describe.skipIf(isSkipped)("a page opened by a signed token", () => {
  const stage = Stage.forFile({ env: { AUTH: "jwt", JWT_SECRET: secret } });

  it("shows the name it carries, goes on by a fresh one, and says when its time is over", async () => {
    const board = await stage.server.createBoard("Plan");
    const ada = await stage.person("The boss");
    await ada.open(`${stage.server.url}${await addressOf(board.id, 30)}`);
    await ada.button(/^People here/).click();
    const name = ada.page.getByLabel("Your name");
    await expectEventually(() => name.inputValue()).toBe("Ada of 7b");
    expect(await name.isEditable()).toBe(false);
    await ada.page.keyboard.press("Escape");

    // As the site that signs would, in the same tab.
    await ada.page.evaluate(() => Object.assign(window, { isTheSamePage: true }));
    const go = async (address: string) =>
      ada.page.evaluate(
        (fragment) => {
          window.location.hash = fragment;
        },
        address.slice(address.indexOf("#")),
      );
    await go(await addressOf(board.id, 60, "view"));
    await ada.page.getByText("View only").waitFor();
    await go(await addressOf(board.id, 60));
    await expectEventually(() => ada.page.getByText("View only").count()).toBe(0);
    await ada.draw("r", [300, 300], [400, 400]);
    await expectEventually(() => ada.types()).toEqual(["geo"]);
    expect(await ada.page.evaluate(() => "isTheSamePage" in window)).toBe(true);

    await ada.button("Share").click();
    await ada.page.getByText("This board is opened from another site", { exact: false }).waitFor();
    await ada.page.keyboard.press("Escape");
    await expectEventually(() => ada.unsaved()).toBe(0);
    // Valid for some seconds more: one that has ended is refused, and the one before goes on.
    await go(await addressOf(board.id, 0));
    await ada.page.getByRole("heading", { name: "Your time on this board is over" }).waitFor();

    await ada.page.goto("/");
    await ada.page
      .getByText("boards are opened from the site that they belong to", { exact: false })
      .waitFor();
    expect(await ada.button("New board").count()).toBe(0);
  });
});
