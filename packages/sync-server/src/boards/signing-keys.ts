import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { createLocalJWKSet, createRemoteJWKSet, errors, jwksCache } from "jose";
import type { JWKSCacheInput, JWTVerifyGetKey } from "jose";

/** Where the keys that signed tokens are checked with come from. */
export type SigningKeySource =
  | { readonly kind: "secret"; readonly secret: string }
  /** PEM: a public key, or a certificate. */
  | { readonly kind: "publicKey"; readonly pem: string }
  | { readonly kind: "jwks"; readonly url: string };

/** The keys, and the only algorithms that they may be used with. */
export type SigningKeys = {
  readonly algorithms: string[];
  /** Rejects with KeysUnavailableError, or as jose does when there is no such key. */
  readonly find: JWTVerifyGetKey;
};

/** How long fetched keys are used before they are asked for again. */
const freshMs = 10 * 60_000;
/** How soon they are asked for again because a token names an unknown one, or after a failure. */
const cooldownMs = 30_000;
/** How long they are used on while their address does not answer. */
const keptInOutageMs = 6 * 60 * 60_000;
const fetchTimeoutMs = 5_000;
const minRsaBits = 2048;

const algorithmsOfCurve: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};
/** Not the HS ones: a key set is public, and nothing in it may be taken for a secret. */
const publicAlgorithms = ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

/** There are no keys to check a token with: says nothing of the token. */
export class KeysUnavailableError extends Error {}

/** @throws Error when a public key cannot be read or is of a kind that is not used; see `publicKeyOf` */
export function openSigningKeys(source: SigningKeySource, nowMs: () => number): SigningKeys {
  switch (source.kind) {
    case "secret": {
      const key = createSecretKey(source.secret, "utf8");
      return { algorithms: ["HS256"], find: async () => key };
    }
    case "publicKey": {
      const { key, algorithms } = publicKeyOf(source.pem);
      return { algorithms, find: async () => key };
    }
    case "jwks":
      return { algorithms: publicAlgorithms, find: fetchedKeys(source.url, nowMs) };
  }
}

/** @throws Error when it is not a public key of a kind and a size that are used */
export function publicKeyOf(pem: string): { key: KeyObject; algorithms: string[] } {
  // Node would make the public key out of a private one, which has no business here.
  if (pem.includes("PRIVATE KEY")) throw new Error("The key is private");
  const key = createPublicKey(pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa" && (details?.modulusLength ?? 0) >= minRsaBits) {
    return { key, algorithms: ["RS256", "PS256"] };
  }
  if (type === "ed25519") return { key, algorithms: ["EdDSA", "Ed25519"] };
  const algorithm = type === "ec" ? algorithmsOfCurve[details?.namedCurve ?? ""] : undefined;
  if (algorithm === undefined) throw new Error("The key is of no kind that is used");
  return { key, algorithms: [algorithm] };
}

/**
 * The keys at an address. While that does not answer, the last ones are used on for some hours, and
 * it is left alone for a while: nobody waits for it twice.
 */
function fetchedKeys(url: string, nowMs: () => number): JWTVerifyGetKey {
  const cache: JWKSCacheInput = {};
  const remote = createRemoteJWKSet(new URL(url), {
    [jwksCache]: cache,
    cacheMaxAge: freshMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: fetchTimeoutMs,
  });
  let failedAtMs = Number.NEGATIVE_INFINITY;

  const findKept: JWTVerifyGetKey = async (header, token) => {
    const { jwks, uat } = cache as { jwks?: Parameters<typeof createLocalJWKSet>[0]; uat?: number };
    if (jwks === undefined || uat === undefined || nowMs() - uat > keptInOutageMs) {
      throw new KeysUnavailableError("The signing keys cannot be fetched");
    }
    return createLocalJWKSet(jwks)(header, token);
  };

  return async (header, token) => {
    if (nowMs() - failedAtMs < cooldownMs) return findKept(header, token);
    try {
      return await remote(header, token);
    } catch (cause) {
      // What is said of the token's own key is final; all else is about getting the keys.
      const isAboutToken =
        cause instanceof errors.JWKSNoMatchingKey ||
        cause instanceof errors.JWKSMultipleMatchingKeys ||
        cause instanceof errors.JOSENotSupported;
      if (isAboutToken) throw cause;
      failedAtMs = nowMs();
      return findKept(header, token);
    }
  };
}
