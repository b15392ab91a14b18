import { z } from "zod";

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

const linkSchema = z.object({
  id: z.string().min(1),
  role: z.enum(["edit", "view"]),
  tokenHash: hashSchema,
  createdAt: z.iso.datetime(),
});

/** What the server keeps of a board besides its document. The name is in the document. */
const boardRecordSchema = z.object({
  formatVersion: z.literal(1),
  createdAt: z.iso.datetime(),
  ownerKeyHash: hashSchema,
  links: z.array(linkSchema),
});
export type BoardRecord = z.infer<typeof boardRecordSchema>;

export function boardRecordKey(boardId: string): string {
  return `board/${boardId}`;
}

export function encodeBoardRecord(record: BoardRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** @throws Error naming the key, when the bytes are not a record that this version can read. */
export function decodeBoardRecord(key: string, bytes: Uint8Array): BoardRecord {
  try {
    return boardRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new Error(`The stored record ${key} cannot be read.`, { cause });
  }
}
