import { isBoardId, isToken } from "@boardwalk/board-model";
import { z } from "zod";
import { fileNameOf } from "../files/file-name.ts";
import { text } from "../text/text.ts";

const ownerKeyFileSchema = z.object({
  format: z.literal("boardwalk-owner-key"),
  version: z.literal(1),
  origin: z.string(),
  boardId: z.string().refine(isBoardId),
  name: z.string(),
  ownerKey: z.string().refine(isToken),
});
export type OwnerKey = Omit<z.infer<typeof ownerKeyFileSchema>, "format" | "version">;

/** Longer files are none of ours. */
export const maxOwnerKeyFileBytes = 16 * 1024;

export function ownerKeyFile(key: OwnerKey): { blob: Blob; name: string } {
  const content = { format: "boardwalk-owner-key", version: 1, ...key };
  return {
    blob: new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: "application/json" }),
    name: fileNameOf({
      boardName: key.name,
      fallbackName: text.board.untitled,
      extension: "owner-key.json",
    }),
  };
}

/** null when the text is not an owner key's file. */
export function parseOwnerKeyFile(content: string): OwnerKey | null {
  try {
    const parsed = ownerKeyFileSchema.safeParse(JSON.parse(content));
    if (!parsed.success) return null;
    const { origin, boardId, name, ownerKey } = parsed.data;
    return { origin, boardId, name, ownerKey };
  } catch {
    return null;
  }
}
