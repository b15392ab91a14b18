import { limits } from "@boardwalk/board-model";
import { once } from "node:events";
import { request } from "node:https";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { WebSocket } from "ws";
import { makeCertificate, type Certificate } from "./certificate.ts";
import { freePort, hasProxy, ProxyProcess, type ProxyKind } from "./proxy-process.ts";
import { editLink, RawClient } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import {
  expectEventually,
  hocuspocusSynced,
  openHocuspocus,
  openPlain,
  plainSynced,
} from "./stock-clients.ts";

const kinds: readonly ProxyKind[] = ["nginx", "caddy"];
/** More wrong tokens than an address may try within a minute. */
const maxAttempts = 310;

let folder = "";
let certificate: Certificate;

beforeAll(async () => {
  folder = await temporaryFolder();
  certificate = await makeCertificate(folder);
  setDefaultCACertificates([certificate.cert]);
});

afterAll(() => removeFolder(folder));

/** A server as the documentation sets it up, and the documented proxy in front of it. */
async function openBehind(kind: ProxyKind, { onTestFinished }: TestContext) {
  const own = await temporaryFolder();
  const port = await freePort();
  const env = { PUBLIC_URL: `https://localhost:${port}`, TRUSTED_PROXY_HOPS: "1" };
  const server = await ServerProcess.start({ dataDir: join(own, "data"), env });
  const proxyFolder = join(own, kind);
  await mkdir(proxyFolder);
  const serverPort = server.port;
  const proxy = await ProxyProcess.start({
    kind,
    folder: proxyFolder,
    certificate,
    port,
    serverPort,
  });
  onTestFinished(async () => {
    await proxy.stop();
    await server.kill();
    await removeFolder(own);
  });
  return { proxy, server, board: await server.createBoard("Behind a proxy") };
}

for (const kind of kinds) {
  describe.skipIf(!hasProxy(kind)).concurrent(`behind ${kind} as documented`, () => {
    it("both protocols pass over wss, and stay open while nothing happens", async (context) => {
      const { proxy, board } = await openBehind(kind, context);
      const one = await RawClient.join(proxy.url, editLink(board));
      const other = await RawClient.joinPlain(proxy.url, editLink(board));
      await Promise.all([heartbeats(one, 2), heartbeats(other, 2)]);
      one.change((document) => document.getMap("records").set("after", "the quiet"));
      expect(await one.answered(1)).toBe(true);
      await other.until(() => other.document.getMap("records").get("after") === "the quiet");
      await Promise.all([one.close(), other.close()]);
    });

    it("stock clients come back when the proxy loads its configuration anew", async (context) => {
      const { proxy, board } = await openBehind(kind, context);
      const one = openHocuspocus(proxy.url, editLink(board));
      const other = openPlain(proxy.url, editLink(board));
      context.onTestFinished(() => {
        one.destroy();
        other.destroy();
      });
      await Promise.all([hocuspocusSynced(one), plainSynced(other)]);
      await proxy.reload();
      one.document.getMap("records").set("one", 1);
      other.doc.getMap("records").set("other", 1);
      await expectEventually(() => one.document.getMap("records").has("other"));
      await expectEventually(() => other.doc.getMap("records").has("one"));
      await hocuspocusSynced(one);
      expect(other.doc.getMap("records").toJSON()).toMatchObject({ one: 1, other: 1 });
    });

    it("links carry the address of the proxy, and pages of other sites open no socket", async (context) => {
      const { proxy, board } = await openBehind(kind, context);
      expect(board.editUrl.startsWith(`${proxy.url}/b/`)).toBe(true);
      const page = await fetch(board.editUrl);
      const policy = page.headers.get("content-security-policy");
      expect(policy).toContain(` wss://${new URL(proxy.url).host} `);
      expect(page.headers.get("strict-transport-security")).toMatch(/^max-age=/);
      for (const path of ["/sync", `/yjs/${board.id}?token=${board.editToken}`]) {
        expect(await upgradeStatus(proxy.url + path, proxy.url)).toBe(101);
        expect(await upgradeStatus(proxy.url + path, "https://elsewhere.example")).toBe(403);
      }
    });

    it("the largest upload passes", async (context) => {
      const { proxy, board } = await openBehind(kind, context);
      const picture = Buffer.alloc(limits.assetBytes);
      picture.write("GIF89a");
      const upload = (body: Buffer) =>
        fetch(`${proxy.url}/api/boards/${board.id}/assets`, {
          method: "POST",
          headers: { authorization: `Bearer ${board.editToken}` },
          body,
        });
      const taken = await upload(picture);
      expect(taken.status).toBe(201);
      const { url } = (await taken.json()) as { url: string };
      const served = await fetch(new URL(url, proxy.url));
      expect(Buffer.from(await served.arrayBuffer()).equals(picture)).toBe(true);
      // What is too large is refused by us, in words that the page understands.
      const refused = await upload(Buffer.concat([picture, Buffer.alloc(1)]));
      expect(refused.status).toBe(413);
      expect(await refused.json()).toMatchObject({ error: { code: "ASSET_TOO_LARGE" } });
    });

    it("a client is known by its own address, whatever it says of itself", async (context) => {
      const { proxy, board } = await openBehind(kind, context);
      const attempt = async (index: number) => {
        const response = await fetch(`${proxy.url}/api/boards/${board.id}`, {
          headers: {
            authorization: "Bearer wrong",
            "x-forwarded-for": `203.0.113.${index % 250}`,
            "x-real-ip": `203.0.113.${index % 250}`,
            forwarded: `for=203.0.113.${index % 250}`,
          },
        });
        return response.status;
      };
      let attempts = 0;
      while ((await attempt(attempts)) === 401 && attempts < maxAttempts) attempts++;
      expect(await attempt(0)).toBe(429);
      expect(attempts).toBeLessThan(maxAttempts);
      // Someone else, by the same proxy.
      const other = request(`${proxy.url}/api/boards/${board.id}`, {
        localAddress: "127.0.0.2",
        family: 4,
        headers: { authorization: "Bearer wrong" },
      }).end();
      const [response] = (await once(other, "response")) as [{ statusCode: number }];
      expect(response.statusCode).toBe(401);
    });

    it("no token is in what the proxy writes, also about what fails", async (context) => {
      const { proxy, server, board } = await openBehind(kind, context);
      const client = await RawClient.joinPlain(proxy.url, editLink(board));
      await client.close();
      await fetch(board.editUrl);
      await fetch(`${proxy.url}/api/boards/${board.id}`, {
        headers: { authorization: `Bearer ${board.ownerKey}` },
      });
      await server.kill();
      const path = `/yjs/${board.id}?token=${board.editToken}`;
      expect(await upgradeStatus(proxy.url + path, proxy.url)).toBe(502);
      expect((await fetch(proxy.url + path)).status).toBe(502);
      await context.expect
        .poll(async () => {
          const lines = (await proxy.logs()).split("\n").filter((line) => line.includes("502"));
          return lines.filter((line) => line.includes(`/yjs/${board.id}`)).length;
        })
        .toBeGreaterThan(1);
      const logs = await proxy.logs();
      expect(logs).toContain(`/b/${board.id}`);
      for (const secret of [board.editToken, board.ownerKey]) expect(logs).not.toContain(secret);
    });
  });
}

/** Resolves when so many have come; nothing else is sent on a quiet board. */
async function heartbeats(client: RawClient, count: number): Promise<void> {
  const { tcp } = client;
  let heard = 0;
  while (heard < count) {
    await Promise.race([
      once(tcp, "data"),
      client.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code}`))),
    ]);
    heard++;
  }
}

async function upgradeStatus(url: string, origin: string): Promise<number> {
  const webSocket = new WebSocket(url.replace(/^http/, "ws"), { origin });
  const status = await new Promise<number>((resolve, reject) => {
    webSocket.once("open", () => resolve(101));
    webSocket.once("unexpected-response", (_request, { statusCode = 0 }) => resolve(statusCode));
    webSocket.once("error", reject);
  });
  webSocket.on("error", () => undefined);
  webSocket.terminate();
  return status;
}
