import { limits, viewTokenOf } from "@boardwalk/board-model";
import type { CreatedBoard } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import { newBoardId, newToken } from "../boards/secret.ts";
import { bearer, errorOf, startTestServer } from "../test-server.ts";
import { rateLimits } from "./rate-limits.ts";

describe("POST /api/boards", () => {
  it("makes a board and answers with its keys and addresses", async () => {
    const { url, send } = await startTestServer();
    const response = await send("POST", "/api/boards", { name: "  Plan  " });
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const board = (await response.json()) as Record<string, string>;
    const { id, editToken, viewToken } = board;
    expect(id).toMatch(/^[\w-]{22}$/);
    for (const key of ["ownerKey", "editToken", "viewToken"]) {
      expect(board[key]).toMatch(/^[\w-]{43}$/);
    }
    expect(viewToken).toBe(viewTokenOf(editToken ?? ""));
    expect(board).toMatchObject({
      name: "Plan",
      editUrl: `${url}/b/${id}#${editToken}`,
      viewUrl: `${url}/b/${id}#${viewToken}`,
    });
  });

  it("needs neither a name nor a body", async () => {
    const { url, send } = await startTestServer();
    for (const response of [
      await send("POST", "/api/boards", {}),
      await fetch(`${url}/api/boards`, { method: "POST" }),
    ]) {
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ name: "Untitled board" });
    }
  });

  it("gives addresses under PUBLIC_URL", async () => {
    const server = await startTestServer({ PUBLIC_URL: "https://board.example.org" });
    const board = await server.createBoard();
    expect(board.editUrl.startsWith(`https://board.example.org/b/${board.id}#`)).toBe(true);
  });

  it("believes the proxies it is told of, and no others, about the address it was asked by", async () => {
    const forwarded = { "x-forwarded-host": "board.example.org", "x-forwarded-proto": "https" };
    const ask = async (env: Record<string, string>) => {
      const { url } = await startTestServer(env);
      const response = await fetch(`${url}/api/boards`, { method: "POST", headers: forwarded });
      const { editUrl } = (await response.json()) as { editUrl: string };
      return { url, origin: new URL(editUrl).origin };
    };
    const direct = await ask({});
    expect(direct.origin).toBe(direct.url);
    expect((await ask({ TRUSTED_PROXY_HOPS: "1" })).origin).toBe("https://board.example.org");
  });

  it.each([
    [{ name: "" }, "name"],
    [{ name: "a".repeat(limits.boardNameLength + 1) }, "name"],
    [{ name: 7 }, "name"],
    [{ title: "Plan" }, "title"],
    [["Plan"], "body"],
    ["Plan", "body"],
  ])("says what is wrong with %j", async (body, field) => {
    const { send } = await startTestServer();
    const response = await send("POST", "/api/boards", body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("BAD_REQUEST");
    expect(error.message).toContain(field);
  });

  it("refuses a body that is not JSON, one of another type, and one that is too large", async () => {
    const { url } = await startTestServer();
    const post = (body: string, type = "application/json") =>
      fetch(`${url}/api/boards`, { method: "POST", body, headers: { "content-type": type } });
    expect(await errorOf(await post("{"))).toEqual([400, "BAD_REQUEST"]);
    expect(await errorOf(await post(""))).toEqual([400, "BAD_REQUEST"]);
    expect(await errorOf(await post("name=Plan", "application/x-www-form-urlencoded"))).toEqual([
      415,
      "BAD_REQUEST",
    ]);
    const large = JSON.stringify({ name: "a".repeat(20_000) });
    expect(await errorOf(await post(large))).toEqual([413, "BODY_TOO_LARGE"]);
    expect(await errorOf(await post('{"__proto__":{"name":"x"}}'))).toEqual([400, "BAD_REQUEST"]);
  });
});

describe("POST /api/boards on a server with a key for it", () => {
  const key = "a-key-for-our-school";
  const env = { BOARD_CREATION: "key", BOARD_CREATION_KEY: key, TRUSTED_PROXY_HOPS: "1" };

  it("makes boards for whoever shows the key, and for nobody else", async () => {
    const { send } = await startTestServer(env);
    const made = await send("POST", "/api/boards", { name: "Plan" }, key);
    expect(made.status).toBe(201);
    const { id, ownerKey } = (await made.json()) as CreatedBoard;
    expect(await errorOf(await send("POST", "/api/boards", {}))).toEqual([
      401,
      "CREATION_KEY_MISSING",
    ]);
    for (const other of [`${key}2`, key.slice(1), ownerKey, key.toUpperCase()]) {
      const refused = await send("POST", "/api/boards", {}, other);
      expect(await errorOf(refused)).toEqual([401, "CREATION_KEY_INVALID"]);
    }
    // And the key opens no board.
    expect(await errorOf(await send("PATCH", `/api/boards/${id}`, { name: "x" }, key))).toEqual([
      401,
      "TOKEN_INVALID",
    ]);
  });

  it("lets one address try only so many keys", async () => {
    const { url } = await startTestServer(env);
    const ask = (address: string, shown: string) =>
      fetch(`${url}/api/boards`, {
        method: "POST",
        headers: { ...bearer(shown), "x-forwarded-for": address },
      });
    const { max } = rateLimits.wrongKeys;
    const guess = async () => (await ask("192.0.2.1", newToken())).status;
    const guesses = await Promise.all(Array.from({ length: max }, guess));
    expect(new Set(guesses)).toEqual(new Set([401]));
    expect(await errorOf(await ask("192.0.2.1", key))).toEqual([429, "TOO_MANY_REQUESTS"]);
    expect((await ask("192.0.2.2", key)).status).toBe(201);
  });
});

describe("GET /api/boards/:id", () => {
  it("tells the name and what the token allows", async () => {
    const { get, createBoard } = await startTestServer();
    const board = await createBoard("Plan");
    const roles = { owner: board.ownerKey, edit: board.editToken, view: board.viewToken };
    for (const [role, token] of Object.entries(roles)) {
      const response = await get(`/api/boards/${board.id}`, bearer(token));
      expect(response.status).toBe(200);
      const told = (await response.json()) as { createdAt: string };
      expect(told).toMatchObject({ id: board.id, name: "Plan", role });
      expect(Number.isNaN(Date.parse(told.createdAt))).toBe(false);
    }
  });

  it("says when a token is missing or wrong, and when there is no such board", async () => {
    const { get, createBoard } = await startTestServer();
    const { id, editToken } = await createBoard();
    const ask = async (board: string, headers: Record<string, string>) =>
      errorOf(await get(`/api/boards/${board}`, headers));
    expect(await ask(id, {})).toEqual([401, "TOKEN_MISSING"]);
    expect(await ask(id, bearer(newToken()))).toEqual([401, "TOKEN_INVALID"]);
    expect(await ask(id, { authorization: `Basic ${editToken}` })).toEqual([401, "TOKEN_INVALID"]);
    expect(await ask(id, { authorization: "Bearer" })).toEqual([401, "TOKEN_INVALID"]);
    expect(await ask(newBoardId(), bearer(editToken))).toEqual([404, "BOARD_NOT_FOUND"]);
    expect(await ask("constructor", bearer(editToken))).toEqual([404, "BOARD_NOT_FOUND"]);
    const refused = await get(`/api/boards/${id}`);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("takes no token from the address", async () => {
    const { get, createBoard } = await startTestServer();
    const { id, editToken } = await createBoard();
    const response = await get(`/api/boards/${id}?token=${editToken}`);
    expect(await errorOf(response)).toEqual([401, "TOKEN_MISSING"]);
  });

  it("tells an address that has tried too many so, and lets right ones from there through", async () => {
    const { get, createBoard } = await startTestServer({ TRUSTED_PROXY_HOPS: "1" });
    const { id, editToken } = await createBoard();
    const from = (address: string, token: string) =>
      get(`/api/boards/${id}`, { ...bearer(token), "x-forwarded-for": address });
    const { max } = rateLimits.failedAuthorisations;
    const guess = async () => (await from("192.0.2.1", newToken())).status;
    const guesses = await Promise.all(Array.from({ length: max }, guess));
    expect(guesses).toEqual(Array.from({ length: max }, () => 401));
    const refused = await from("192.0.2.1", newToken());
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await errorOf(refused)).toEqual([429, "TOO_MANY_REQUESTS"]);
    expect((await from("192.0.2.1", editToken)).status).toBe(200);
    expect((await from("192.0.2.2", newToken())).status).toBe(401);
  });
});

describe("PATCH /api/boards/:id", () => {
  it("renames for whoever may edit", async () => {
    const { get, send, createBoard } = await startTestServer();
    const board = await createBoard("Plan");
    const path = `/api/boards/${board.id}`;
    for (const token of [board.editToken, board.ownerKey]) {
      const name = `Plan of ${token}`;
      const response = await send("PATCH", path, { name }, token);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ name });
      const read = await get(path, bearer(board.viewToken));
      expect(await read.json()).toMatchObject({ name });
    }
  });

  it("keeps the name for a viewer, a stranger, and a bad name", async () => {
    const { get, send, createBoard } = await startTestServer();
    const board = await createBoard("Plan");
    const path = `/api/boards/${board.id}`;
    const rename = async (name: unknown, token?: string) =>
      errorOf(await send("PATCH", path, { name }, token));
    expect(await rename("Mine", board.viewToken)).toEqual([403, "NOT_ALLOWED"]);
    expect(await rename("Mine", newToken())).toEqual([401, "TOKEN_INVALID"]);
    expect(await rename("Mine")).toEqual([401, "TOKEN_MISSING"]);
    expect(await rename(" ", board.editToken)).toEqual([400, "BAD_REQUEST"]);
    expect(await rename(undefined, board.editToken)).toEqual([400, "BAD_REQUEST"]);
    const read = await get(path, bearer(board.viewToken));
    expect(await read.json()).toMatchObject({ name: "Plan" });
  });
});
