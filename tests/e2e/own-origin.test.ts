import { describe, expect, it } from "vitest";
import type { Person } from "./person.ts";
import { encodePng } from "./picture.ts";
import { expectAllSaved, expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("everything the page loads", () => {
  const stage = Stage.forFile({ keepsPage: true, env: { LOG_LEVEL: "trace" } });

  it("comes from its own origin, without an error and within its own policy", async () => {
    const ada = await stage.person("Ada");
    const traffic = await watchTraffic(ada);

    await ada.page.goto("/");
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    const secrets = await secretsOf(ada);
    await ada.open(ada.page.url());

    for (const font of ["draw", "sans", "serif", "mono"]) {
      const y = 150 + 60 * ["draw", "sans", "serif", "mono"].indexOf(font);
      await ada.page.keyboard.press("t");
      await ada.page.mouse.click(300, y);
      await ada.page.locator(".tl-rich-text [contenteditable=true]:focus").waitFor();
      await ada.page.keyboard.type(`In ${font} 🙂`);
      await ada.page.keyboard.press("Escape");
      await ada.page.getByTestId(`style.font.${font}`).click();
      await ada.page.keyboard.press("Escape");
    }
    await expectEventually(() => ada.page.evaluate(loadedFonts)).toHaveLength(4);

    await ada.choosePicture("a.png", "image/png", encodePng(40, 30, [240, 140, 0]));
    // While the page changes from the file to the address there are two.
    await expectEventually(() => ada.shownPictures()).toBeGreaterThan(0);
    await ada.page.keyboard.press("Escape");

    for (const menu of ["actions-menu.button", "minimap.zoom-menu-button", "tools.more-button"]) {
      await ada.page.getByTestId(menu).click();
      await ada.page.keyboard.press("Escape");
    }
    // A menu that is about to close takes the first click.
    await expectEventually(async () => {
      await ada.page.mouse.click(300, 700, { button: "right" });
      await ada.nextFrames();
      return ada.page.getByTestId("context-menu").isVisible();
    }).toBe(true);
    await ada.page.keyboard.press("Escape");
    await ada.page.getByTestId("main-menu.button").click();
    await ada.page.getByRole("menuitem", { name: "Language" }).click();
    await ada.page.getByText("Deutsch").click();
    await expectEventually(() =>
      ada.page.getByTestId("tools.draw").getAttribute("aria-label"),
    ).toContain("Zeichnen");
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("Escape");

    await ada.button("Share").click();
    await ada.dialog("Share this board").getByRole("img").waitFor();
    await ada.page.keyboard.press("Escape");
    for (const format of ["PNG", "SVG", ".tldr"]) {
      await ada.page.getByTestId("main-menu.button").click();
      await ada.page.getByRole("menuitem", { name: "Export…" }).click();
      const dialog = ada.dialog("Export");
      await dialog.getByRole("radio", { name: format, exact: true }).check();
      const download = ada.page.waitForEvent("download");
      await dialog.getByRole("button", { name: "Export" }).click();
      await (await download).path();
      await dialog.waitFor({ state: "hidden" });
    }
    await ada.page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.setData("text/plain", "https://example.com/some/page");
      const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
      document.dispatchEvent(event);
    });
    await expectAllSaved(ada);
    await ada.page.goto("/");
    await ada.page.getByRole("link", { name: "Untitled board" }).waitFor();

    const { origin } = new URL(stage.server.url);
    const foreign = traffic.addresses.filter((address) => !isWithin(address, origin));
    expect(foreign).toEqual([]);
    expect(traffic.troubles).toEqual([]);
    // What opens the board is in no address that is sent, in no Referer, and in no line of the log.
    for (const secret of secrets) {
      const told = [...traffic.addresses, ...traffic.referrers];
      expect(told.filter((address) => address.includes(secret))).toEqual([]);
      expect(stage.server.output).not.toContain(secret);
    }
    expect(stage.server.output).toContain("/assets");
    // The watch saw what was done.
    const ofKind = (pattern: RegExp) =>
      traffic.addresses.filter((address) => pattern.test(address));
    expect(ofKind(/\.woff2$/).length).toBeGreaterThanOrEqual(4);
    expect(ofKind(/\/de-[\w-]+\.json$/).length).toBeGreaterThan(0);
    expect(ofKind(/\/assets\/[0-9a-f]{64}$/).length).toBeGreaterThan(0);
    expect(ofKind(/^ws:.*\/sync$/).length).toBe(2);
  });
});

interface Traffic {
  /** As they are sent: without the fragment. */
  readonly addresses: string[];
  readonly referrers: string[];
  /** Failed requests, errors on the console, and broken rules of the policy. */
  readonly troubles: string[];
}

async function watchTraffic({ context, page }: Person): Promise<Traffic> {
  const traffic: Traffic = { addresses: [], referrers: [], troubles: [] };
  const { addresses, referrers, troubles } = traffic;
  await context.exposeFunction("reportViolation", (what: string) => troubles.push(what));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report = Reflect.get(window, "reportViolation") as (what: string) => void;
      const { violatedDirective, blockedURI, sourceFile, lineNumber, columnNumber } = event;
      const place = `${sourceFile}:${lineNumber}:${columnNumber}`;
      report(`policy: ${violatedDirective} ${blockedURI} at ${place}`);
    });
  });
  context.on("request", (request) => {
    addresses.push(request.url().replace(/#.*/, ""));
    referrers.push(request.headers()["referer"] ?? "");
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // What was still on its way when the page was left.
    if (reason !== "net::ERR_ABORTED") troubles.push(`failed: ${request.url()} ${reason}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) troubles.push(`${response.status()}: ${response.url()}`);
  });
  context.on("console", (message) => {
    const type = message.type();
    if (type === "error" || type === "warning") troubles.push(`${type}: ${message.text()}`);
  });
  page.on("websocket", (socket) => addresses.push(socket.url()));
  return traffic;
}

/** The tokens and the key of the board that was just made. */
async function secretsOf({ page }: Person): Promise<string[]> {
  const kept = await page.evaluate(() => localStorage.getItem("boardwalk:boards") ?? "");
  const secrets = kept.match(/[\w-]{43}/g) ?? [];
  expect(new Set(secrets).size).toBe(3);
  return secrets;
}

function isWithin(address: string, origin: string): boolean {
  const { protocol, host } = new URL(address);
  if (protocol === "data:" || protocol === "about:") return true;
  if (protocol === "blob:") return address.startsWith(`blob:${origin}/`);
  return host === new URL(origin).host;
}

/** Runs in the page: the families of tldraw that text is really shown in. */
function loadedFonts(): string[] {
  const families = new Set<string>();
  for (const { family, status } of document.fonts) {
    if (status === "loaded" && family.startsWith("tldraw_")) families.add(family);
  }
  return [...families];
}
