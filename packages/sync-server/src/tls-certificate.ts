import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type Server } from "node:tls";
import { Gauge, type Registry } from "prom-client";
import type { Logger } from "pino";

/** PEM files, as the settings name them. */
export type TlsFiles = { readonly certPath: string; readonly keyPath: string };

/** As Node's TLS takes them: the certificate with what signed it, and its key. */
type Pem = { readonly cert: string; readonly key: string };

type Loaded = Pem & { readonly expiresAtMs: number };

/** How often the files are looked at. Renewals come days before the old certificate expires. */
const renewalCheckMs = 60_000;

/** Why the files cannot be used; the message names the setting and the file. */
export class TlsError extends Error {
  readonly code = "TLS_UNUSABLE";
}

/**
 * The certificate the server shows. Whoever renews it replaces the files; from the next look on new
 * connections get the new one, and open ones stay. Files that cannot be used, such as a certificate
 * without its key yet, change nothing and are reported once.
 */
export class TlsCertificate {
  readonly #files: TlsFiles;
  readonly #logger: Logger;
  #shown: Loaded;
  /** What was found in the files last, good or bad. */
  #seen: Pem;
  #timer: NodeJS.Timeout | null = null;

  private constructor(files: TlsFiles, logger: Logger, loaded: Loaded) {
    this.#files = files;
    this.#logger = logger;
    this.#shown = loaded;
    this.#seen = loaded;
  }

  /** @throws TlsError */
  static async open(files: TlsFiles, logger: Logger): Promise<TlsCertificate> {
    return new TlsCertificate(files, logger, check(await read(files), files));
  }

  get pem(): Pem {
    const { cert, key } = this.#shown;
    return { cert, key };
  }

  /** Keeps what the server shows as new as the files are, until `close`. */
  follow(server: Server, registry: Registry): void {
    const expiresAtMs = () => this.#shown.expiresAtMs;
    new Gauge({
      name: "boardwalk_tls_certificate_expires_seconds",
      help: "Unix time at which the certificate that is shown expires",
      registers: [registry],
      collect() {
        this.set(expiresAtMs() / 1000);
      },
    });
    this.#timer = setInterval(() => void this.#renew(server), renewalCheckMs).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #renew(server: Server): Promise<void> {
    try {
      const found = await read(this.#files);
      if (found.cert === this.#seen.cert && found.key === this.#seen.key) return;
      this.#seen = found;
      const loaded = check(found, this.#files);
      server.setSecureContext({ cert: loaded.cert, key: loaded.key });
      this.#shown = loaded;
      const until = new Date(loaded.expiresAtMs).toISOString();
      this.#logger.info({ until }, "the certificate was renewed");
    } catch (err) {
      this.#logger.error({ err }, "the new certificate cannot be used; the one before is shown on");
    }
  }
}

async function read({ certPath, keyPath }: TlsFiles): Promise<Pem> {
  const [cert, key] = await Promise.all([
    readPem("TLS_CERT", certPath),
    readPem("TLS_KEY", keyPath),
  ]);
  return { cert, key };
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TlsError(`${setting} names ${path}, which cannot be read. (${reason})`, { cause });
  }
}

function check(pem: Pem, { certPath, keyPath }: TlsFiles): Loaded {
  const certificate = parsed(
    `TLS_CERT names ${certPath}, which is not a certificate in PEM`,
    () => {
      return new X509Certificate(pem.cert);
    },
  );
  const key = parsed(
    `TLS_KEY names ${keyPath}, which is not a private key in PEM without a passphrase`,
    () => createPrivateKey(pem.key),
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new TlsError(
      `TLS_CERT and TLS_KEY are not a pair: the key in ${keyPath} is not the one of the certificate in ${certPath}.`,
    );
  }
  const expiresAtMs = certificate.validToDate.getTime();
  if (expiresAtMs <= Date.now()) {
    throw new TlsError(
      `the certificate in ${certPath}, which TLS_CERT names, expired on ${certificate.validTo}. Renew it.`,
    );
  }
  parsed(`the certificate in ${certPath}, which TLS_CERT names, cannot be used`, () =>
    createSecureContext(pem),
  );
  return { ...pem, expiresAtMs };
}

function parsed<Value>(fault: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TlsError(`${fault}. (${reason})`, { cause });
  }
}
