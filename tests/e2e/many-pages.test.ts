import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { expectEventually, isSkipped, Stage } from "./stage.ts";

const visits = 50;

describe.skipIf(isSkipped)("a board that is opened and left again and again", () => {
  const stage = Stage.forFile();

  it("leaves nothing open on the server, however it is left", async () => {
    const board = await stage.server.createBoard("Visited");
    const ada = await stage.person("Ada");
    for (let visit = 0; visit < 3; visit++) {
      const tab = await stage.secondTab(ada);
      await tab.open(board.editUrl);
      await expectEventually(() => tab.status()).toBe("online");
      await tab.page.reload();
      await expectEventually(() => tab.status()).toBe("online");
      await tab.page.goto("/");
      await tab.open(board.editUrl);
      await expectEventually(() => tab.status()).toBe("online");
      await tab.closeTab();
    }
    await expectEventually(() => stage.server.metric("boardwalk_sockets")).toBe(0);
    await expectEventually(() => stage.server.metric("boardwalk_boards_open")).toBe(0);
  });

  it("leaves nothing behind on the page", async () => {
    const board = await stage.server.createBoard("Switched");
    const ada = await stage.person("Ada");
    let openSockets = 0;
    ada.page.on("websocket", (socket) => {
      openSockets++;
      socket.on("close", () => openSockets--);
    });
    await ada.open(board.editUrl);
    // Another token in the address closes the board and opens it anew, in the same page.
    const switchLink = async (): Promise<void> => {
      await changeToken(ada, board.viewToken);
      await ada.page.getByText("View only", { exact: true }).waitFor();
      await changeToken(ada, board.editToken);
      await ada.button("Rename board: Switched").waitFor();
    };
    await switchLink();
    const before = await listenersOf(ada);
    for (let time = 0; time < visits / 2; time++) await switchLink();
    // React may hold on to what it showed last.
    expect(await ada.editorCount()).toBeLessThanOrEqual(2);
    await expectEventually(() => openSockets).toBe(1);
    await expectEventually(() => stage.server.metric("boardwalk_sockets")).toBe(1);
    expect(await listenersOf(ada)).toEqual(before);
    expect(before.length).toBeGreaterThan(5);
    await ada.page.goto("/");
    await expectEventually(() => stage.server.metric("boardwalk_sockets")).toBe(0);
    await expectEventually(() => stage.server.metric("boardwalk_boards_open")).toBe(0);
  });
});

async function changeToken(person: Person, token: string): Promise<void> {
  await person.page.evaluate((hash) => {
    window.location.hash = hash;
  }, token);
}

/**
 * What listens to the window and the document, which outlive every board. Not to the body: there
 * tldraw 3.15 leaves two listeners for each editor, because it removes others than it has added.
 */
async function listenersOf(person: Person): Promise<string[]> {
  const session = await person.context.newCDPSession(person.page);
  const types: string[] = [];
  for (const expression of ["window", "document"]) {
    const { result } = await session.send("Runtime.evaluate", { expression });
    const objectId = result.objectId ?? "";
    const { listeners } = await session.send("DOMDebugger.getEventListeners", { objectId });
    types.push(...listeners.map(({ type }) => `${expression} ${type}`));
  }
  await session.detach();
  return types.toSorted();
}
