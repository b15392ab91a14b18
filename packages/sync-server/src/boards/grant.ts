import type { LinkRole, Role } from "@boardwalk/board-model";
import { BoardError } from "./board-error.ts";
import type { BoardRecord, LinkRecord } from "./board-record.ts";
import { isSameHash } from "./secret.ts";
import type { SignedPass } from "./signed-tokens.ts";

/** What a token allows on one board, and by which link. */
export type Grant = {
  /** What may be done now: on a locked board a link allows no more than `view`. */
  readonly role: Role;
  readonly linkId: string;
};

/** Someone let in by a link or a signed token, and what has to stay true for it to stay so. */
export type BoardGrant = Grant & {
  readonly role: LinkRole;
  /** What the link allows where the board is not locked. */
  readonly linkRole: LinkRole;
  readonly locked: boolean;
  /** Whether the view link that can be derived from the link's token opens the board. */
  readonly hasViewLink: boolean;
  /** Of the password that was given; null where the link had none. */
  readonly passwordSalt: string | null;
  /** null for who came by a link. */
  readonly signed: SignedPass | null;
};

/** In place of a link's id, for who came by a signed token. */
const signedLinkId = "signed";

export const ownerGrant = { role: "owner", linkId: "owner" } as const satisfies Grant;

/**
 * The link of a token, revoked or not. Compares with every link, whichever matches, so that time
 * tells nothing.
 *
 * @throws BoardError `TOKEN_INVALID`
 */
export function linkOfToken(record: BoardRecord, tokenHash: string): LinkRecord {
  let found: LinkRecord | null = null;
  for (const link of record.links) {
    if (isSameHash(link.tokenHash, tokenHash)) found = link;
  }
  if (found === null) throw new BoardError("TOKEN_INVALID");
  return found;
}

/** @throws BoardError `LINK_REVOKED` or `LINK_EXPIRED` */
export function assertLinkIsOpen(link: LinkRecord, nowMs: number): void {
  if (link.revokedAt !== null) throw new BoardError("LINK_REVOKED");
  if (!isOpen(link, nowMs)) throw new BoardError("LINK_EXPIRED");
}

/** Whether a link is neither revoked nor expired. */
export function isOpen({ revokedAt, expiresAt }: LinkRecord, nowMs: number): boolean {
  return revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > nowMs);
}

/**
 * What a link allows whom; `passwordSalt` is of the password they gave, null when they gave none.
 *
 * @throws BoardError `LINK_REVOKED`, `LINK_EXPIRED` or `PASSWORD_REQUIRED`
 */
export function grantOf(
  record: BoardRecord,
  link: LinkRecord,
  passwordSalt: string | null,
  nowMs: number,
): BoardGrant {
  assertLinkIsOpen(link, nowMs);
  if (link.password !== null && link.password.salt !== passwordSalt) {
    throw new BoardError("PASSWORD_REQUIRED");
  }
  return {
    role: record.locked ? "view" : link.role,
    linkRole: link.role,
    linkId: link.id,
    locked: record.locked,
    hasViewLink: record.links.some(
      (other) => other.derivedFrom === link.id && isOpen(other, nowMs),
    ),
    passwordSalt: link.password?.salt ?? null,
    signed: null,
  };
}

/**
 * What a signed token allows. An owner's allows on the board itself what an edit link does.
 *
 * @throws BoardError `TOKEN_EXPIRED` or `REMOVED`
 */
export function signedGrantOf(record: BoardRecord, signed: SignedPass, nowMs: number): BoardGrant {
  if (signed.endMs <= nowMs) throw new BoardError("TOKEN_EXPIRED");
  const removal = record.removedSubjects?.find(({ subject }) => subject === signed.subject);
  if (removal !== undefined && signed.issuedAtMs <= Date.parse(removal.removedAt)) {
    throw new BoardError("REMOVED");
  }
  const linkRole = signed.role === "view" ? "view" : "edit";
  return {
    role: record.locked ? "view" : linkRole,
    linkRole,
    linkId: signedLinkId,
    locked: record.locked,
    hasViewLink: false,
    passwordSalt: null,
    signed,
  };
}

/**
 * What an earlier grant has become.
 *
 * @throws BoardError saying why nothing is left of it
 */
export function renewGrant(record: BoardRecord, grant: BoardGrant, nowMs: number): BoardGrant {
  if (grant.signed !== null) return signedGrantOf(record, grant.signed, nowMs);
  const link = record.links.find(({ id }) => id === grant.linkId);
  if (link === undefined) throw new BoardError("LINK_REVOKED");
  return grantOf(record, link, grant.passwordSalt, nowMs);
}

/** When the next link expires, in milliseconds since the epoch; null when none will. */
export function nextExpiryMs(record: BoardRecord, nowMs: number): number | null {
  const expiries = record.links
    .filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt !== null)
    .map(({ expiresAt }) => Date.parse(expiresAt ?? ""))
    .filter((expiryMs) => expiryMs > nowMs);
  return expiries.length === 0 ? null : Math.min(...expiries);
}
