import { isJsonObject } from "@boardwalk/board-model";
import type { SerializedSchema } from "tldraw";

/**
 * Whether a board was written by a canvas that knows records this one does not: then it may be
 * looked at here, as far as it can be read, and not changed.
 */
export function isNewerThanCanvas(boardSchema: unknown, canvas: SerializedSchema): boolean {
  if (!isJsonObject(boardSchema) || !isJsonObject(boardSchema.sequences)) return false;
  const known: unknown = "sequences" in canvas ? canvas.sequences : {};
  const versions = isJsonObject(known) ? known : {};
  return Object.entries(boardSchema.sequences).some(([sequence, version]) => {
    const own = versions[sequence];
    return typeof version === "number" && (typeof own !== "number" || version > own);
  });
}
