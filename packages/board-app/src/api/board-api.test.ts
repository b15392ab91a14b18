import { describe, expect, it } from "vitest";
import { createBoard, getConfig } from "./board-api.ts";
import { TestApiServer } from "./test-api-server.ts";

const created = {
  id: "1".repeat(22),
  name: "Untitled board",
  ownerKey: "o".repeat(43),
  editToken: "e".repeat(43),
  viewToken: "v".repeat(43),
  editUrl: "http://board/b/1#e",
  viewUrl: "http://board/b/1#v",
};

const server = TestApiServer.forFile();

describe("the API client", () => {
  it("makes a board, by a key where there is one", async () => {
    const sent: (string | undefined)[] = [];
    server.answer = (request, response) => {
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
      { tldrawLicenseKey: "k", boardCreation: "key", auth: "links", trashDays: 30, hosts: ["h"] },
      { tldrawLicenseKey: null, boardCreation: "open", auth: "jwt", trashDays: 0, hosts: [] },
    ]) {
      server.reply(200, JSON.stringify(settings));
      await expect(getConfig()).resolves.toEqual(settings);
    }
  });

  it("passes on the code of a refusal", async () => {
    server.reply(429, '{"error":{"code":"TOO_MANY_REQUESTS","message":"wait"}}');
    await expect(createBoard(null)).rejects.toMatchObject({
      name: "ApiError",
      code: "TOO_MANY_REQUESTS",
      status: 429,
      message: "wait",
    });
  });

  it("takes a code it does not know for an internal one", async () => {
    server.reply(418, '{"error":{"code":"TEAPOT","message":"short and stout"}}');
    await expect(createBoard(null)).rejects.toMatchObject({ code: "INTERNAL", status: 418 });
  });

  it.each([
    ["a proxy's page", 502, "<html>Bad gateway</html>"],
    ["a login wall", 200, "<html>Sign in</html>"],
    ["an error of another shape", 500, '{"message":"no"}'],
    ["a board without tokens", 201, '{"id":"x"}'],
    ["nothing", 204, ""],
  ])("does not mistake %s for an answer", async (_what, status, body) => {
    server.reply(status, body);
    await expect(createBoard(null)).rejects.toMatchObject({ code: "BAD_ANSWER", status });
  });

  it("says that it is offline when nobody answers, and when the answer breaks off", async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{");
      setImmediate(() => response.destroy());
    };
    await expect(createBoard(null)).rejects.toMatchObject({ code: "OFFLINE", status: 0 });
    await server.stop();
    await expect(createBoard(null)).rejects.toMatchObject({ code: "OFFLINE", status: 0 });
  });
});
