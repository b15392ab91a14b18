import { afterAll, describe, expect, it } from "vitest";
import { makeCertificate } from "../integration/certificate.ts";
import { removeFolder, temporaryFolder } from "../integration/server-process.ts";
import { expectAllSaved, expectEventually, expectSameBoard, isSkipped, Stage } from "./stage.ts";

const folder = await temporaryFolder();
const certificate = await makeCertificate(folder);

describe.skipIf(isSkipped)("over https, without a proxy", () => {
  const stage = Stage.forFile({
    certificate,
    keepsPage: true,
    env: { TLS_CERT: certificate.certPath, TLS_KEY: certificate.keyPath },
  });
  afterAll(() => removeFolder(folder));

  it("people draw together over wss, and the page opens without the network", async () => {
    const [ada, bo] = [await stage.person("Ada"), await stage.person("Bo")];
    const sockets: string[] = [];
    ada.page.on("websocket", (socket) => sockets.push(socket.url()));
    await ada.page.goto("/");
    await ada.button("New board").click();
    await ada.canvas.waitFor();
    const url = ada.page.url();
    expect(url).toMatch(/^https:/);
    await Promise.all([ada.open(url), bo.open(url)]);
    await ada.draw("r", [300, 300], [500, 400]);
    await bo.note([800, 300], "Over wss");
    await expectAllSaved(ada, bo);
    await expectSameBoard(ada, bo);
    expect(new Set(sockets)).toEqual(new Set([`wss://${new URL(url).host}/sync`]));
    // Which tldraw's licence asks not to be stopped.
    expect(new Set(stage.tldrawRequests)).toEqual(
      new Set(["GET /3.15.4/watermarks/watermark-track.svg"]),
    );

    await ada.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await stage.killServer();
    await ada.page.reload();
    await ada.canvas.waitFor();
    await expectEventually(() => ada.types()).toEqual(["geo", "note"]);
    await ada.draw("o", [300, 500], [400, 600]);
    await stage.startServer();
    await Promise.all([ada.tryNow(), bo.tryNow()]);
    await expectAllSaved(ada, bo);
    await expectSameBoard(ada, bo);
  });
});
