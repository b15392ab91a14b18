import { limits } from "./limits.ts";

/** 128 bits in base64url: what `POST /api/boards` hands out. */
const boardIdPattern = /^[A-Za-z0-9_-]{22}$/;
/** 256 bits in base64url. */
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;
/** A JWS in its compact form. */
const signedTokenPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const sha256Pattern = /^[0-9a-f]{64}$/;

export function isBoardId(value: unknown): value is string {
  return typeof value === "string" && boardIdPattern.test(value);
}

/** Whether the text has the form of an owner key or a link token; says nothing of its being valid. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && tokenPattern.test(value);
}

/** Whether the text has the form of a signed token; says nothing of its being valid. */
export function isSignedToken(text: string): boolean {
  return text.length <= limits.signedTokenLength && signedTokenPattern.test(text);
}

export function isSha256(value: unknown): value is string {
  return typeof value === "string" && sha256Pattern.test(value);
}

/** The address of a board's page, relative to the site; the token stays in the fragment, which no browser sends. */
export function boardPath(boardId: string, token: string): string {
  return `/b/${boardId}#${token}`;
}

export function assetPath(boardId: string, sha256: string): string {
  return `/api/boards/${boardId}/assets/${sha256}`;
}

/** The board and the hash that an address made by `assetPath` is of; null for any other. */
export function parseAssetPath(path: unknown): { boardId: string; sha256: string } | null {
  const parts = typeof path === "string" ? path.split("/") : [];
  const [, , , boardId, , sha256] = parts;
  if (!isBoardId(boardId) || !isSha256(sha256)) return null;
  return path === assetPath(boardId, sha256) ? { boardId, sha256 } : null;
}
