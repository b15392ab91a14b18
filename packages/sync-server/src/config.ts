import { z } from "zod";
import type { SignedTokenSettings } from "./boards/signed-tokens.ts";
import { publicKeyOf } from "./boards/signing-keys.ts";
import type { SigningKeySource } from "./boards/signing-keys.ts";
import type { TlsFiles } from "./tls-certificate.ts";

/** Settings of one server, as read from the environment. */
export type Config = {
  readonly port: number;
  /** null: every interface, so that a shared link opens on other machines. */
  readonly host: string | null;
  readonly dataDir: string;
  /** The PostgreSQL database that holds the boards instead of `dataDir`; may contain a password. */
  readonly databaseUrl: string | null;
  /** The origin people reach the server by, without a trailing slash; null: taken from each request. */
  readonly publicOrigin: string | null;
  /** null: http; https is left to a proxy in front, if anyone. */
  readonly tls: TlsFiles | null;
  readonly logLevel: (typeof logLevels)[number];
  /** null: /metrics answers everyone. */
  readonly metricsToken: string | null;
  /** What has to be shown to have a backup of everything; null: nobody has one over HTTP. */
  readonly adminToken: string | null;
  readonly tldrawLicenseKey: string | null;
  /** What has to be shown to make a board; null: anyone makes boards. */
  readonly boardCreationKey: string | null;
  /** Of the tokens that open boards instead of links; null where links do. */
  readonly signedTokens: SignedTokenSettings | null;
  /** How long a deleted board can be taken back; 0 removes it at once. */
  readonly trashDays: number;
  /** How many reverse proxies in front of the server are believed about the client's address. */
  readonly trustedProxyHops: number;
  /** Sockets of one address; a /64 counts as one IPv6 address, a school behind a router as one. */
  readonly maxSocketsPerAddress: number;
  /** Megabytes of files that one address may upload within an hour. */
  readonly maxUploadMbPerHour: number;
};

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[] };

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const maxPort = 65_535;
const maxTrustedProxyHops = 10;
const maxTrashDays = 3650;
/** So that a key cannot be found by trying, at the pace that the API lets keys be tried. */
const minCreationKeyLength = 16;
/** Whoever has it has everything. */
const minAdminTokenLength = 32;
/** What HS256 is made for: a key as long as the hash. */
const minJwtSecretBytes = 32;

function wholeNumber(from: number, to: number) {
  const message = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, message)
    .transform(Number)
    .pipe(z.number().min(from, message).max(to, message));
}

function originOf(value: string): string | null {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  return `${url.origin}/` === url.href && !/[?#]/.test(value) ? url.origin : null;
}

const originSchema = z
  .string()
  .transform(originOf)
  .pipe(
    z.string("must be an http or https origin without a path, such as https://board.example.org"),
  );

/** An address that PostgreSQL's client takes as it is meant, or it would connect somewhere else. */
function isDatabaseUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "postgres:" && url.protocol !== "postgresql:"))
    return false;
  const namesHost = url.host !== "" || url.searchParams.has("host");
  return namesHost && url.pathname.length > 1 && !/%(?![0-9A-Fa-f]{2})/.test(value);
}

function isPublicKey(pem: string): boolean {
  try {
    publicKeyOf(pem);
    return true;
  } catch {
    return false;
  }
}

function isHttpUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:");
}

/** A setting of the contract that this version cannot honour: starting without it would mislead. */
function unsupported(instead: string) {
  return z.undefined(`is not supported by this version; unset it to ${instead}`);
}

const settingsShape = z.object({
  PORT: wholeNumber(0, maxPort).default(8080),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, "must be a host name or an IP address")
    .optional(),
  DATA_DIR: z.string().default("./data"),
  PUBLIC_URL: originSchema.optional(),
  DATABASE_URL: z
    .string()
    .refine(
      isDatabaseUrl,
      "must be the address of a PostgreSQL database, such as postgres://user:password@db.example.org/boardwalk",
    )
    .optional(),
  REDIS_URL: unsupported("run as a single process"),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(", ")}`).default("info"),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
    .optional(),
  ADMIN_TOKEN: z
    .string()
    .regex(
      new RegExp(`^[\\x21-\\x7e]{${minAdminTokenLength},}$`),
      `must be at least ${minAdminTokenLength} characters of printable ASCII without spaces`,
    )
    .optional(),
  TLDRAW_LICENSE_KEY: z.string().optional(),
  TRUSTED_PROXY_HOPS: wholeNumber(0, maxTrustedProxyHops).default(0),
  MAX_SOCKETS_PER_ADDRESS: wholeNumber(1, 999_999).default(1_000),
  MAX_UPLOAD_MB_PER_HOUR: wholeNumber(1, 999_999).default(4_096),
  TRASH_DAYS: wholeNumber(0, maxTrashDays).default(30),
  BOARD_CREATION: z.enum(["open", "key"], "must be one of open, key").default("open"),
  BOARD_CREATION_KEY: z
    .string()
    .regex(
      new RegExp(`^[\\x21-\\x7e]{${minCreationKeyLength},}$`),
      `must be at least ${minCreationKeyLength} characters of printable ASCII without spaces`,
    )
    .optional(),
  AUTH: z.enum(["links", "jwt"], "must be one of links, jwt").default("links"),
  JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= minJwtSecretBytes,
      `must be at least ${minJwtSecretBytes} bytes long`,
    )
    .optional(),
  JWT_PUBLIC_KEY: z
    .string()
    // As files of settings write what has several lines.
    .transform((pem) => pem.replaceAll("\\n", "\n"))
    .refine(
      isPublicKey,
      "must be a public key in PEM: RSA of at least 2048 bits, Ed25519, or EC on P-256, P-384 or P-521",
    )
    .optional(),
  JWT_JWKS_URL: z.string().refine(isHttpUrl, "must be an http or https address").optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
});

type Settings = z.infer<typeof settingsShape>;
const keySettings = ["JWT_SECRET", "JWT_PUBLIC_KEY", "JWT_JWKS_URL"] as const;
const jwtSettings = [...keySettings, "JWT_ISSUER", "JWT_AUDIENCE"] as const;

const settingNames = settingsShape.keyof().options;

const settingsSchema = settingsShape.check(({ value, issues }) => {
  const fault = (name: keyof Settings, message: string): void => {
    issues.push({ code: "custom", input: value, path: [name], message });
  };
  // A key that nothing asks for would let its owner believe that strangers are kept out.
  if (value.BOARD_CREATION === "key" && value.BOARD_CREATION_KEY === undefined) {
    fault("BOARD_CREATION_KEY", "must be set where BOARD_CREATION is key");
  }
  if (value.BOARD_CREATION !== "key" && value.BOARD_CREATION_KEY !== undefined) {
    fault("BOARD_CREATION_KEY", "must not be set unless BOARD_CREATION is key");
  }
  if (value.AUTH === "jwt") {
    const given = keySettings.filter((name) => value[name] !== undefined);
    if (given.length !== 1) {
      fault("AUTH", `must have one of ${keySettings.join(", ")} beside it where it is jwt`);
    }
  } else {
    for (const name of jwtSettings) {
      if (value[name] !== undefined) fault(name, "must not be set unless AUTH is jwt");
    }
  }
  if (value.TLS_CERT === undefined && value.TLS_KEY !== undefined) {
    fault("TLS_CERT", "must be set where TLS_KEY is");
  }
  if (value.TLS_KEY === undefined && value.TLS_CERT !== undefined) {
    fault("TLS_KEY", "must be set where TLS_CERT is");
  }
});

function signingKeysOf(settings: Settings): SigningKeySource | null {
  if (settings.JWT_SECRET !== undefined) return { kind: "secret", secret: settings.JWT_SECRET };
  if (settings.JWT_PUBLIC_KEY !== undefined) {
    return { kind: "publicKey", pem: settings.JWT_PUBLIC_KEY };
  }
  return settings.JWT_JWKS_URL === undefined ? null : { kind: "jwks", url: settings.JWT_JWKS_URL };
}

/**
 * Reads the settings out of an environment. A setting that is present but empty counts as absent,
 * as compose files write it; every other bad value is a fault, and all faults are returned at once.
 * Faults name the setting and never repeat its value, which may be a secret.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ParsedConfig {
  const given = Object.fromEntries(
    settingNames.map((name) => [name, env[name]?.trim() || undefined]),
  );
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
    return { ok: false, faults };
  }
  const settings = parsed.data;
  const keys = signingKeysOf(settings);
  return {
    ok: true,
    config: {
      port: settings.PORT,
      host: settings.HOST ?? null,
      dataDir: settings.DATA_DIR,
      databaseUrl: settings.DATABASE_URL ?? null,
      publicOrigin: settings.PUBLIC_URL ?? null,
      tls: tlsFilesOf(settings),
      logLevel: settings.LOG_LEVEL,
      metricsToken: settings.METRICS_TOKEN ?? null,
      adminToken: settings.ADMIN_TOKEN ?? null,
      tldrawLicenseKey: settings.TLDRAW_LICENSE_KEY ?? null,
      trustedProxyHops: settings.TRUSTED_PROXY_HOPS,
      maxSocketsPerAddress: settings.MAX_SOCKETS_PER_ADDRESS,
      maxUploadMbPerHour: settings.MAX_UPLOAD_MB_PER_HOUR,
      trashDays: settings.TRASH_DAYS,
      boardCreationKey: settings.BOARD_CREATION_KEY ?? null,
      signedTokens:
        keys === null
          ? null
          : {
              keys,
              issuer: settings.JWT_ISSUER ?? null,
              audience: settings.JWT_AUDIENCE ?? null,
            },
    },
  };
}

function tlsFilesOf({ TLS_CERT, TLS_KEY }: z.infer<typeof settingsSchema>): TlsFiles | null {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return null;
  return { certPath: TLS_CERT, keyPath: TLS_KEY };
}

/** The one message that tells of all faults. */
export function describeFaults(faults: readonly string[]): string {
  const count = faults.length === 1 ? "one setting is" : `${faults.length} settings are`;
  const list = faults.map((fault) => `  - ${fault}`);
  return [`Boardwalk cannot start: ${count} wrong in the environment.`, ...list].join("\n");
}
