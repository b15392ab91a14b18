import { fileTypeFromBuffer } from "file-type";
import { isSvg } from "./svg.ts";

/** How much of a file is looked at to know its type: room for a drawing program's SVG preamble. */
export const sniffedBytes = 16 * 1024;

/** What is stored for each type that a file's bytes can show. An animated PNG is a PNG. */
export const acceptedTypes: ReadonlyMap<string, string> = new Map([
  ["image/png", "image/png"],
  ["image/apng", "image/png"],
  ["image/jpeg", "image/jpeg"],
  ["image/gif", "image/gif"],
  ["image/webp", "image/webp"],
  ["image/avif", "image/avif"],
  ["image/svg+xml", "image/svg+xml"],
  ["video/mp4", "video/mp4"],
  ["video/webm", "video/webm"],
]);

/**
 * The MIME type of a file by its first bytes; null when it is none that a board can show. What the
 * sender calls it does not matter.
 */
export async function sniffAssetType(head: Uint8Array): Promise<string | null> {
  if (isSvg(head)) return "image/svg+xml";
  const found = await fileTypeFromBuffer(head);
  return found === undefined ? null : (acceptedTypes.get(found.mime) ?? null);
}
