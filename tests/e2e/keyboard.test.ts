import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { expectEventually, isSkipped, Stage } from "./stage.ts";

/** More steps than any walk here takes. */
const maxTabs = 60;

describe.skipIf(isSkipped)("without a mouse", () => {
  const stage = Stage.forFile();

  it("a board is made, shared and named by the keyboard, and the focus is always seen", async () => {
    const ada = await stage.person("Ada", { permissions: ["clipboard-read", "clipboard-write"] });
    await ada.page.goto("/");
    await tabTo(ada, "New board");
    await ada.page.keyboard.press("Enter");
    await ada.canvas.waitFor();

    await tabTo(ada, "Share");
    await ada.page.keyboard.press("Enter");
    const dialog = ada.dialog("Share this board");
    await dialog.waitFor();
    await tabTo(ada, "Copy");
    await ada.page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Copied" }).waitFor();
    expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(ada.page.url());
    await ada.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await expectEventually(async () => (await focused(ada)).name).toBe("Share");

    // Keys that went to the dialog are not the canvas's shortcuts.
    await ada.open(ada.page.url());
    await tabTo(ada, "Share");
    await ada.page.keyboard.press("Enter");
    await dialog.waitFor();
    for (const key of ["r", "n", "d", "Delete"]) await ada.page.keyboard.press(key);
    expect(await ada.edit((editor) => editor.getCurrentToolId())).toBe("select");
    await ada.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await expectEventually(async () => (await focused(ada)).name).toBe("Share");

    await tabTo(ada, "Rename board: Untitled board");
    await ada.page.keyboard.press("Enter");
    await ada.page.keyboard.type("By keys alone");
    await ada.page.keyboard.press("Enter");
    await expectEventually(async () => (await focused(ada)).name).toBe(
      "Rename board: By keys alone",
    );
  });

  it("everything that can be used has a name", async () => {
    const board = await stage.server.createBoard("Named");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await ada.page.goto("/");
    await ada.button("New board").waitFor();
    await expectNames(ada);
    await Promise.all([ada.open(board.editUrl), bo.open(board.viewUrl)]);
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    await ada.draw("r", [300, 300], [400, 400]);
    await ada.page.getByRole("slider", { name: "Opacity" }).waitFor();
    await ada.page.getByRole("radiogroup", { name: "Fill" }).waitFor();
    await expectNames(ada);

    await ada.button("Share").click();
    await ada.dialog("Share this board").waitFor();
    await expectNames(ada);
    await ada.page.keyboard.press("Escape");
    await ada.button("People here: 2").click();
    await ada.dialog("People here").getByRole("radiogroup", { name: "Your colour" }).waitFor();
    await expectNames(ada);
    await ada.page.keyboard.press("Escape");
    for (const [entry, title] of [
      ["Export…", "Export"],
      ["Open .tldr file…", "Open .tldr file"],
      ["Clear this page…", "Clear this page"],
      ["History…", "History"],
    ] as const) {
      await ada.page.getByTestId("main-menu.button").click();
      await ada.page.getByRole("menuitem", { name: entry }).click();
      await ada.dialog(title).waitFor();
      await expectNames(ada);
      await ada.page.keyboard.press("Escape");
      await ada.dialog(title).waitFor({ state: "hidden" });
    }
    await ada.page.goto("/");
    await ada.page.getByRole("link", { name: "Named" }).waitFor();
    await expectNames(ada);
  });
});

interface Focused {
  readonly name: string;
  /** Whether the browser, or the page, shows where the focus is. */
  readonly isSeen: boolean;
}

async function focused(person: Person): Promise<Focused> {
  return person.page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return { name: "", isSeen: true };
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const after = getComputedStyle(element, "::after");
    const hasOutline = (style: string, width: string) => style !== "none" && width !== "0px";
    return {
      name: (element.getAttribute("aria-label") ?? element.textContent).trim(),
      isSeen:
        hasOutline(outlineStyle, outlineWidth) ||
        hasOutline(after.outlineStyle, after.outlineWidth) ||
        boxShadow !== "none",
    };
  });
}

/** Presses Tab until something of that name has the focus, which has to be visible there. */
async function tabTo(person: Person, name: string): Promise<void> {
  const passed: string[] = [];
  for (let press = 0; press < maxTabs; press++) {
    await person.page.keyboard.press("Tab");
    const current = await focused(person);
    if (current.name === name) {
      expect(current, "the focus is shown").toMatchObject({ isSeen: true });
      return;
    }
    passed.push(current.name);
  }
  throw new Error(`Tab does not lead to ${name}, only to: ${passed.join(" · ")}`);
}

const usableRoles = new Set([
  "button",
  "checkbox",
  "combobox",
  "dialog",
  "img",
  "image",
  "link",
  "menuitem",
  "menuitemcheckbox",
  "radio",
  "radiogroup",
  "slider",
  "switch",
  "tab",
  "tablist",
  "textbox",
  "toolbar",
]);

/** By the tree that screen readers get. */
async function expectNames(person: Person): Promise<void> {
  const session = await person.context.newCDPSession(person.page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const usable = nodes.filter(
    ({ ignored, role }) => !ignored && usableRoles.has(String(role?.value)),
  );
  expect(usable.length).toBeGreaterThan(1);
  const nameless = usable.filter(({ name }) => String(name?.value ?? "").trim() === "");
  expect(nameless.map(({ role, nodeId }) => `${String(role?.value)} ${nodeId}`)).toEqual([]);
}
