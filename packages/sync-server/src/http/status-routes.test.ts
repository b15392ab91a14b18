import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { bearer, errorOf, startTestServer } from "../test-server.ts";

describe("status", () => {
  it("says that the process is up and the store answers", async () => {
    const { get } = await startTestServer();
    expect(await (await get("/health")).json()).toEqual({ status: "ok" });
    expect(await (await get("/ready")).json()).toEqual({ status: "ready" });
  });

  it("gives the page its settings", async () => {
    const unset = await startTestServer();
    expect(await (await unset.get("/api/config")).json()).toEqual({
      tldrawLicenseKey: null,
      boardCreation: "open",
      auth: "links",
      trashDays: 30,
      hosts: [new URL(unset.url).host],
    });
    const set = await startTestServer({
      TLDRAW_LICENSE_KEY: "tldraw-key",
      BOARD_CREATION: "key",
      BOARD_CREATION_KEY: "a-key-for-our-school",
      AUTH: "jwt",
      JWT_SECRET: "s".repeat(32),
      TRASH_DAYS: "7",
      PUBLIC_URL: "https://board.example.org",
    });
    expect(await (await set.get("/api/config")).json()).toEqual({
      tldrawLicenseKey: "tldraw-key",
      boardCreation: "key",
      auth: "jwt",
      trashDays: 7,
      hosts: ["board.example.org", new URL(set.url).host],
    });
  });
});

describe("/metrics", () => {
  it("counts requests by route, not by address, and shows the store", async () => {
    const { get, createBoard } = await startTestServer();
    const { id, editToken } = await createBoard();
    await get(`/api/boards/${id}`, bearer(editToken));
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain");
    const metrics = await response.text();
    expect(metrics).toContain(
      'boardwalk_http_request_seconds_count{method="GET",route="/api/boards/:boardId",status="200"} 1',
    );
    expect(metrics).toMatch(/^boardwalk_store_commits_total [1-9]/m);
    expect(metrics).toMatch(/^boardwalk_store_queued_operations 0$/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes /m);
    expect(metrics).not.toContain(id);
  });

  it("shows a counter once however often it is read", async () => {
    const { get, createBoard } = await startTestServer();
    await createBoard();
    const read = async () =>
      /^boardwalk_store_commits_total (\d+)/m.exec(await (await get("/metrics")).text())?.[1];
    expect(await read()).toBe(await read());
  });

  it("wants METRICS_TOKEN when it is set", async () => {
    const { get } = await startTestServer({ METRICS_TOKEN: "s3cret" });
    expect(await errorOf(await get("/metrics"))).toEqual([401, "TOKEN_MISSING"]);
    expect(await errorOf(await get("/metrics", bearer("guess")))).toEqual([401, "TOKEN_INVALID"]);
    expect((await get("/metrics", bearer("s3cret"))).status).toBe(200);
  });
});

describe("/api/openapi.json", () => {
  it("describes every route of the API", async () => {
    const { get } = await startTestServer();
    const description = (await (await get("/api/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { requestBody?: object; security?: object[] }>>;
    };
    expect(description.openapi).toBe("3.1.0");
    const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.toSorted()).toEqual([
      "delete /api/boards/{boardId}",
      "delete /api/boards/{boardId}/links/{linkId}",
      "delete /api/boards/{boardId}/people/{connectionId}",
      "delete /api/boards/{boardId}/versions/{versionId}",
      "get /api/boards/{boardId}",
      "get /api/boards/{boardId}/archive",
      "get /api/boards/{boardId}/assets/{sha256}",
      "get /api/boards/{boardId}/links",
      "get /api/boards/{boardId}/people",
      "get /api/boards/{boardId}/versions",
      "get /api/boards/{boardId}/versions/{versionId}/document",
      "get /api/config",
      "get /api/connections/current",
      "get /health",
      "get /ready",
      "patch /api/boards/{boardId}",
      "patch /api/boards/{boardId}/links/{linkId}",
      "patch /api/boards/{boardId}/versions/{versionId}",
      "post /api/boards",
      "post /api/boards/import",
      "post /api/boards/{boardId}/assets",
      "post /api/boards/{boardId}/links",
      "post /api/boards/{boardId}/sessions",
      "post /api/boards/{boardId}/undelete",
      "post /api/boards/{boardId}/versions",
      "post /api/boards/{boardId}/versions/{versionId}/restore",
      "post /api/connections",
      "post /api/connections/current",
    ]);
    const upload = description.paths["/api/boards/{boardId}/assets"]?.["post"];
    expect(upload?.security).toEqual([{ bearer: [] }]);
    expect(JSON.stringify(upload?.requestBody)).toContain('"image/png":{"schema":{"type":"string"');
    const create = description.paths["/api/boards"]?.["post"];
    expect(JSON.stringify(create?.requestBody)).toContain('"name"');
    expect(JSON.stringify(create)).toContain('"ownerKey"');
  });
});

describe("errors", () => {
  it("tell a wrong method from a wrong address", async () => {
    const { send } = await startTestServer();
    const wrongMethod = await send("DELETE", "/api/boards", {});
    expect(wrongMethod.headers.get("allow")).toBe("POST");
    expect(await errorOf(wrongMethod)).toEqual([405, "METHOD_NOT_ALLOWED"]);
    expect(await errorOf(await send("PUT", "/api/boards/x", {}))).toEqual([
      405,
      "METHOD_NOT_ALLOWED",
    ]);
    expect(await errorOf(await send("POST", "/api/nothing", {}))).toEqual([404, "NOT_FOUND"]);
    expect(await errorOf(await send("GET", "/api/boards/x", undefined))).toEqual([
      404,
      "BOARD_NOT_FOUND",
    ]);
  });

  it("answer an address that cannot be decoded", async () => {
    const { get } = await startTestServer();
    expect(await errorOf(await get("/api/%E0%A4%A"))).toEqual([400, "BAD_REQUEST"]);
  });

  it("answer bytes that are not HTTP, and go on", async () => {
    const { url, get } = await startTestServer();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("hello\r\n\r\n");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"BAD_REQUEST"');
    expect((await get("/health")).status).toBe(200);
  });
});
