import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { StoredPassword } from "./board-record.ts";

/** 32 MB and a quarter of a second for each guess: what OWASP recommends for scrypt. */
const cost = 2 ** 15;
const blockSize = 8;
const parallelization = 3;
const saltBytes = 16;
const hashBytes = 32;
/** Refuses parameters of a record that would take all memory; twice of what ours take. */
const maxMemoryBytes = 64 * 1024 * 1024;

export async function hashPassword(password: string): Promise<StoredPassword> {
  const salt = randomBytes(saltBytes);
  const parameters = { cost, blockSize, parallelization };
  const hash = await derive(password, salt, hashBytes, parameters);
  return {
    algorithm: "scrypt",
    ...parameters,
    salt: salt.toString("base64url"),
    hash: hash.toString("base64url"),
  };
}

export async function isPassword(password: string, stored: StoredPassword): Promise<boolean> {
  const expected = Buffer.from(stored.hash, "base64url");
  const salt = Buffer.from(stored.salt, "base64url");
  return timingSafeEqual(await derive(password, salt, expected.length, stored), expected);
}

/** The same letters give the same password, however a keyboard composes them. */
function derive(
  password: string,
  salt: Buffer,
  bytes: number,
  parameters: Pick<StoredPassword, "cost" | "blockSize" | "parallelization">,
): Promise<Buffer> {
  const options = { ...parameters, maxmem: maxMemoryBytes };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, bytes, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
