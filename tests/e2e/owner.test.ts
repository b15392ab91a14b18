import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Locator } from "playwright-core";
import type { Person } from "./person.ts";
import { expectAllSaved, expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("a board's owner", () => {
  const stage = Stage.forFile();

  /** Ada's browser has made a board, and keeps its owner key. */
  async function ownBoard(): Promise<{ ada: Person; url: string }> {
    const board = await stage.server.createBoard("Plan");
    const ada = await stage.person("Ada");
    await ada.own(board);
    await ada.open(board.editUrl);
    return { ada, url: board.editUrl };
  }

  async function openLinks(ada: Person): Promise<Locator> {
    await ada.button("Share").click();
    const dialog = ada.dialog("Share this board");
    await dialog.getByRole("tab", { name: "All links" }).click();
    await dialog.getByRole("list", { name: "All links" }).waitFor();
    return dialog;
  }

  function linkItem(dialog: Locator, name: string): Locator {
    return dialog.getByRole("listitem").filter({ hasText: name });
  }

  /** Makes a link in the dialog and answers its address. */
  async function makeLink(
    ada: Person,
    options: { name: string; role: "Can edit" | "Can view"; lifetime?: string; password?: string },
  ): Promise<string> {
    const dialog = await openLinks(ada);
    await dialog.getByRole("button", { name: "New link" }).click();
    await dialog.getByLabel("Name").fill(options.name);
    await dialog.getByRole("radio", { name: options.role }).check();
    if (options.lifetime !== undefined) {
      await dialog.getByLabel("Works").selectOption({ label: options.lifetime });
    }
    if (options.password !== undefined) {
      await dialog.getByRole("radio", { name: "Set one" }).check();
      await dialog.getByLabel("New password").fill(options.password);
    }
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await linkItem(dialog, options.name).waitFor();
    await ada.page.keyboard.press("Escape");
    return linkOf(ada, options.name);
  }

  /** The address of a link that Ada has made, newest first. */
  async function linkOf(ada: Person, name: string): Promise<string> {
    const url = new URL(ada.page.url());
    const token = await ada.page.evaluate(async (linkName) => {
      const [board] = JSON.parse(localStorage.getItem("boardwalk:boards") ?? "[]") as {
        id: string;
        ownerKey: string;
        linkTokens: Record<string, string>;
      }[];
      const response = await fetch(`/api/boards/${board?.id}/links`, {
        headers: { authorization: `Bearer ${board?.ownerKey}` },
      });
      const { links } = (await response.json()) as { links: { id: string; name: string }[] };
      const link = links.find((candidate) => candidate.name === linkName);
      return board?.linkTokens[link?.id ?? ""] ?? "";
    }, name);
    return `${url.origin}${url.pathname}#${token}`;
  }

  async function expectPage(person: Person, heading: string): Promise<void> {
    await person.page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
    expect(await person.canvas.count()).toBe(0);
  }

  it("sees what others do not, and revokes a link from under someone who edits", async () => {
    const { ada } = await ownBoard();
    const url = await makeLink(ada, { name: "For Bo", role: "Can edit" });
    const bo = await stage.person("Bo");
    await bo.open(url);
    await bo.draw("r", [300, 300], [500, 400]);
    await expectAllSaved(bo);
    await expectEventually(() => ada.types()).toEqual(["geo"]);
    await bo.button("Share").click();
    expect(await bo.dialog("Share this board").getByRole("tab").count()).toBe(0);
    await bo.page.keyboard.press("Escape");

    const dialog = await openLinks(ada);
    const item = linkItem(dialog, "For Bo");
    await item.getByText("1 here now").waitFor();
    await item.getByText("made just now", { exact: false }).waitFor();

    // Renamed, and smaller and greater while Bo is there: his page says what has changed.
    const change = async (role: "Can edit" | "Can view", name: string): Promise<void> => {
      await item.getByRole("button", { name: /^Change / }).click();
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByRole("radio", { name: role }).check();
      await dialog.getByRole("button", { name: "Save" }).click();
      await linkItem(dialog, name).getByText(role, { exact: false }).waitFor();
    };
    await change("Can view", "For Bo and Cy");
    await bo.page.getByText("from now on you can only look", { exact: false }).waitFor();
    await expectEventually(() => bo.page.getByTestId("tools.draw").count()).toBe(0);
    await change("Can edit", "For Bo");
    await bo.page.getByText("you can edit now", { exact: false }).waitFor();
    await expectEventually(() => bo.page.getByTestId("tools.draw").count()).toBe(1);
    await bo.page.mouse.move(600, 300);
    await bo.page.keyboard.press("d");
    await bo.page.mouse.down();
    await bo.page.mouse.move(700, 350, { steps: 5 });
    await item.getByRole("button", { name: "Revoke For Bo" }).click();
    await item.getByText("1 connection by it will be closed at once", { exact: false }).waitFor();
    await item.getByRole("button", { name: "Revoke", exact: true }).click();
    await expectPage(bo, "This link was taken back");
    await bo.page.mouse.up();
    await item.waitFor({ state: "detached" });
    await ada.page.keyboard.press("Escape");
    await expectEventually(() => ada.others()).toEqual([]);

    // Coming back does not help, and the page does not know the board any more.
    await bo.page.reload();
    await expectPage(bo, "This link was taken back");
    await bo.page.getByRole("link", { name: "Go to the start page" }).click();
    await bo.page.getByRole("heading", { name: "No boards here yet" }).waitFor();
  });

  it("deletes the board from under everyone, and brings it back as it was", async () => {
    const { ada, url } = await ownBoard();
    const bo = await stage.person("Bo");
    await bo.open(url);
    await bo.draw("r", [300, 300], [500, 400]);
    await expectAllSaved(bo);
    const dialog = await openLinks(ada);
    await dialog.getByRole("button", { name: "Delete this board…" }).click();
    const inThirtyDays = new Date(Date.now() + 30 * 24 * 60 * 60_000).getFullYear();
    const question = dialog.getByRole("group", { name: "Delete this board…" });
    await question.getByText(`${inThirtyDays}`, { exact: false }).waitFor();
    expect(await question.textContent()).toContain("can be brought back by who has the owner key");
    await question.getByRole("button", { name: "Delete the board" }).click();
    for (const person of [ada, bo]) await expectPage(person, "This board was deleted");
    expect(await bo.button(/^Bring back/).count()).toBe(0);
    await bo.page.getByText("the owner can still take it back", { exact: false }).waitFor();

    // It is not there by its links, and the list says so.
    const cleo = await stage.person("Cleo");
    await cleo.page.goto(url);
    await expectPage(cleo, "This board was deleted");
    await bo.page.goto("/");
    await bo.page.getByRole("listitem").filter({ hasText: "Deleted" }).waitFor();
    await ada.page.reload();
    await expectPage(ada, "This board was deleted");
    await ada.page.getByText(`${inThirtyDays}`, { exact: false }).first().waitFor();
    await ada.page.goto("/");
    await ada.page.getByText("Deleted, kept until", { exact: false }).waitFor();

    await ada.button("Bring back Plan").click();
    await ada.page.getByText("Made here", { exact: false }).waitFor();
    await bo.open(url);
    await expectEventually(() => bo.types()).toEqual(["geo"]);
    await bo.page.goto("/");
    await bo.page.getByText("Can edit", { exact: false }).first().waitFor();
    expect(await bo.page.getByText("Deleted").count()).toBe(0);
  });

  it("takes the board away as one file, of which anyone makes a board", async () => {
    const { ada } = await ownBoard();
    await ada.note([400, 400], "Taken away");
    await expectAllSaved(ada);
    const dialog = await openLinks(ada);
    const [download] = await Promise.all([
      ada.page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Download an archive" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("Plan.boardwalk");
    const archive = await readFile(await download.path());
    await dialog.getByText(/^Downloaded /).waitFor();

    const cleo = await stage.person("Cleo");
    await cleo.page.goto("/?test");
    const opener = cleo.button("Open an archive");
    const cut = archive.subarray(0, archive.length - 10);
    await cleo.chooseFile(opener, "cut.boardwalk", "application/octet-stream", cut);
    await cleo.page.getByText("This is no whole archive", { exact: false }).waitFor();
    await cleo.chooseFile(opener, "Plan.boardwalk", "application/octet-stream", archive);
    await cleo.canvas.waitFor();
    await cleo.open(cleo.page.url());
    await expectEventually(() => cleo.shapes()).toMatchObject([{ text: "Taken away" }]);
    expect(cleo.page.url().split("#")[0]).not.toBe(ada.page.url().split("#")[0]);
    await openLinks(cleo);
  });

  it("locks the board on every open tab, and unlocks it", async () => {
    const { ada, url } = await ownBoard();
    const bo = await stage.person("Bo");
    await bo.open(url);
    const secondTab = await bo.context.newPage();
    await secondTab.goto(url);
    await secondTab.locator(".tl-canvas").waitFor();
    // A tab that is not looked at has no frames.
    await bo.page.bringToFront();
    await bo.note([400, 400], "Before");
    await expectAllSaved(bo);

    const dialog = await openLinks(ada);
    await dialog.getByRole("checkbox", { name: "Lock the board" }).check();
    await ada.page.keyboard.press("Escape");
    for (const page of [ada.page, bo.page, secondTab]) {
      await page.getByText("Locked", { exact: true }).waitFor();
      await page.getByText("The board’s owner has locked it", { exact: false }).waitFor();
      await expectEventually(() => page.getByTestId("tools.draw").count()).toBe(0);
    }
    await bo.page.keyboard.press("r");
    await bo.drag([700, 300], [800, 400]);
    expect(await bo.types()).toEqual(["note"]);
    expect(await bo.unsaved()).toBe(0);

    // What Bo may pass on is the link it is, and not a view link.
    await bo.button("Share").click();
    await bo.dialog("Share this board").getByLabel("Edit link", { exact: true }).waitFor();
    await bo.page.keyboard.press("Escape");

    await openLinks(ada);
    await dialog.getByRole("checkbox", { name: "Lock the board" }).uncheck();
    await ada.page.keyboard.press("Escape");
    await expectEventually(() => bo.page.getByTestId("tools.draw").count()).toBe(1);
    await bo.draw("r", [700, 300], [800, 400]);
    await expectAllSaved(bo);
    await expectEventually(() => ada.types()).toEqual(["note", "geo"]);
  });

  it("makes a link that expires, also for who is in by it", async () => {
    const { ada } = await ownBoard();
    const url = await makeLink(ada, { name: "Short", role: "Can view", lifetime: "For an hour" });
    const vic = await stage.person("Vic");
    await vic.open(url);
    await vic.page.getByText("View only", { exact: true }).waitFor();
    // The hour is over sooner than it was said.
    await ada.page.evaluate(async () => {
      const [board] = JSON.parse(localStorage.getItem("boardwalk:boards") ?? "[]") as {
        id: string;
        ownerKey: string;
      }[];
      const path = `/api/boards/${board?.id}/links`;
      const headers = {
        authorization: `Bearer ${board?.ownerKey}`,
        "content-type": "application/json",
      };
      const { links } = (await (await fetch(path, { headers })).json()) as {
        links: { id: string; name: string }[];
      };
      const id = links.find(({ name }) => name === "Short")?.id;
      const expiresAt = new Date(Date.now() + 700).toISOString();
      await fetch(`${path}/${id}`, {
        method: "PATCH",
        headers,
        body: JSON.stringify({ expiresAt }),
      });
    });
    await expectPage(vic, "This link has expired");
  });

  it("closes a link by a password, which is asked for and outlives a reload", async () => {
    const { ada } = await ownBoard();
    const url = await makeLink(ada, { name: "Board", role: "Can edit", password: "open sesame" });
    const bo = await stage.person("Bo");
    const address = new URL(url);
    address.searchParams.set("test", "");
    await bo.page.goto(address.href);
    await expectPage(bo, "This link needs a password");
    await bo.page.getByLabel("Password").fill("open barley");
    await bo.page.keyboard.press("Enter");
    await bo.page.getByText("The password is not right.").waitFor();
    await bo.page.getByLabel("Password").fill("open sesame");
    await bo.page.keyboard.press("Enter");
    await bo.canvas.waitFor();
    await bo.draw("r", [300, 300], [500, 400]);
    await expectAllSaved(bo);
    expect(bo.page.url()).toBe(address.href);
    await bo.page.reload();
    await bo.canvas.waitFor();
    await expectEventually(() => bo.types()).toEqual(["geo"]);

    // A restart of the server forgets who gave it; the page gives it again by itself, once it knows.
    await bo.page.evaluate(() => sessionStorage.clear());
    await bo.page.reload();
    await bo.page.getByLabel("Password").fill("open sesame");
    await bo.page.keyboard.press("Enter");
    await bo.canvas.waitFor();
    await stage.killServer();
    await stage.startServer();
    await bo.tryNow();
    await expectEventually(() => bo.status()).toBe("online");

    const dialog = await openLinks(ada);
    await linkItem(dialog, "Board").getByRole("button", { name: "Change Board" }).click();
    await dialog.getByRole("radio", { name: "A new one" }).check();
    await dialog.getByLabel("New password").fill("another word");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expectPage(bo, "This link needs a password");
  });

  it("removes someone, who cannot come back, while the others stay", async () => {
    const { ada, url } = await ownBoard();
    const [bo, mallory] = [await stage.person("Bo"), await stage.person("Mallory")];
    await Promise.all([bo.open(url), mallory.open(url)]);
    await expectEventually(() => ada.others()).toEqual(["Bo", "Mallory"]);
    await ada.button("People here: 3").click();
    await ada.page.getByText("by “Edit link”").first().waitFor();
    await ada.button("Remove Mallory").click();
    await ada.page.getByText("Everyone else who is here now stays", { exact: false }).waitFor();
    await ada.page.getByRole("button", { name: "Remove", exact: true }).click();
    await expectPage(mallory, "You were removed from this board");
    await expectEventually(() => ada.others()).toEqual(["Bo"]);
    await ada.page.keyboard.press("Escape");

    await expectEventually(() => bo.page.url().split("#")[1]).not.toBe(url.split("#")[1]);
    await expectEventually(() => ada.page.url().split("#")[1]).toBe(bo.page.url().split("#")[1]);
    await bo.draw("r", [300, 300], [500, 400]);
    await expectAllSaved(bo);
    await expectEventually(() => ada.types()).toEqual(["geo"]);
    await bo.page.reload();
    await bo.canvas.waitFor();
    await expectEventually(() => bo.status()).toBe("online");
    await mallory.page.goto("about:blank");
    await mallory.page.goto(url);
    await expectPage(mallory, "This link was taken back");
  });

  it("comes back with a new link after revoking the last, and from another browser by the key", async () => {
    const ada = await stage.person("Ada");
    await ada.page.goto("/");
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    const url = ada.page.url();
    const dialog = await openLinks(ada);
    const [download] = await Promise.all([
      ada.page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Save the owner key" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("Untitled board.owner-key.json");
    const path = await download.path();
    expect(await readFile(path, "utf8")).toContain('"boardwalk-owner-key"');
    for (const name of ["View link", "Edit link"]) {
      const item = linkItem(dialog, name);
      await item.getByRole("button", { name: `Revoke ${name}` }).click();
      await item.getByRole("button", { name: "Revoke", exact: true }).click();
      if (name === "View link") await item.waitFor({ state: "detached" });
    }
    await expectPage(ada, "This link was taken back");
    await ada.button("Make a new link").click();
    await ada.canvas.waitFor();
    expect(ada.page.url()).not.toBe(url);

    const elsewhere = await stage.person("Ada");
    await elsewhere.page.goto("/");
    const requests: string[] = [];
    elsewhere.page.on("request", (request) => {
      if (request.url().includes("/api/boards")) requests.push(request.url());
    });
    const picker = elsewhere.page.getByLabel("Choose an owner key’s file");
    const foreign = (await readFile(path, "utf8")).replace(
      stage.server.url,
      "https://other.example",
    );
    const file = { name: "x.json", mimeType: "application/json", buffer: Buffer.from(foreign) };
    await picker.setInputFiles(file);
    await elsewhere.page.getByText("This key is for a board on https://other.example").waitFor();
    await picker.setInputFiles({ ...file, buffer: Buffer.from("{}") });
    await elsewhere.page.getByText("This is not an owner key’s file.").waitFor();
    expect(requests).toEqual([]);
    await picker.setInputFiles(path);
    await elsewhere.page
      .getByText("You look after Untitled board from this browser now.")
      .waitFor();
    await elsewhere.page.getByRole("link", { name: "Untitled board" }).click();
    await expectPage(elsewhere, "No link to this board is left");
    await elsewhere.button("Make a new link").click();
    await elsewhere.canvas.waitFor();
    await openLinks(elsewhere);
  });
});
