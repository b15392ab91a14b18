import { generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { newBoardId } from "./secret.ts";
import { clockToleranceSeconds, SignedTokens } from "./signed-tokens.ts";
import { KeysUnavailableError, type SigningKeySource } from "./signing-keys.ts";

const boardId = newBoardId();
const secret = randomBytes(32).toString("hex");
const nowSeconds = Math.floor(Date.UTC(2026, 0, 1) / 1000);
const claims = { board: boardId, role: "edit", name: "Ada", exp: nowSeconds + 60 };

type Key = KeyObject | Uint8Array;

async function sign(
  payload: Record<string, unknown> = claims,
  options: { alg?: string; key?: Key; kid?: string } = {},
): Promise<string> {
  const { alg = "HS256", key = new TextEncoder().encode(secret), kid } = options;
  return new SignJWT(payload)
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key);
}

function tokensOf(
  keys: SigningKeySource = { kind: "secret", secret },
  expected: { issuer?: string; audience?: string } = {},
) {
  vi.useFakeTimers({ toFake: ["Date"], now: nowSeconds * 1000 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { issuer = null, audience = null } = expected;
  const tokens = new SignedTokens({ keys, issuer, audience }, Date.now);
  return {
    read: (token: string) => tokens.read(boardId, token),
    pass: (seconds: number) => {
      vi.setSystemTime(Date.now() + seconds * 1000);
    },
  };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

const invalid = expect.objectContaining({ code: "TOKEN_INVALID" }) as Error;
const expired = expect.objectContaining({ code: "TOKEN_EXPIRED" }) as Error;

describe("a signed token", () => {
  it("says who may do what on which board, and until when", async () => {
    const { read } = tokensOf();
    expect(await read(await sign({ ...claims, iat: nowSeconds, sub: "user-7" }))).toEqual({
      boardId,
      role: "edit",
      name: "Ada",
      subject: "user-7",
      issuedAtMs: nowSeconds * 1000,
      endMs: (claims.exp + clockToleranceSeconds) * 1000,
    });
    expect(await read(await sign())).toMatchObject({ subject: "Ada", issuedAtMs: 0 });
  });

  it.each([
    ["no board", { ...claims, board: undefined }],
    ["another board", { ...claims, board: newBoardId() }],
    ["no role", { ...claims, role: undefined }],
    ["a role that is none", { ...claims, role: "admin" }],
    ["no name", { ...claims, name: undefined }],
    ["an empty name", { ...claims, name: "  " }],
    ["a name that is too long", { ...claims, name: "a".repeat(41) }],
    ["a name that is no text", { ...claims, name: { toString: "Ada" } }],
    ["no end", { ...claims, exp: undefined }],
    ["an end that is no number", { ...claims, exp: "tomorrow" }],
    ["a beginning to come", { ...claims, nbf: nowSeconds + clockToleranceSeconds + 1 }],
  ])("with %s is refused", async (_what, payload) => {
    await expect(tokensOf().read(await sign(payload))).rejects.toEqual(invalid);
  });

  it("ends with its time, and with what clocks may differ by", async () => {
    const { read, pass } = tokensOf();
    const token = await sign();
    pass(60 + clockToleranceSeconds - 1);
    await read(token);
    pass(1);
    await expect(read(token)).rejects.toEqual(expired);
    await read(await sign({ ...claims, exp: nowSeconds + 200, nbf: nowSeconds + 69 }));
  });

  it("has to come from whom and be for whom the settings say", async () => {
    const { read } = tokensOf(undefined, { issuer: "https://school.example", audience: "boards" });
    const whole = { ...claims, iss: "https://school.example", aud: ["boards", "mail"] };
    await read(await sign(whole));
    await expect(read(await sign({ ...whole, iss: "https://evil.example" }))).rejects.toEqual(
      invalid,
    );
    await expect(read(await sign({ ...whole, aud: "mail" }))).rejects.toEqual(invalid);
    await expect(read(await sign())).rejects.toEqual(invalid);
  });

  it("is refused without a signature, with a wrong one, and when it was changed", async () => {
    const { read } = tokensOf();
    const token = await sign();
    const [header, , signature] = token.split(".");
    const changed = Buffer.from(JSON.stringify({ ...claims, role: "owner" })).toString("base64url");
    for (const forged of [
      new UnsecuredJWT(claims).encode(),
      `${new UnsecuredJWT(claims).encode()}${signature}`,
      `${header}.${changed}.${signature}`,
      await sign(claims, { key: randomBytes(32) }),
      `${header}..${signature}`,
      "a.b.c",
      "",
      "x".repeat(10_000),
    ]) {
      await expect(read(forged)).rejects.toEqual(invalid);
    }
  });

  it("is signed by the algorithm that the key is for, and by no other", async () => {
    await expect(tokensOf().read(await sign(claims, { alg: "HS512" }))).rejects.toEqual(invalid);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const ed = generateKeyPairSync("ed25519");
    const pairs = [
      ["RS256", rsa],
      ["PS256", rsa],
      ["ES256", ec],
      ["EdDSA", ed],
    ] as const;
    for (const [alg, { publicKey, privateKey }] of pairs) {
      const pem = pemOf(publicKey);
      const { read } = tokensOf({ kind: "publicKey", pem });
      expect(await read(await sign(claims, { alg, key: privateKey }))).toMatchObject({
        name: "Ada",
      });
      // The public key is known to everyone: taken for a secret, anyone could sign.
      const confused = await sign(claims, { key: new TextEncoder().encode(pem) });
      await expect(read(confused)).rejects.toEqual(invalid);
      const other = pairs.find(([, pair]) => pair.privateKey !== privateKey);
      const others = await sign(claims, {
        alg: other?.[0] ?? "",
        key: other?.[1].privateKey ?? ec.privateKey,
      });
      await expect(read(others)).rejects.toEqual(invalid);
    }
    const rs512 = await sign(claims, { alg: "RS512", key: rsa.privateKey });
    const { read } = tokensOf({ kind: "publicKey", pem: pemOf(rsa.publicKey) });
    await expect(read(rs512)).rejects.toEqual(invalid);
  });
});

/** A server of key sets that can be changed, and can fail. */
async function keyServer() {
  const state = { keys: [] as object[], status: 200, asked: 0 };
  const server = createServer((_request, response) => {
    state.asked++;
    response
      .writeHead(state.status, { "content-type": "application/json" })
      .end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { state, url: `http://127.0.0.1:${port}/keys` };
}

async function signer(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
  const fresh = () => ({ ...claims, exp: Math.floor(Date.now() / 1000) + 60 });
  return { jwk, sign: () => sign(fresh(), { alg: "ES256", key: privateKey, kid }) };
}

describe("keys at an address", () => {
  it("are fetched once for many tokens", async () => {
    const { state, url } = await keyServer();
    const one = await signer("one");
    state.keys = [one.jwk];
    const { read } = tokensOf({ kind: "jwks", url });
    const token = await one.sign();
    await Promise.all(Array.from({ length: 20 }, () => read(token)));
    expect(state.asked).toBe(1);
  });

  it("do not serve for tokens signed by a secret, or by a key that is not there", async () => {
    const { state, url } = await keyServer();
    const [one, stranger] = [await signer("one"), await signer("one")];
    state.keys = [
      one.jwk,
      { kty: "oct", kid: "shared", k: Buffer.from(secret).toString("base64url") },
    ];
    const { read } = tokensOf({ kind: "jwks", url });
    await expect(read(await stranger.sign())).rejects.toEqual(invalid);
    await expect(read(await sign(claims, { kid: "shared" }))).rejects.toEqual(invalid);
    await expect(read(await (await signer("two")).sign())).rejects.toEqual(invalid);
    // Unknown keys do not make it ask again each time.
    expect(state.asked).toBe(1);
  });

  it("are asked for again when a token names a new one, and after a while", async () => {
    const { state, url } = await keyServer();
    const [old, fresh] = [await signer("old"), await signer("fresh")];
    state.keys = [old.jwk];
    const { read, pass } = tokensOf({ kind: "jwks", url });
    await read(await old.sign());
    state.keys = [old.jwk, fresh.jwk];
    pass(31);
    await read(await fresh.sign());
    expect(state.asked).toBe(2);
    state.keys = [fresh.jwk];
    pass(11 * 60);
    await read(await fresh.sign());
    await expect(read(await old.sign())).rejects.toEqual(invalid);
  });

  it("serve through an outage of their address, which is bounded", async () => {
    const { state, url } = await keyServer();
    const one = await signer("one");
    state.keys = [one.jwk];
    const { read, pass } = tokensOf({ kind: "jwks", url });
    await read(await one.sign());
    state.status = 500;
    pass(11 * 60);
    await read(await one.sign());
    await read(await one.sign());
    expect(state.asked).toBe(2);
    pass(6 * 60 * 60);
    await expect(read(await one.sign())).rejects.toBeInstanceOf(KeysUnavailableError);
    state.status = 200;
    pass(31);
    await read(await one.sign());
  });

  it("say nothing of a token while they were never had, and the address is left alone", async () => {
    const { state, url } = await keyServer();
    const one = await signer("one");
    state.keys = [one.jwk];
    const { read } = tokensOf({ kind: "jwks", url });
    const token = await one.sign();
    state.status = 500;
    await expect(read(token)).rejects.toBeInstanceOf(KeysUnavailableError);
    await expect(read(token)).rejects.toBeInstanceOf(KeysUnavailableError);
    expect(state.asked).toBe(1);
  });
});
