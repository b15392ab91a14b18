import { closeCode, type CreatedBoard } from "@boardwalk/board-model";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BoardHistory } from "./board-history.ts";
import { BoardOwner } from "./board-owner.ts";
import { RawClient } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import { hocuspocusSynced, openHocuspocus } from "./stock-clients.ts";

const secret = randomBytes(32).toString("hex");
let dataDir = "";
let server: ServerProcess;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await ServerProcess.start({ dataDir, env: { AUTH: "jwt", JWT_SECRET: secret } });
});

afterAll(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

type Claims = { role?: string; name?: string; sub?: string; seconds?: number };

const nowSeconds = () => Math.floor(Date.now() / 1000);

async function tokenFor(board: { id: string }, claims: Claims = {}): Promise<string> {
  const { role = "edit", name = "Ada", sub, seconds = 600 } = claims;
  const exp = nowSeconds() + seconds;
  const who = sub === undefined ? {} : { sub };
  return new SignJWT({ board: board.id, role, name, iat: nowSeconds(), exp, ...who })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}

async function join(board: CreatedBoard, claims?: Claims): Promise<RawClient> {
  const link = { boardId: board.id, token: await tokenFor(board, claims) };
  return RawClient.join(server.url, link);
}

async function denialOf(board: CreatedBoard, token: string): Promise<string> {
  const client = await RawClient.connect(server.url, board.id);
  onTestFinished(() => client.terminate());
  client.authenticate(token);
  await client.until(() => client.heard.length > 0);
  const [message] = client.heard;
  if (message?.type !== "auth" || message.auth.kind !== "denied") throw new Error("Let in");
  return message.auth.reason;
}

async function ask(board: CreatedBoard, token: string, init: RequestInit = {}) {
  const response = await fetch(`${server.url}/api/boards/${board.id}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
  const body = (await response.json()) as {
    role?: string;
    error?: { code: string; message: string };
  };
  return { status: response.status, role: body.role, error: body.error };
}

function set(key: string) {
  return (document: RawClient["document"]) => document.getMap("records").set(key, 1);
}

function rightsTold(client: RawClient): boolean[] {
  return client.heard.flatMap((message) =>
    message.type === "auth" && message.auth.kind === "authenticated" ? [message.auth.readOnly] : [],
  );
}

describe("a signed token", () => {
  it("opens its board over both protocols and REST, with the right it carries", async () => {
    const board = await server.createBoard("Plan");
    const editor = await join(board);
    editor.change(set("a"));
    expect(await editor.answered(1)).toBe(true);
    const viewer = await join(board, { role: "view", name: "Bo" });
    viewer.change(set("b"));
    expect(await viewer.answered(1)).toBe(false);
    expect(editor.document.getMap("records").has("b")).toBe(false);

    const link = { boardId: board.id, token: await tokenFor(board) };
    const plain = await RawClient.joinPlain(server.url, link);
    onTestFinished(() => plain.terminate());
    plain.change(set("c"));
    await editor.until(() => editor.document.getMap("records").has("c"));

    for (const role of ["owner", "edit", "view"]) {
      expect(await ask(board, await tokenFor(board, { role }))).toMatchObject({
        status: 200,
        role,
      });
    }
    const rename = (role: string) => async () =>
      ask(board, await tokenFor(board, { role }), { method: "PATCH", body: '{"name":"New"}' });
    expect(await rename("edit")()).toMatchObject({ status: 200 });
    expect(await rename("view")()).toMatchObject({ status: 403, error: { code: "NOT_ALLOWED" } });
  });

  it("is all that opens a board: no link does, and the owner's key over REST only", async () => {
    const board = await server.createBoard();
    for (const token of [board.editToken, board.viewToken, board.ownerKey]) {
      expect(await denialOf(board, token)).toBe("TOKEN_INVALID");
    }
    expect(await ask(board, board.editToken)).toMatchObject({ status: 401 });
    expect(await ask(board, board.ownerKey)).toMatchObject({ status: 200, role: "owner" });
    const owner = new BoardOwner(server.url, board);
    const made = await owner.ask("POST", "/links", { role: "edit" });
    expect([made.status, await made.json()]).toMatchObject([
      409,
      { error: { code: "LINKS_NOT_USED" } },
    ]);
  });

  it("is refused with what is wrong with it", async () => {
    const [board, other] = [await server.createBoard(), await server.createBoard()];
    const forOther = await tokenFor(other, { role: "owner" });
    expect(await denialOf(board, forOther)).toBe("TOKEN_INVALID");
    const told = await ask(board, forOther);
    expect(told).toMatchObject({ status: 401, error: { code: "TOKEN_INVALID" } });
    expect(told.error?.message).toContain("It is for another board.");
    const late = await tokenFor(board, { seconds: -60 });
    expect(await denialOf(board, late)).toBe("TOKEN_EXPIRED");
    expect(await ask(board, late)).toMatchObject({ status: 401, error: { code: "TOKEN_EXPIRED" } });
    const unnamed = await ask(board, await tokenFor(board, { name: "" }));
    expect(unnamed.error?.message).toContain("“name”");
    const closing = await RawClient.connectPlain(server.url, { boardId: board.id, token: late });
    expect(await closing.closed).toEqual({ code: closeCode.denied, reason: "TOKEN_EXPIRED" });
  });

  it("is not followed by one of someone else, of another board, or one that is not valid", async () => {
    const [board, other] = [await server.createBoard(), await server.createBoard()];
    const viewer = await join(board, { role: "view", sub: "bo" });
    const refused = () =>
      viewer.notices.flatMap((n) => (n.kind === "tokenRefused" ? [n.code] : []));
    const attempts = [
      [await tokenFor(board, { role: "edit", sub: "ada" }), "TOKEN_INVALID"],
      [await tokenFor(other, { role: "edit", sub: "bo" }), "TOKEN_INVALID"],
      [await tokenFor(board, { role: "edit", sub: "bo", seconds: -60 }), "TOKEN_EXPIRED"],
      [board.editToken, "TOKEN_INVALID"],
      [board.ownerKey, "TOKEN_INVALID"],
      ["", "TOKEN_MISSING"],
    ] as const;
    for (const [index, [token, code]] of attempts.entries()) {
      viewer.authenticate(token);
      await viewer.until(() => refused().length > index);
      expect(refused().at(-1)).toBe(code);
    }
    viewer.change(set("forged"));
    expect(await viewer.answered(1)).toBe(false);
    expect(rightsTold(viewer)).toEqual([true]);
  });

  it("may be tried over one socket only so often", async () => {
    const board = await server.createBoard();
    const client = await join(board);
    // One at a time: what comes while one is looked at is left out.
    for (let tries = 0; client.isOpen && tries < 100; tries++) {
      client.authenticate("wrong");
      await client
        .until(() => client.notices.filter(({ kind }) => kind === "tokenRefused").length > tries)
        .catch(() => undefined);
    }
    expect(await client.closed).toMatchObject({ code: closeCode.tooManyAttempts });
  });

  it("says the name that others see, whatever its bearer says", async () => {
    const board = await server.createBoard();
    const watcher = await join(board, { name: "Bo" });
    const liar = await join(board, { name: "Ada" });
    expect(liar.notices[0]).toMatchObject({ kind: "role", name: "Ada" });
    const { clientID } = liar.document;
    liar.present({
      id: "x",
      name: "The boss",
      color: "#123456",
      user: { name: "The boss", color: "red" },
    });
    await watcher.until(() => watcher.presenceOf(clientID) !== undefined);
    expect(watcher.presenceOf(clientID)).toEqual({
      id: "x",
      name: "Ada",
      color: "#123456",
      user: { name: "Ada", color: "red" },
    });
    const people = await new BoardOwner(server.url, board).people();
    expect(new Set(people.map(({ name }) => name))).toEqual(new Set(["Ada", "Bo"]));
  });

  it("opens the board no more once its bearer was removed, until a later one is signed", async () => {
    const board = await server.createBoard();
    const old = await tokenFor(board, { sub: "ada" });
    const [first, second] = [await join(board, { sub: "ada" }), await join(board, { sub: "ada" })];
    const other = await join(board, { sub: "bo", name: "Bo" });
    const owner = new BoardOwner(server.url, board);
    const ada = (await owner.people()).find(({ name }) => name === "Ada");
    expect(await owner.remove(ada?.connectionId ?? "")).toEqual({ removed: 2, links: [] });
    for (const client of [first, second]) {
      expect(await client.closed).toEqual({ code: closeCode.denied, reason: "REMOVED" });
    }
    expect(await denialOf(board, old)).toBe("REMOVED");
    expect(await ask(board, old)).toMatchObject({ status: 401, error: { code: "REMOVED" } });
    other.change(set("a"));
    expect(await other.answered(1)).toBe(true);
    const removedAt = nowSeconds();
    await expect.poll(nowSeconds).toBeGreaterThan(removedAt);
    await join(board, { sub: "ada" });
  });
});

// Side by side, as each waits for an end that is seconds away: it has to be in before.
describe.concurrent("a signed token that ends", () => {
  it("closes the socket", async () => {
    const board = await server.createBoard();
    const staying = await join(board, { name: "Bo" });
    const client = await join(board, { seconds: -1 });
    const plainLink = { boardId: board.id, token: await tokenFor(board, { seconds: -1 }) };
    const plain = await RawClient.joinPlain(server.url, plainLink);
    const ended = { code: closeCode.denied, reason: "TOKEN_EXPIRED" };
    expect(await client.closed).toEqual(ended);
    expect(client.heard).toContainEqual({
      type: "auth",
      auth: { kind: "denied", reason: "TOKEN_EXPIRED" },
    });
    expect(await plain.closed).toEqual(ended);
    staying.change(set("a"));
    expect(await staying.answered(1)).toBe(true);
  });

  it("is followed by a fresh one over the same socket, with its right and its end", async () => {
    const board = await server.createBoard();
    const client = await join(board, { seconds: -1, sub: "ada" });
    client.authenticate(await tokenFor(board, { seconds: 600, sub: "ada" }));
    await client.until(() => rightsTold(client).length === 2);
    // Another with the first one's end shows that the time has passed.
    const witness = await join(board, { seconds: -1, sub: "witness" });
    await witness.closed;
    client.change(set("a"));
    expect(await client.answered(1)).toBe(true);

    client.authenticate(await tokenFor(board, { role: "view", sub: "ada" }));
    await client.until(() => rightsTold(client).length === 3);
    expect(rightsTold(client)).toEqual([false, false, true]);
    client.change(set("b"));
    expect(await client.answered(2)).toBe(false);
    client.authenticate(await tokenFor(board, { seconds: -1, sub: "ada" }));
    expect(await client.closed).toEqual({ code: closeCode.denied, reason: "TOKEN_EXPIRED" });
  });

  it("is followed by a fresh one of a stock client", async (context) => {
    const board = await server.createBoard();
    const link = { boardId: board.id, token: await tokenFor(board, { seconds: -1 }) };
    const provider = openHocuspocus(server.url, link);
    context.onTestFinished(() => provider.destroy());
    await hocuspocusSynced(provider);
    provider.configuration.token = await tokenFor(board);
    await provider.sendToken();
    const witness = await join(board, { seconds: -1, sub: "witness" });
    await witness.closed;
    set("a")(provider.document);
    await hocuspocusSynced(provider);
    expect(provider.isAuthenticated).toBe(true);
  });
});

describe("an owner's signed token", () => {
  it("deletes its board and takes it back, as does the owner's key, and no other token", async () => {
    const board = await server.createBoard("Plans");
    const other = await server.createBoard();
    const owner = new BoardHistory(server.url, board, await tokenFor(board, { role: "owner" }));
    const strangers = [
      await tokenFor(board, { role: "edit" }),
      await tokenFor(other, { role: "owner" }),
      await tokenFor(board, { role: "owner", seconds: -60 }),
      other.ownerKey,
    ].map((token) => new BoardHistory(server.url, board, token));
    for (const key of [board.ownerKey, await tokenFor(board, { role: "owner", sub: "bo" })]) {
      const deleted = await owner.deleteBoard();
      // Asked again, as when the answer was lost.
      expect(await owner.deleteBoard()).toEqual(deleted);
      for (const stranger of strangers) {
        const response = await stranger.ask("POST", "/undelete");
        expect(await response.json()).toMatchObject({ error: { code: "BOARD_DELETED" } });
      }
      const back = await new BoardHistory(server.url, board, key).ask("POST", "/undelete");
      expect(back.status).toBe(200);
      expect(await back.json()).toMatchObject({ id: board.id, name: "Plans", role: "owner" });
      await join(board);
    }
  });
});

describe("keys at an address", () => {
  it("open boards, also after they were changed, and keep who is in while it is down", async () => {
    const signerOf = async (kid: string) => {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid } };
    };
    const [old, fresh] = [await signerOf("old"), await signerOf("fresh")];
    let keys: object[] | null = null;
    const keyServer = createServer((_request, response) => {
      response.writeHead(keys === null ? 503 : 200).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void keyServer.close());
    const { port } = keyServer.address() as AddressInfo;
    const folder = await temporaryFolder();
    const env = { AUTH: "jwt", JWT_JWKS_URL: `http://127.0.0.1:${port}/keys` };
    const start = () => ServerProcess.start({ dataDir: folder, env });
    let own = await start();
    onTestFinished(async () => {
      await own.kill();
      await removeFolder(folder);
    });
    const board = await own.createBoard();
    const sign = ({ kid, privateKey }: typeof old) =>
      new SignJWT({ board: board.id, role: "edit", name: "Ada", exp: nowSeconds() + 600 })
        .setProtectedHeader({ alg: "EdDSA", kid })
        .sign(privateKey);

    // Nothing is said of a token that could not be checked: come back later.
    const turnedAway = await RawClient.connect(own.url, board.id);
    turnedAway.authenticate(await sign(old));
    expect(await turnedAway.closed).toEqual({
      code: closeCode.tryAgainLater,
      reason: "KEYS_UNAVAILABLE",
    });
    const unchecked = await fetch(`${own.url}/api/boards/${board.id}`, {
      headers: { authorization: `Bearer ${await sign(old)}` },
    });
    expect([unchecked.status, await unchecked.json()]).toMatchObject([
      503,
      { error: { code: "KEYS_UNAVAILABLE" } },
    ]);
    await own.stop();

    keys = [old.jwk];
    own = await start();
    const joined = await RawClient.join(own.url, { boardId: board.id, token: await sign(old) });
    const unknown = await RawClient.connect(own.url, board.id);
    unknown.authenticate(await sign(fresh));
    await unknown.until(() => unknown.heard.length > 0);
    expect(unknown.heard[0]).toMatchObject({ auth: { kind: "denied", reason: "TOKEN_INVALID" } });
    keys = null;
    joined.change(set("a"));
    expect(await joined.answered(1)).toBe(true);
    await RawClient.join(own.url, { boardId: board.id, token: await sign(old) });
  });
});
