import { limits, linkRoles } from "@boardwalk/board-model";
import { z } from "zod";

/** Raised when a version of today could not read what one of tomorrow writes. */
export const archiveFormat = 1;

/** What an archive is of: everything a server keeps, or one board. */
const archiveKinds = ["server", "board"] as const;
export type ArchiveKind = (typeof archiveKinds)[number];

const bytesSchema = z.number().int().nonnegative();

const archivedLinkSchema = z.object({
  role: z.enum(linkRoles),
  name: z.string().max(limits.linkNameLength),
  expiresAt: z.iso.datetime().nullable(),
  hasPassword: z.boolean(),
  /** Whether it is the view link that goes with an edit link. */
  isDerived: z.boolean(),
});
export type ArchivedLink = z.infer<typeof archivedLinkSchema>;

/** What each thing in an archive begins with. docs/archive-format.md describes them all. */
export const headSchema = z.discriminatedUnion("type", [
  /** Comes first, and only there. */
  z.object({
    type: z.literal("archive"),
    format: z.number().int().positive(),
    kind: z.enum(archiveKinds),
    createdAt: z.iso.datetime(),
  }),
  /** One value: the record. */
  z.object({ type: z.literal("record"), key: z.string() }),
  /** As many values as `updates`: Yjs updates in the order they were made in. */
  z.object({ type: z.literal("document"), name: z.string(), updates: bytesSchema }),
  /** One value: a Yjs update of the whole document. Of one document the oldest comes first. */
  z.object({
    type: z.literal("version"),
    document: z.string(),
    /** The store's details, in base64. */
    details: z.base64(),
  }),
  /** One value: the file. */
  z.object({
    type: z.literal("asset"),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** In a board's archive. */
    mimeType: z.string().optional(),
  }),
  /** What the board is, but for its document. In a board's archive, after the beginning. */
  z.object({
    type: z.literal("board"),
    id: z.string(),
    createdAt: z.iso.datetime(),
    locked: z.boolean(),
    /** Without secrets: whoever imports the board gets new ones. */
    links: z.array(archivedLinkSchema).max(limits.linksPerBoard),
  }),
  /** Something was damaged where the archive was made, and is not in it, or in part. */
  z.object({ type: z.literal("damage"), subject: z.string(), message: z.string() }),
]);
export type Head = z.infer<typeof headSchema>;
export type HeadOf<Type extends Head["type"]> = Extract<Head, { type: Type }>;

/** How many values follow a head. */
export function valuesAfter(head: Head): number {
  switch (head.type) {
    case "document":
      return head.updates;
    case "record":
    case "version":
    case "asset":
      return 1;
    case "archive":
    case "board":
    case "damage":
      return 0;
  }
}

/** A head, or a piece of a value of the head before; `isLast` ends the value. */
export type ArchivePart =
  | { readonly head: Head }
  | { readonly piece: Uint8Array; readonly isLast: boolean };

export const endSchema = z.object({
  /** Heads before this end. */
  heads: bytesSchema,
  /** SHA-256 of every byte before this frame. */
  sha256: z.string(),
});

// A file is `magic`, then frames: type u8 | bytes u32 | crc u32 | payload. The CRC-32 is over
// type and bytes, then the payload.
export const magic: Uint8Array = Buffer.from("boardwalk archive\n");
export const frameHeaderBytes = 9;
export const frameTypes = { head: 1, piece: 2, lastPiece: 3, end: 4 } as const;

/** Larger values are several pieces, so that nobody has to hold more than one. */
export const pieceBytes = 1024 * 1024;
/** Largest payload of a frame: a head has the details of a version in it. */
export const maxFrameBytes = pieceBytes;
