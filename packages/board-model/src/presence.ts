import { z } from "zod";
import { limits } from "./limits.ts";

/**
 * What one person shows to the others, as the JSON of their awareness state. What has a default is
 * left out when it has that value: a state is sent up to 20 times a second to everyone.
 */
const presenceSchema = z.object({
  /** Stable per browser, so that two tabs are one person. */
  id: z.string().min(1).max(64),
  name: z.string().max(limits.personNameLength),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  page: z.string().max(128),
  /** Page coordinates; null when the pointer is not over the canvas. */
  cursor: z.tuple([z.number(), z.number()]).nullable().default(null),
  /** While a line is drawn, its shape instead of the cursor: the pen is where the line ends. */
  drawing: z.string().max(128).nullable().default(null),
  selection: z.array(z.string().max(128)).max(limits.presenceSelection).default([]),
  /** Centre and zoom of what this person sees: x, y, zoom, width, height. For following. */
  view: z
    .tuple([z.number(), z.number(), z.number(), z.number(), z.number()])
    .nullable()
    .default(null),
  /** While a text is edited: the shape, and anchor and head of the selection in ProseMirror's positions. */
  caret: z
    .tuple([z.string().max(128), z.number().int(), z.number().int()])
    .nullable()
    .default(null),
  following: z.string().max(64).nullable().default(null),
  idle: z.boolean().default(false),
  /** View links show presence too, but may not edit. Told by the page itself; the server enforces rights. */
  viewer: z.boolean().default(false),
});
export type Presence = z.infer<typeof presenceSchema>;

/**
 * Whom a state is of, as it says itself: with another name or colour it is someone else, also with an
 * id that was seen on someone, so that nobody can put themselves in the place of another.
 */
export function personKeyOf({ id, name, color }: Pick<Presence, "id" | "name" | "color">): string {
  return JSON.stringify([id, name, color]);
}

/** The state as it is sent. */
export function encodePresence(presence: Presence): string {
  const { id, name, color, page, ...rest } = presence;
  const shown = Object.entries(rest).filter(
    ([, value]) =>
      value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  return JSON.stringify({ id, name, color, page, ...Object.fromEntries(shown) });
}

/** null for a state that this page cannot show: other Yjs clients have presence of their own kinds. */
export function decodePresence(state: string): Presence | null {
  try {
    const parsed = presenceSchema.safeParse(JSON.parse(state));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
