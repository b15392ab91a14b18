import { describe, expect, it } from "vitest";
import { TestApiServer } from "./test-api-server.ts";
import { VersionApi } from "./version-api.ts";

const boardId = "1".repeat(22);
const api = new VersionApi(boardId, () => "token");

const server = TestApiServer.forFile();

describe("a version's document", () => {
  it("is read as the bytes that were sent, by whoever opens the board", async () => {
    let asked = "";
    server.answer = (request, response) => {
      asked = `${request.method} ${request.url} ${request.headers.authorization}`;
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.end(Buffer.from([0, 255, 10, 13]));
    };
    await expect(api.read("7")).resolves.toEqual(new Uint8Array([0, 255, 10, 13]));
    expect(asked).toBe(`GET /api/boards/${boardId}/versions/7/document Bearer token`);
  });

  it("is not what a login wall sends in its place", async () => {
    server.reply(200, "<html>Sign in</html>", "text/html");
    await expect(api.read("7")).rejects.toMatchObject({ code: "BAD_ANSWER", status: 200 });
  });

  it("is missed with the server's own code", async () => {
    server.reply(404, '{"error":{"code":"VERSION_NOT_FOUND","message":"gone"}}');
    await expect(api.read("7")).rejects.toMatchObject({ code: "VERSION_NOT_FOUND", status: 404 });
  });

  it("is missed when the answer breaks off", async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, {
        "content-type": "application/octet-stream",
        "content-length": "100",
      });
      response.write(Buffer.from([1, 2, 3]), () => response.destroy());
    };
    await expect(api.read("7")).rejects.toMatchObject({ code: "OFFLINE", status: 0 });
  });
});
