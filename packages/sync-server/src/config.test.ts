import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { describeFaults, parseConfig } from "./config.ts";

function configOf(env: Record<string, string>) {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(describeFaults(parsed.faults));
  return parsed.config;
}

function faultsOf(env: Record<string, string>): readonly string[] {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.faults;
}

describe("parseConfig", () => {
  it("has a default for every setting", () => {
    expect(configOf({})).toEqual({
      port: 8080,
      host: null,
      dataDir: "./data",
      databaseUrl: null,
      publicOrigin: null,
      tls: null,
      logLevel: "info",
      metricsToken: null,
      adminToken: null,
      tldrawLicenseKey: null,
      trustedProxyHops: 0,
      maxSocketsPerAddress: 1_000,
      maxUploadMbPerHour: 4_096,
      trashDays: 30,
      boardCreationKey: null,
      signedTokens: null,
    });
  });

  it("reads every setting", () => {
    expect(
      configOf({
        PORT: "9000",
        HOST: "127.0.0.1",
        DATA_DIR: "/srv/boards",
        DATABASE_URL: "postgres://user:p%40ss@db.example.org:5433/boards?sslmode=verify-full",
        PUBLIC_URL: "https://board.example.org/",
        TLS_CERT: "/etc/boardwalk/fullchain.pem",
        TLS_KEY: "/etc/boardwalk/privkey.pem",
        LOG_LEVEL: "debug",
        METRICS_TOKEN: "s3cret",
        ADMIN_TOKEN: "0123456789abcdef0123456789abcdef",
        TLDRAW_LICENSE_KEY: "tldraw-key",
        TRUSTED_PROXY_HOPS: "1",
        MAX_SOCKETS_PER_ADDRESS: "5000",
        MAX_UPLOAD_MB_PER_HOUR: "100",
        TRASH_DAYS: "7",
        BOARD_CREATION: "key",
        BOARD_CREATION_KEY: "a-key-for-our-school",
        AUTH: "jwt",
        JWT_JWKS_URL: "https://school.example.org/keys",
        JWT_ISSUER: "https://school.example.org",
        JWT_AUDIENCE: "boards",
      }),
    ).toEqual({
      port: 9000,
      host: "127.0.0.1",
      dataDir: "/srv/boards",
      databaseUrl: "postgres://user:p%40ss@db.example.org:5433/boards?sslmode=verify-full",
      publicOrigin: "https://board.example.org",
      tls: { certPath: "/etc/boardwalk/fullchain.pem", keyPath: "/etc/boardwalk/privkey.pem" },
      logLevel: "debug",
      metricsToken: "s3cret",
      adminToken: "0123456789abcdef0123456789abcdef",
      tldrawLicenseKey: "tldraw-key",
      trustedProxyHops: 1,
      maxSocketsPerAddress: 5_000,
      maxUploadMbPerHour: 100,
      trashDays: 7,
      boardCreationKey: "a-key-for-our-school",
      signedTokens: {
        keys: { kind: "jwks", url: "https://school.example.org/keys" },
        issuer: "https://school.example.org",
        audience: "boards",
      },
    });
  });

  it("takes an empty setting for an absent one", () => {
    expect(configOf({ PORT: "", PUBLIC_URL: " ", DATABASE_URL: "" }).port).toBe(8080);
  });

  it.each([
    ["PORT", "abc"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", "0x50"],
    ["HOST", "http://localhost"],
    ["PUBLIC_URL", "board.example.org"],
    ["PUBLIC_URL", "ftp://board.example.org"],
    ["PUBLIC_URL", "https://board.example.org/boards"],
    ["PUBLIC_URL", "https://board.example.org/?a=1"],
    ["PUBLIC_URL", "https://user:password@board.example.org"],
    ["DATABASE_URL", "mysql://user:password@db/boards"],
    ["DATABASE_URL", "db/boards"],
    ["DATABASE_URL", "postgres://user:password@db"],
    ["DATABASE_URL", "postgres:///boards"],
    ["DATABASE_URL", "postgres://user:100%@db/boards"],
    ["LOG_LEVEL", "loud"],
    ["METRICS_TOKEN", "two words"],
    ["ADMIN_TOKEN", "0123456789abcdef0123456789abcde"],
    ["ADMIN_TOKEN", "0123456789abcdef 0123456789abcdef"],
    ["TRUSTED_PROXY_HOPS", "all"],
    ["MAX_SOCKETS_PER_ADDRESS", "0"],
    ["MAX_UPLOAD_MB_PER_HOUR", "4 GB"],
    ["BOARD_CREATION", "closed"],
    ["AUTH", "password"],
  ])("refuses %s=%s and names only the setting", (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name} must be `));
  });

  it("wants a key for making boards exactly where one is asked for", () => {
    expect(faultsOf({ BOARD_CREATION: "key" })).toEqual([
      "BOARD_CREATION_KEY must be set where BOARD_CREATION is key",
    ]);
    expect(faultsOf({ BOARD_CREATION_KEY: "a-key-for-our-school" })).toEqual([
      "BOARD_CREATION_KEY must not be set unless BOARD_CREATION is key",
    ]);
    expect(faultsOf({ BOARD_CREATION: "key", BOARD_CREATION_KEY: "short" })).toEqual([
      "BOARD_CREATION_KEY must be at least 16 characters of printable ASCII without spaces",
    ]);
  });

  it("wants exactly one kind of key for signed tokens, where those are used", () => {
    const secret = "a".repeat(32);
    const one = "AUTH must have one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL beside it";
    expect(faultsOf({ AUTH: "jwt" })[0]).toContain(one);
    const JWT_JWKS_URL = "https://school.example.org/keys";
    expect(faultsOf({ AUTH: "jwt", JWT_SECRET: secret, JWT_JWKS_URL })[0]).toContain(one);
    expect(faultsOf({ JWT_SECRET: secret, JWT_ISSUER: "me" })).toEqual([
      "JWT_SECRET must not be set unless AUTH is jwt",
      "JWT_ISSUER must not be set unless AUTH is jwt",
    ]);
  });

  it("takes keys that are good for signing, and no others", () => {
    const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const keysOf = (env: Record<string, string>) =>
      configOf({ AUTH: "jwt", ...env }).signedTokens?.keys;
    expect(keysOf({ JWT_SECRET: "s".repeat(32) })).toEqual({
      kind: "secret",
      secret: "s".repeat(32),
    });
    const whole = { kind: "publicKey", pem: pem(rsa.publicKey).trim() };
    expect(keysOf({ JWT_PUBLIC_KEY: pem(rsa.publicKey) })).toEqual(whole);
    expect(keysOf({ JWT_PUBLIC_KEY: whole.pem.replaceAll("\n", "\\n") })).toEqual(whole);
    const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const other = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    for (const [name, value] of [
      ["JWT_SECRET", "s".repeat(31)],
      ["JWT_PUBLIC_KEY", "no key"],
      ["JWT_PUBLIC_KEY", pem(short.publicKey)],
      ["JWT_PUBLIC_KEY", pem(other.publicKey)],
      ["JWT_PUBLIC_KEY", rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
      ["JWT_JWKS_URL", "school.example.org/keys"],
      ["JWT_JWKS_URL", "file:///etc/passwd"],
    ] as const) {
      const faults = faultsOf({ AUTH: "jwt", [name]: value });
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(new RegExp(`^${name} must be `));
    }
  });

  it("refuses settings that this version does not support, without repeating their secrets", () => {
    expect(faultsOf({ REDIS_URL: "redis://:password@cache" })).toEqual([
      "REDIS_URL is not supported by this version; unset it to run as a single process",
    ]);
  });

  it.each([
    ["TLS_KEY", "TLS_CERT"],
    ["TLS_CERT", "TLS_KEY"],
  ])("says that %s is missing beside %s", (missing, given) => {
    expect(faultsOf({ [given]: "/etc/boardwalk/some.pem" })).toEqual([
      `${missing} must be set where ${given} is`,
    ]);
  });

  it("reports every fault in one message", () => {
    const faults = faultsOf({ PORT: "abc", LOG_LEVEL: "loud", REDIS_URL: "redis://cache" });
    const message = describeFaults(faults);
    expect(message).toContain("3 settings are wrong");
    for (const name of ["PORT", "LOG_LEVEL", "REDIS_URL"]) expect(message).toContain(`- ${name} `);
  });
});
