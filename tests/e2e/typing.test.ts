import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { expectAllSaved, expectEventually, expectSameBoard, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("two people who type in one note", () => {
  const stage = Stage.forFile();
  const middle = [640, 400] as const;

  async function textOf(person: Person): Promise<string> {
    return (await person.shapes())[0]?.text ?? "";
  }

  async function openText(person: Person): Promise<string> {
    return person.edit((editor) => editor.getRichTextEditor()?.state.doc.textContent ?? "");
  }

  async function selectedText(person: Person): Promise<string> {
    return person.edit((editor) => {
      const { doc, selection } = editor.getRichTextEditor()?.state ?? {};
      return selection === undefined ? "" : (doc?.textBetween(selection.from, selection.to) ?? "");
    });
  }

  /** The pieces of the open text, each with its marks. */
  async function runsOf(person: Person): Promise<string[]> {
    return person.edit((editor) => {
      const runs: string[] = [];
      editor.getRichTextEditor()?.state.doc.descendants(({ text, marks }) => {
        if (text !== undefined) runs.push(`${text}|${marks.map(({ type }) => type.name).join()}`);
      });
      return runs;
    });
  }

  async function startTyping(person: Person, key: "Control+Home" | "Control+End"): Promise<void> {
    await person.openText(middle);
    // tldraw selects the text, and sets the caret once more by a timer of its own, 100 ms later.
    await person.edit(
      (editor) => new Promise<void>((resolve) => editor.timers.setTimeout(() => resolve(), 200)),
    );
    await expectEventually(async () => {
      await person.page.keyboard.press(key);
      return person.edit((editor) => editor.getRichTextEditor()?.state.selection.empty);
    }).toBe(true);
  }

  async function bothTyping(): Promise<{ ada: Person; bo: Person }> {
    const board = await stage.server.createBoard("Typing");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await ada.note(middle, "middle");
    await expectEventually(() => textOf(bo)).toBe("middle");
    await startTyping(ada, "Control+Home");
    await startTyping(bo, "Control+End");
    return { ada, bo };
  }

  it("keep every letter and their carets, live in both editors", async () => {
    const { ada, bo } = await bothTyping();
    await Promise.all([
      ada.page.keyboard.type("abcdefghijklmnopqrst ", { delay: 15 }),
      bo.page.keyboard.type(" 01234567890123456789", { delay: 15 }),
    ]);
    const whole = "abcdefghijklmnopqrst middle 01234567890123456789";
    await expectEventually(() => openText(ada)).toBe(whole);
    await expectEventually(() => openText(bo)).toBe(whole);
    await expectSameBoard(ada, bo);
    await ada.page.locator(".remote-caret[data-name=Bo]").waitFor();
    await bo.page.locator(".remote-caret[data-name=Ada]").waitFor();
    await expectAllSaved(ada, bo);
  });

  it("take back only their own letters, while they type and after", async () => {
    const { ada, bo } = await bothTyping();
    await Promise.all([
      ada.page.keyboard.type("ada ", { delay: 15 }),
      bo.page.keyboard.type(" bo", { delay: 15 }),
    ]);
    await expectEventually(() => openText(ada)).toBe("ada middle bo");
    await expectEventually(() => openText(bo)).toBe("ada middle bo");
    for (let press = 0; press < 4; press++) await ada.page.keyboard.press("Control+z");
    await expectEventually(() => openText(bo)).toBe("middle bo");
    expect(await openText(ada)).toBe("middle bo");

    await bo.page.keyboard.press("Escape");
    await bo.page.keyboard.press("Control+z");
    await expectEventually(() => textOf(bo)).toBe("middle");
    await expectEventually(() => openText(ada)).toBe("middle");
    await bo.page.keyboard.press("Control+Shift+z");
    await expectEventually(() => textOf(ada)).toBe("middle bo");
    await expectSameBoard(ada, bo);
  });

  it("keep the formatting that one gives to a word while the other types after it", async () => {
    const { ada, bo } = await bothTyping();
    await bo.page.keyboard.type(" and");
    await expectEventually(() => openText(ada)).toBe("middle and");
    for (let letter = 0; letter < "middle".length; letter++) {
      await ada.page.keyboard.press("Shift+ArrowRight");
    }
    // The text editor hears of a selection a moment after the browser has made it.
    await expectEventually(() => selectedText(ada)).toBe("middle");
    await Promise.all([
      ada.page.keyboard.press("Control+b"),
      bo.page.keyboard.type(" 0123456789", { delay: 15 }),
    ]);
    for (const person of [ada, bo]) {
      await expectEventually(() => runsOf(person)).toEqual(["middle|bold", " and 0123456789|"]);
    }
    // What was selected is, still: the same key takes it back.
    await Promise.all([
      ada.page.keyboard.press("Control+b"),
      bo.page.keyboard.type(" 0123456789", { delay: 15 }),
    ]);
    const plain = "middle and 0123456789 0123456789|";
    for (const person of [ada, bo]) await expectEventually(() => runsOf(person)).toEqual([plain]);
    await expectSameBoard(ada, bo);
    await expectAllSaved(ada, bo);
  });

  it("type a label on one arrow", async () => {
    const board = await stage.server.createBoard("Label");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    await ada.draw("a", [440, 400], [840, 400]);
    await expectEventually(() => bo.types()).toEqual(["arrow"]);
    for (const person of [ada, bo]) await person.openText(middle);
    await ada.page.keyboard.type("one", { delay: 30 });
    await expectEventually(() => textOf(bo)).toBe("one");
    await bo.page.keyboard.press("Control+End");
    await Promise.all([
      ada.page.keyboard.type("xyz", { delay: 30 }),
      bo.page.keyboard.type("123", { delay: 30 }),
    ]);
    await expectSameBoard(ada, bo);
    const letters = (await textOf(ada)).split("").sort().join("");
    expect(letters).toBe("123enoxyz");
  });
});
