import { z } from "zod";
import { limits } from "./limits.ts";
import { linkRoles } from "./links.ts";

/** The REST messages, parsed by the server on the way in and by the page on the way back. */

const boardNameSchema = z.string().trim().min(1).max(limits.boardNameLength);

export const createBoardRequestSchema = z.object({ name: boardNameSchema.optional() }).strict();

export const createdBoardSchema = z.object({
  id: z.string(),
  name: z.string(),
  ownerKey: z.string(),
  editToken: z.string(),
  viewToken: z.string(),
  editUrl: z.string(),
  viewUrl: z.string(),
});
export type CreatedBoard = z.infer<typeof createdBoardSchema>;

/** A board made of an archive, with the links that the archived one had beside its first two. */
export const importedBoardSchema = createdBoardSchema.extend({
  links: z.array(
    z.object({
      role: z.enum(linkRoles),
      name: z.string(),
      expiresAt: z.iso.datetime().nullable(),
      /** The archived link had one, which the archive does not hold: this link has none. */
      hadPassword: z.boolean(),
      token: z.string(),
      url: z.string(),
    }),
  ),
});
export type ImportedBoard = z.infer<typeof importedBoardSchema>;

/** Naming a board is for those who may edit it, locking it for its owner. */
export const changeBoardRequestSchema = z
  .object({ name: boardNameSchema.optional(), locked: z.boolean().optional() })
  .strict()
  .refine(hasEntries, "nothing to change");

export const boardSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** What the token allows now: on a locked board no more than `view`. */
  role: z.enum(["owner", ...linkRoles]),
  /** Whether everybody may only look. */
  locked: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type Board = z.infer<typeof boardSchema>;

function hasEntries(body: object): boolean {
  return Object.keys(body).length > 0;
}

/** Someone on a board right now: one connection. What it says of itself is not checked. */
const personSchema = z.object({
  connectionId: z.string(),
  /** The link it came by. */
  linkId: z.string(),
  role: z.enum(linkRoles),
  connectedAt: z.iso.datetime(),
  /** What the person shows to others; null for one who shows nothing that this server can read. */
  name: z.string().nullable(),
  color: z.string().nullable(),
  /** Awareness clients of the connection. */
  clientIds: z.array(z.number().int()),
});
export type PersonHere = z.infer<typeof personSchema>;

export const peopleSchema = z.object({ people: z.array(personSchema) });

/** A live connection that ordinary requests carry; what they name it by is a secret. */
export const openedConnectionSchema = z.object({ connection: z.string() });

export const linkSchema = z.object({
  id: z.string(),
  role: z.enum(linkRoles),
  /** Empty for a link that nobody has named. */
  name: z.string(),
  /** The edit link whose holders can make this view link themselves; see `viewTokenOf`. */
  derivedFrom: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  hasPassword: z.boolean(),
  /** When someone last came in by it; up to a minute old, null when nobody has. */
  lastUsedAt: z.iso.datetime().nullable(),
  /** Connections in by it right now. */
  peopleHere: z.number().int().nonnegative(),
});
export type Link = z.infer<typeof linkSchema>;

/** All links but the revoked ones. */
export const linksSchema = z.object({ locked: z.boolean(), links: z.array(linkSchema) });
export type Links = z.infer<typeof linksSchema>;

const linkNameSchema = z.string().trim().max(limits.linkNameLength);
const expirySchema = z.iso.datetime({ offset: true });
const passwordSchema = z.string().min(limits.passwordMinLength).max(limits.passwordMaxLength);

export const createLinkRequestSchema = z
  .object({
    role: z.enum(linkRoles),
    name: linkNameSchema.optional(),
    expiresAt: expirySchema.nullable().optional(),
    password: passwordSchema.nullable().optional(),
  })
  .strict();
export type CreateLinkRequest = z.infer<typeof createLinkRequestSchema>;

/** What is left out stays; null takes an expiry or a password away. */
export const changeLinkRequestSchema = createLinkRequestSchema
  .partial()
  .refine(hasEntries, "nothing to change");
export type ChangeLinkRequest = z.infer<typeof changeLinkRequestSchema>;

/** A link just made. Its token is in here only: the server keeps its hash. */
export const createdLinkSchema = linkSchema.extend({ token: z.string(), url: z.string() });
export type CreatedLink = z.infer<typeof createdLinkSchema>;

export const removedPersonSchema = z.object({
  /** Connections closed. */
  removed: z.number().int(),
  /** Links that stand for those the person came by, which are revoked. */
  links: z.array(createdLinkSchema.extend({ replaces: z.string() })),
});
export type RemovedPerson = z.infer<typeof removedPersonSchema>;

export const openSessionRequestSchema = z
  .object({ password: z.string().max(limits.passwordMaxLength) })
  .strict();

/** Stands for the token of a link and its password. */
export const openedSessionSchema = z.object({
  session: z.string(),
  expiresAt: z.iso.datetime(),
});

/** Why a version was kept: by itself while people work, by hand, or just before a large change. */
export const versionKinds = [
  "auto",
  "named",
  "beforeImport",
  "beforeClear",
  "beforeRestore",
] as const;
export type VersionKind = (typeof versionKinds)[number];

/** A state of the board that is kept. */
export const versionSchema = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  kind: z.enum(versionKinds),
  /** Empty for one that nobody has named. One with a name is kept until its owner deletes it. */
  name: z.string(),
  /** Names of those who worked on the board since the version before, as they show themselves. */
  authors: z.array(z.string()),
  shapes: z.number().int().nonnegative(),
  pages: z.number().int().nonnegative(),
  /** Size of the document. */
  bytes: z.number().int().nonnegative(),
});
export type Version = z.infer<typeof versionSchema>;

/** Newest first. */
export const versionsSchema = z.object({ versions: z.array(versionSchema) });

const versionNameSchema = z.string().trim().max(limits.versionNameLength);
/** Who asks, as they show themselves to others. */
const authorSchema = z.string().trim().min(1).max(limits.personNameLength);

export const createVersionRequestSchema = z
  .object({
    name: versionNameSchema.optional(),
    kind: z.enum(["named", "beforeImport", "beforeClear"]).default("named"),
    author: authorSchema.optional(),
  })
  .strict();
export type CreateVersionRequest = z.input<typeof createVersionRequestSchema>;

/** An empty name takes the name away: the version may then thin out like any other. */
export const nameVersionRequestSchema = z.object({ name: versionNameSchema }).strict();

export const restoreVersionRequestSchema = z.object({ author: authorSchema.optional() }).strict();

/** What the board was before: restoring that undoes the restore. */
export const restoredVersionSchema = z.object({ before: versionSchema });

/** A board in the trash: it can be taken back until `goneAt`. */
export const deletedBoardSchema = z.object({
  deletedAt: z.iso.datetime(),
  goneAt: z.iso.datetime(),
});
export type DeletedBoard = z.infer<typeof deletedBoardSchema>;

export const uploadedAssetSchema = z.object({
  sha256: z.string(),
  /** Address on the same origin. */
  url: z.string(),
  mimeType: z.string(),
  bytes: z.number().int().nonnegative(),
});

/** Settings that the page asks for when it starts, so that changing one needs no new build. */
export const pageConfigSchema = z.object({
  tldrawLicenseKey: z.string().nullable(),
  /** Who may make boards: anyone, or who has the server's key for it. */
  boardCreation: z.enum(["open", "key"]),
  /** What opens boards: their links, or tokens that another site signs. */
  auth: z.enum(["links", "jwt"]),
  /** How long a deleted board can be taken back; 0 when it cannot. */
  trashDays: z.number().int().nonnegative(),
  /** Hosts, with their ports, whose pages may open live connections. */
  hosts: z.array(z.string()),
});
export type PageConfig = z.infer<typeof pageConfigSchema>;

/**
 * Every error of the REST API has this body; `code` is stable, `message` is for people, `limit` names
 * the limit that the request is over, if any.
 */
export const errorResponseSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), limit: z.string().optional() }),
});
export type ErrorResponse = z.infer<typeof errorResponseSchema>;

export const errorCodes = [
  "BAD_REQUEST",
  "BODY_TOO_LARGE",
  "BOARD_NOT_FOUND",
  "BOARD_DELETED",
  "TOKEN_MISSING",
  "TOKEN_INVALID",
  "LINK_REVOKED",
  "LINK_EXPIRED",
  "PASSWORD_REQUIRED",
  "PASSWORD_WRONG",
  "NOT_ALLOWED",
  "LINK_NOT_FOUND",
  "LINK_IS_DERIVED",
  "TOO_MANY_LINKS",
  "PERSON_NOT_FOUND",
  "REMOVED",
  "TOKEN_EXPIRED",
  "KEYS_UNAVAILABLE",
  "LINKS_NOT_USED",
  "VERSION_NOT_FOUND",
  "VERSION_DAMAGED",
  "VERSION_IS_NEWER",
  "TOO_MANY_VERSIONS",
  "CREATION_KEY_MISSING",
  "CREATION_KEY_INVALID",
  "ARCHIVE_DAMAGED",
  "ARCHIVE_FORMAT",
  "ARCHIVE_KIND",
  "ARCHIVE_TOO_LARGE",
  "ASSET_NOT_FOUND",
  "ASSET_TOO_LARGE",
  "ASSET_TYPE",
  "CONNECTION_NOT_FOUND",
  "ORIGIN_NOT_ALLOWED",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "TOO_MANY_REQUESTS",
  "STORE_FULL",
  "STORE_UNAVAILABLE",
  "SHUTTING_DOWN",
  "INTERNAL",
] as const;
export type ErrorCode = (typeof errorCodes)[number];
