import { linkRoles } from "@boardwalk/board-model";
import { z } from "zod";

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** A password as scrypt leaves it, with what it took: later versions may take more. */
const storedPasswordSchema = z.object({
  algorithm: z.literal("scrypt"),
  cost: z.number().int().positive(),
  blockSize: z.number().int().positive(),
  parallelization: z.number().int().positive(),
  /** In base64url, as the hash. New for each password, so it also tells one from the next. */
  salt: z.string().min(1),
  hash: z.string().min(1),
});
export type StoredPassword = z.infer<typeof storedPasswordSchema>;

const linkRecordSchema = z.object({
  id: z.string().min(1),
  role: z.enum(linkRoles),
  name: z.string(),
  tokenHash: hashSchema,
  /** The link whose token this one's was derived from: who has that one has this one too. */
  derivedFrom: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  password: storedPasswordSchema.nullable(),
  /** Kept for a while, so that who comes by it can be told what happened. */
  revokedAt: z.iso.datetime().nullable(),
});
export type LinkRecord = z.infer<typeof linkRecordSchema>;

/** What the server keeps of a board besides its document. The name is in the document. */
export const boardRecordSchema = z.object({
  formatVersion: z.literal(2),
  createdAt: z.iso.datetime(),
  ownerKeyHash: hashSchema,
  /** Nobody may edit, whatever their link says. */
  locked: z.boolean(),
  links: z.array(linkRecordSchema),
  /** Who was put out and came by signed tokens: those from before then open the board no more. */
  removedSubjects: z
    .array(z.object({ subject: z.string(), removedAt: z.iso.datetime() }))
    .optional(),
});
export type BoardRecord = z.infer<typeof boardRecordSchema>;

/** Format 1: two links and nothing more, the view link derived from the edit link. */
const firstRecordSchema = z
  .object({
    formatVersion: z.literal(1),
    createdAt: z.iso.datetime(),
    ownerKeyHash: hashSchema,
    links: z.array(
      linkRecordSchema.pick({ id: true, role: true, tokenHash: true, createdAt: true }),
    ),
  })
  .transform(({ links, ...rest }): BoardRecord => ({
    ...rest,
    formatVersion: 2,
    locked: false,
    links: links.map((link) => ({
      ...link,
      name: "",
      derivedFrom: link.id === "view" ? "edit" : null,
      expiresAt: null,
      password: null,
      revokedAt: null,
    })),
  }));

const storedRecordSchema = z.union([boardRecordSchema, firstRecordSchema]);

export function boardRecordKey(boardId: string): string {
  return `board/${boardId}`;
}

export function encodeBoardRecord(record: BoardRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** @throws Error naming the key, when the bytes are not a record that this version can read. */
export function decodeBoardRecord(key: string, bytes: Uint8Array): BoardRecord {
  try {
    return storedRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new Error(`The stored record ${key} cannot be read.`, { cause });
  }
}
