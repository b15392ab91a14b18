import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { newBoardId } from "../boards/secret.ts";
import { startTestServer, temporaryFolder } from "../test-server.ts";

const html = "<!doctype html><title>Boardwalk</title>";
const script = "console.log('boardwalk');";

async function startWithPage(env: Record<string, string> = {}) {
  const pageDir = await temporaryFolder();
  await mkdir(join(pageDir, "assets"));
  await writeFile(join(pageDir, "index.html"), html);
  await writeFile(join(pageDir, "sw.js"), script);
  await writeFile(join(pageDir, ".hidden"), "secret");
  await writeFile(join(pageDir, "assets", "index-abc123.js"), script);
  await writeFile(join(pageDir, "assets", "index-abc123.js.br"), brotliCompressSync(script));
  return startTestServer(env, pageDir);
}

/** The directives of a Content-Security-Policy by name. */
function policyOf(response: Response): Map<string, string> {
  const policy = response.headers.get("content-security-policy") ?? "";
  return new Map(
    policy.split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(" ");
      return [name, sources.join(" ")];
    }),
  );
}

describe("the page", () => {
  it.each(["/", `/b/${newBoardId()}`, "/b/no-such-board"])("is served at %s", async (path) => {
    const { get } = await startWithPage();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(await response.text()).toBe(html);
  });

  it("may be kept for ever where its name holds a hash, and nowhere else", async () => {
    const { get } = await startWithPage();
    const hashed = await get("/assets/index-abc123.js");
    expect(hashed.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(hashed.headers.get("content-type")).toContain("javascript");
    expect((await get("/sw.js")).headers.get("cache-control")).toBe("no-cache");
  });

  it("is sent as it was compressed by the build to whoever can read that", async () => {
    const { get } = await startWithPage();
    const path = "/assets/index-abc123.js";
    const compressed = await get(path, { "accept-encoding": "br" });
    expect(compressed.headers.get("content-encoding")).toBe("br");
    expect(compressed.headers.get("cache-control")).toContain("immutable");
    expect(await compressed.text()).toBe(script);
    const plain = await get(path, { "accept-encoding": "identity" });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await plain.text()).toBe(script);
  });

  it.each(["/nothing", "/b", "/b/x/y", "/.hidden", "/assets/", "/assets/other.js", "/sync"])(
    "is not at %s, which is said to a person and to a program",
    async (path) => {
      const { get } = await startWithPage();
      const page = await get(path, { accept: "text/html,*/*" });
      expect(page.status).toBe(404);
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(await page.text()).toContain("There is no page at this address.");
      const json = await get(path);
      expect(json.status).toBe(404);
      expect(await json.json()).toMatchObject({ error: { code: "NOT_FOUND" } });
    },
  );

  it.each(["/..%2fpackage.json", "/%2e%2e/package.json", "/assets/..%2f..%2fpackage.json"])(
    "does not lead out of its folder by %s",
    async (path) => {
      const { get } = await startWithPage();
      const response = await get(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    },
  );

  it("says when it is not built, while the API works", async () => {
    const { get, createBoard } = await startTestServer();
    const response = await get("/");
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("npm start");
    expect((await createBoard()).name).toBe("Untitled board");
  });
});

describe("security headers", () => {
  it("let the page load from its own origin only, but for tldraw's watermark", async () => {
    const { url, get } = await startWithPage();
    const response = await get("/");
    const policy = policyOf(response);
    const { host } = new URL(url);
    expect(policy.get("default-src")).toBe("'self'");
    expect(policy.get("script-src")).toBe("'self'");
    expect(policy.get("object-src")).toBe("'none'");
    expect(policy.get("frame-src")).toBe("'none'");
    expect(policy.get("frame-ancestors")).toBe("'self'");
    expect(policy.get("connect-src")).toBe(
      `'self' data: blob: ws://${host} wss://${host} https://cdn.tldraw.com/3.15.4/watermarks/watermark-track.svg`,
    );
    const sources = [...policy.values()].flatMap((list) => list.split(" "));
    expect(sources.filter((source) => source.startsWith("http"))).toHaveLength(1);
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("insist on https only where PUBLIC_URL is https", async () => {
    const headersAt = async (origin: string) =>
      (await (await startWithPage({ PUBLIC_URL: origin })).get("/")).headers;
    const secure = await headersAt("https://board.example.org");
    expect(secure.get("strict-transport-security")).toMatch(/^max-age=\d+$/);
    expect(secure.get("content-security-policy")).toContain("wss://board.example.org");
    const plain = await headersAt("http://board.lan:8080");
    expect(plain.get("strict-transport-security")).toBeNull();
    expect(plain.get("content-security-policy")).not.toContain("upgrade-insecure-requests");
  });

  it("are on errors too", async () => {
    const { get } = await startTestServer();
    for (const path of ["/api/nothing", "/nothing", "/"]) {
      const response = await get(path);
      expect(policyOf(response).get("default-src")).toBe("'self'");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});
