import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBoard, getConfig } from "./board-api.ts";

const created = {
  id: "1".repeat(22),
  name: "Untitled board",
  ownerKey: "o".repeat(43),
  editToken: "e".repeat(43),
  viewToken: "v".repeat(43),
  editUrl: "http://board/b/1#e",
  viewUrl: "http://board/b/1#v",
};

let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // Pages fetch by path; Node wants a whole address.
  const { fetch: nodeFetch } = globalThis;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
    nodeFetch(`http://127.0.0.1:${port}${path}`, init),
  );
});

afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function reply(status: number, body: string, type = "application/json"): void {
  answer = (_request, response) => {
    response.writeHead(status, { "content-type": type }).end(body);
  };
}

describe("the API client", () => {
  it("makes a board, by a key where there is one", async () => {
    const sent: (string | undefined)[] = [];
    answer = (request, response) => {
      const { method, url, headers } = request;
      sent.push(`${method} ${url} ${headers["content-type"]}`, headers.authorization);
      response.writeHead(201).end(JSON.stringify(created));
    };
    await expect(createBoard(null)).resolves.toEqual(created);
    await expect(createBoard("a-key")).resolves.toEqual(created);
    const request = "POST /api/boards application/json";
    expect(sent).toEqual([request, undefined, request, "Bearer a-key"]);
  });

  it("reads the operator's settings, with and without a key", async () => {
    for (const settings of [
      { tldrawLicenseKey: "k", boardCreation: "key", auth: "links" },
      { tldrawLicenseKey: null, boardCreation: "open", auth: "jwt" },
    ]) {
      reply(200, JSON.stringify(settings));
      await expect(getConfig()).resolves.toEqual(settings);
    }
  });

  it("passes on the code of a refusal", async () => {
    reply(429, '{"error":{"code":"TOO_MANY_REQUESTS","message":"wait"}}');
    await expect(createBoard(null)).rejects.toMatchObject({
      name: "ApiError",
      code: "TOO_MANY_REQUESTS",
      status: 429,
      message: "wait",
    });
  });

  it("takes a code it does not know for an internal one", async () => {
    reply(418, '{"error":{"code":"TEAPOT","message":"short and stout"}}');
    await expect(createBoard(null)).rejects.toMatchObject({ code: "INTERNAL", status: 418 });
  });

  it.each([
    ["a proxy's page", 502, "<html>Bad gateway</html>"],
    ["a login wall", 200, "<html>Sign in</html>"],
    ["an error of another shape", 500, '{"message":"no"}'],
    ["a board without tokens", 201, '{"id":"x"}'],
    ["nothing", 204, ""],
  ])("does not mistake %s for an answer", async (_what, status, body) => {
    reply(status, body);
    await expect(createBoard(null)).rejects.toMatchObject({ code: "BAD_ANSWER", status });
  });

  it("says that it is offline when nobody answers, and when the answer breaks off", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{");
      setImmediate(() => response.destroy());
    };
    await expect(createBoard(null)).rejects.toMatchObject({ code: "OFFLINE", status: 0 });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(createBoard(null)).rejects.toMatchObject({ code: "OFFLINE", status: 0 });
  });
});
