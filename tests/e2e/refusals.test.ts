import { describe, expect, it, onTestFinished } from "vitest";
import { OtherHost } from "./other-host.ts";
import type { Person } from "./person.ts";
import { expectEventually, isSkipped, Stage } from "./stage.ts";

const otherId = "A".repeat(22);
const otherToken = "A".repeat(43);

describe.skipIf(isSkipped)("a page that cannot show a board", () => {
  const stage = Stage.forFile();

  it("says so in plain words, and leads back to the start page", async () => {
    const board = await stage.server.createBoard("Mine");
    const ada = await stage.person("Ada");
    const pages = [
      [`/b/${otherId}#${otherToken}`, "This board does not exist"],
      [`/b/${board.id}#${otherToken}`, "This link does not open the board"],
      [`/b/${board.id}#${board.editToken.slice(0, -3)}`, "This link is incomplete"],
      [`/b/${board.id}`, "This link is incomplete"],
      [`/b/${otherId.slice(1)}#${otherToken}`, "There is nothing here"],
    ] as const;
    for (const [address, heading] of pages) {
      // From elsewhere: a change of the fragment alone would not load the page.
      await ada.page.goto("about:blank");
      await ada.page.goto(address);
      await expectMessage(ada, heading);
    }
    await ada.page.getByRole("link", { name: "Go to the start page" }).click();
    await ada.button("New board").waitFor();
  });

  it("says that there is nothing at an address of no kind", async () => {
    const ada = await stage.person("Ada");
    const response = await ada.page.goto("/nothing/here");
    expect(response?.status()).toBe(404);
    await ada.page.getByRole("heading", { level: 1 }).waitFor();
    await ada.page.getByRole("link").first().click();
    await ada.button("New board").waitFor();
  });

  it("opens when the whole link is pasted after the cut one", async () => {
    const board = await stage.server.createBoard("Whole");
    const ada = await stage.person("Ada");
    await ada.page.goto(`/b/${board.id}`);
    await expectMessage(ada, "This link is incomplete");
    await ada.page.goto(`/b/${board.id}#${board.editToken}`);
    await ada.canvas.waitFor();
    // From here on this browser knows the board: its address alone is enough.
    await ada.page.goto("about:blank");
    await ada.page.goto(`/b/${board.id}`);
    await ada.canvas.waitFor();
    expect(ada.page.url()).toBe(board.editUrl);
  });

  it("says what is wrong when no board can be made, and makes one when it can", async () => {
    const ada = await stage.person("Ada");
    await ada.page.goto("/");
    await ada.page.route("**/api/boards", (route) =>
      route.fulfill({
        status: 503,
        json: { error: { code: "STORE_UNAVAILABLE", message: "The store does not answer." } },
      }),
    );
    await ada.button("New board").click();
    await ada.page.getByText("The server cannot save right now. Try again in a moment.").waitFor();
    await ada.page.unroute("**/api/boards");
    await stage.killServer();
    await ada.button("New board").click();
    await ada.page.getByText("The server cannot be reached.", { exact: false }).waitFor();
    await stage.startServer();
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    expect(ada.page.url()).toMatch(/\/b\/[\w-]{22}#[\w-]{43}$/);
  });

  it("keeps trying when the server cannot be reached, and opens as soon as it can", async () => {
    const board = await stage.server.createBoard("Later");
    const ada = await stage.person("Ada");
    let isReachable = false;
    await ada.page.routeWebSocket("**/sync", (socket) => {
      if (isReachable) socket.connectToServer();
      else void socket.close({ code: 1013 });
    });
    // Were it to answer, the page would say that something is in the way of the sockets.
    await ada.page.route("**/ready", (route) => (isReachable ? route.continue() : route.abort()));
    await ada.page.goto(board.editUrl);
    await expectMessage(ada, "The server cannot be reached");
    isReachable = true;
    await ada.canvas.waitFor();
    await ada.button("Rename board: Later").waitFor();
  });

  it("says what to set where a proxy has the server believe in another address", async () => {
    const board = await stage.server.createBoard("Elsewhere");
    const proxy = await OtherHost.open(stage.server.url);
    onTestFinished(() => proxy.close());
    const ada = await stage.person("Ada");
    const { pathname, hash } = new URL(board.editUrl);
    await ada.page.goto(`${proxy.url}${pathname}${hash}`);
    await expectMessage(ada, "The live connection is refused");
    await ada.page.getByText(`set PUBLIC_URL to ${proxy.url}`, { exact: false }).waitFor();
    // So does the log, once, for all the attempts.
    const lines = stage.server.output.split("\n").filter((line) => line.includes(proxy.url));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("set PUBLIC_URL to it");
    expect(lines[0]).not.toContain(board.editToken);
  });

  it("can be left and come back to by the browser's history", async () => {
    const ada = await stage.person("Ada");
    await ada.page.goto("/");
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    const address = ada.page.url();
    await ada.page.goBack();
    await ada.button("New board").waitFor();
    expect(await ada.button("New board").getAttribute("aria-disabled")).not.toBe("true");
    const recent = ada.page.getByRole("link", { name: "Untitled board" });
    expect(await recent.getAttribute("href")).toBe(
      new URL(address).pathname + new URL(address).hash,
    );
    await ada.page.goForward();
    await ada.canvas.waitFor();
    expect(ada.page.url()).toBe(address);
    await ada.page.goBack();
    await recent.click();
    await ada.canvas.waitFor();
    await expectEventually(() => ada.page.url()).toBe(address);
  });

  it("asks once for the key where boards are made by key", async () => {
    const key = "a-key-for-our-school";
    await stage.killServer();
    await stage.startServer({ BOARD_CREATION: "key", BOARD_CREATION_KEY: key });
    const ada = await stage.person("Ada");
    await ada.page.goto("/");
    await ada.page
      .getByText("boards are made by those who have its key", { exact: false })
      .waitFor();
    const field = ada.page.getByLabel("Key for making boards");
    await field.fill("a-key-of-another-school");
    await ada.button("New board").click();
    await ada.page
      .getByText("This is not the server’s key for making boards.", { exact: false })
      .waitFor();
    await field.fill(key);
    await field.press("Enter");
    await ada.canvas.waitFor();

    await ada.page.goto("/");
    const config = ada.page.waitForResponse("**/api/config");
    await ada.page.reload();
    await config;
    await ada.nextFrames();
    expect(await field.count()).toBe(0);
    await ada.button("New board").click();
    await ada.canvas.waitFor();

    await stage.killServer();
    await stage.startServer({ BOARD_CREATION: "key", BOARD_CREATION_KEY: `${key}-2` });
    await ada.page.goto("/");
    await ada.button("New board").click();
    await field.waitFor();
  });
});

async function expectMessage(person: Person, heading: string): Promise<void> {
  await person.page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  expect(await person.page.title()).toContain(heading);
  expect(await person.canvas.count()).toBe(0);
}
