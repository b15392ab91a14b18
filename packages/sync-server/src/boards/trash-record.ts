import { z } from "zod";
import { boardRecordSchema } from "./board-record.ts";

/** A board that its owner has deleted: its record has moved in here, all else is where it was. */
const trashRecordSchema = z.object({
  formatVersion: z.literal(1),
  deletedAt: z.iso.datetime(),
  /** Until then it can be taken back. */
  goneAt: z.iso.datetime(),
  /** Parts of it may be gone already: it cannot be taken back any more. */
  isGoing: z.boolean(),
  board: boardRecordSchema,
});
export type TrashRecord = z.infer<typeof trashRecordSchema>;

export const trashPrefix = "trash/";

/** The key under which the record of a deleted board is found. */
export function trashKey(boardId: string): string {
  return trashPrefix + boardId;
}

export function encodeTrashRecord(record: TrashRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** @throws Error naming the key, when the bytes are not a record that this version can read. */
export function decodeTrashRecord(key: string, bytes: Uint8Array): TrashRecord {
  try {
    return trashRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new Error(`The stored record ${key} cannot be read.`, { cause });
  }
}
