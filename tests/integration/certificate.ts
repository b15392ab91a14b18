import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import { X509Certificate, createHash } from "node:crypto";

const dayMs = 24 * 60 * 60 * 1000;

export type Certificate = {
  readonly certPath: string;
  readonly keyPath: string;
  /** PEM; who trusts it trusts the server, as it is signed by itself. */
  readonly cert: string;
  readonly key: string;
  readonly serialNumber: string;
  /** SHA-256 of the public key in base64, by which Chromium can be told to trust it. */
  readonly keyHash: string;
};

/** A certificate for loopback as two files `<name>.cert.pem` and `<name>.key.pem` in the folder. */
export async function makeCertificate(
  folder: string,
  options: { name?: string; expiresInDays?: number } = {},
): Promise<Certificate> {
  const { name = "board", expiresInDays = 30 } = options;
  const pems = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    notBeforeDate: new Date(Date.now() - 60 * dayMs),
    notAfterDate: new Date(Date.now() + expiresInDays * dayMs),
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const certPath = join(folder, `${name}.cert.pem`);
  const keyPath = join(folder, `${name}.key.pem`);
  await writeFile(certPath, pems.cert);
  await writeFile(keyPath, pems.private);
  const certificate = new X509Certificate(pems.cert);
  const publicKey = certificate.publicKey.export({ type: "spki", format: "der" });
  return {
    certPath,
    keyPath,
    cert: pems.cert,
    key: pems.private,
    serialNumber: certificate.serialNumber,
    keyHash: createHash("sha256").update(publicKey).digest("base64"),
  };
}
