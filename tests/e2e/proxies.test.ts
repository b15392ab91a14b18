import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { makeCertificate } from "../integration/certificate.ts";
import { freePort, hasProxy, ProxyProcess, type ProxyKind } from "../integration/proxy-process.ts";
import { removeFolder, temporaryFolder } from "../integration/server-process.ts";
import type { Person } from "./person.ts";
import { encodePng } from "./picture.ts";
import { expectAllSaved, expectEventually, expectSameBoard, isSkipped, Stage } from "./stage.ts";

const folder = await temporaryFolder();
const certificate = await makeCertificate(folder);
const port = await freePort();
setDefaultCACertificates([certificate.cert]);

describe.skipIf(isSkipped)("a page behind a proxy", () => {
  const stage = Stage.forFile({
    certificate,
    env: { PUBLIC_URL: `https://localhost:${port}`, TRUSTED_PROXY_HOPS: "1" },
  });
  let proxy: ProxyProcess | null = null;
  afterEach(async () => {
    await proxy?.stop();
    proxy = null;
  });
  afterAll(() => removeFolder(folder));

  async function startProxy(
    kind: ProxyKind,
    name: string,
    change = (configuration: string) => configuration,
  ): Promise<ProxyProcess> {
    const own = join(folder, name);
    await mkdir(own, { recursive: true });
    const serverPort = stage.server.port;
    proxy = await ProxyProcess.start({ kind, folder: own, certificate, port, serverPort, change });
    return proxy;
  }

  it.skipIf(!hasProxy("nginx")).each<ProxyKind>(["nginx"])("%s", draws);
  it.skipIf(!hasProxy("caddy")).each<ProxyKind>(["caddy"])("%s", draws);

  /** Two people draw, also when the proxy has been started anew. */
  async function draws(kind: ProxyKind): Promise<void> {
    const behind = await startProxy(kind, kind);
    const [ada, bo] = [await stage.person("Ada"), await stage.person("Bo")];
    await ada.page.goto(behind.url);
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    const url = ada.page.url();
    expect(url.startsWith(`${behind.url}/b/`)).toBe(true);
    await Promise.all([ada.open(url), bo.open(url)]);
    await ada.draw("r", [300, 300], [500, 400]);
    await ada.choosePicture("a.png", "image/png", encodePng(40, 30, [240, 140, 0]));
    await expectAllSaved(ada);
    await expectSameBoard(ada, bo);
    await expectEventually(() => bo.shownPictures()).toBeGreaterThan(0);

    await Promise.all([ada, bo].map(isLoaded));
    await behind.stop();
    await expectEventually(() => bo.status()).not.toBe("online");
    await bo.draw("o", [700, 300], [800, 400]);
    await startProxy(kind, `${kind}-again`);
    await expectAllSaved(ada, bo);
    await expectSameBoard(ada, bo);
  }

  /** As many are, in schools and firms. */
  const withoutUpgrade = (configuration: string) =>
    configuration.replace(/proxy_set_header (Upgrade|Connection) .*;/g, "");

  it.skipIf(!hasProxy("nginx"))(
    "that does not pass WebSockets on lets people draw by ordinary requests",
    async () => {
      const behind = await startProxy("nginx", "requests-only", withoutUpgrade);
      const { editUrl } = await stage.server.createBoard("By requests");
      const [ada, bo] = [await stage.person("Ada"), await stage.person("Bo")];
      await Promise.all([ada.open(editUrl), bo.open(editUrl)]);
      expect(await stage.server.metric("boardwalk_sockets_polled")).toBe(2);
      await Promise.all([
        ada.draw("r", [300, 300], [500, 400]),
        bo.draw("o", [600, 300], [700, 400]),
      ]);
      await expectAllSaved(ada, bo);
      await expectSameBoard(ada, bo);
      await expectEventually(() => ada.badge.textContent()).toBe("Saved");

      // What is drawn meanwhile comes by requests again.
      await behind.stop();
      await expectEventually(() => bo.status()).not.toBe("online");
      await bo.draw("r", [700, 500], [800, 600]);
      await startProxy("nginx", "requests-only-again", withoutUpgrade);
      await expectAllSaved(ada, bo);
      await expectSameBoard(ada, bo);
    },
  );

  it.skipIf(!hasProxy("nginx"))(
    "that passes no live connection on says so, and goes on when it does",
    async () => {
      const blocked = (configuration: string) =>
        withoutUpgrade(configuration).replace(
          "location / {",
          "location /api/connections { return 403; }\n    location / {",
        );
      const behind = await startProxy("nginx", "blocked", blocked);
      const { editUrl } = await stage.server.createBoard("Unreachable");
      const ada = await stage.person("Ada");
      const address = new URL(editUrl);
      address.searchParams.set("test", "");
      await ada.page.goto(address.href);
      await ada.page.getByRole("heading", { name: "The live connection is blocked" }).waitFor();

      await isLoaded(ada);
      await behind.stop();
      const working = await startProxy("nginx", "open");
      await ada.canvas.waitFor();
      await expectAllSaved(ada);
      // With the board here already, one can go on working.
      await isLoaded(ada);
      await working.stop();
      await startProxy("nginx", "blocked-again", blocked);
      await expectEventually(() => ada.badge.textContent()).toContain("Blocked, all saved");
      await ada.draw("r", [300, 300], [500, 400]);
      await expectEventually(() => ada.badge.textContent()).toContain(
        "Blocked, kept on this device",
      );
      expect(await ada.status()).toBe("offline");
    },
  );
});

/** tldraw throws when the icons that it loads ahead of their use are cut off. */
async function isLoaded(person: Person): Promise<void> {
  await person.page.waitForLoadState("networkidle");
}
