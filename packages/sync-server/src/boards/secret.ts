import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const boardIdBytes = 16;
const tokenBytes = 32;
const shortIdBytes = 9;

/** 128 random bits in base64url. */
export function newBoardId(): string {
  return randomBytes(boardIdBytes).toString("base64url");
}

/** 72 random bits in base64url: names a link or a connection and opens nothing. */
export function newShortId(): string {
  return randomBytes(shortIdBytes).toString("base64url");
}

/** 256 random bits in base64url: an owner key, the token of a link or a session. */
export function newToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

/**
 * SHA-256 in hexadecimal: the only form of a secret that is stored. One round without salt is
 * enough because the secrets are random; there is nothing to guess from a dictionary.
 */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares two hashes in time that does not depend on where they differ. */
export function isSameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, "hex");
  const right = Buffer.from(b, "hex");
  return left.length === right.length && timingSafeEqual(left, right);
}
