import { z } from "zod";
import { limits } from "./limits.ts";

/**
 * What one person shows to the others, as the JSON of their awareness state. Keys are short: this
 * is sent up to 20 times a second to everyone on the board.
 */
export const presenceSchema = z.object({
  /** Stable per browser, so that two tabs are one person. */
  id: z.string().min(1).max(64),
  name: z.string().max(limits.personNameLength),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  page: z.string().max(128),
  /** Page coordinates; null when the pointer is not over the canvas. */
  cursor: z.tuple([z.number(), z.number()]).nullable(),
  selection: z.array(z.string().max(128)).max(limits.presenceSelection),
  /** Centre and zoom of what this person sees: x, y, zoom, width, height. For following. */
  view: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]).nullable(),
  /** While a text is edited: the shape, and anchor and head of the selection in ProseMirror's positions. */
  caret: z
    .tuple([z.string().max(128), z.number().int(), z.number().int()])
    .nullable()
    .default(null),
  following: z.string().max(64).nullable(),
  idle: z.boolean(),
  /** View links show presence too, but may not edit. Told by the page itself; the server enforces rights. */
  viewer: z.boolean(),
});
export type Presence = z.infer<typeof presenceSchema>;
