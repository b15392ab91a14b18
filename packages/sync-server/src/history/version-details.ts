import { versionKinds } from "@boardwalk/board-model";
import { z } from "zod";

/** What the server keeps beside a version's document. */
const versionDetailsSchema = z.object({
  formatVersion: z.literal(1),
  createdAt: z.iso.datetime(),
  kind: z.enum(versionKinds),
  /** Empty for one that nobody has named. */
  name: z.string(),
  authors: z.array(z.string()),
  shapes: z.number().int().nonnegative(),
  pages: z.number().int().nonnegative(),
});
export type VersionDetails = z.infer<typeof versionDetailsSchema>;

export function encodeVersionDetails(details: VersionDetails): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(details));
}

/** null when the bytes are not details that this version can read. */
export function decodeVersionDetails(bytes: Uint8Array): VersionDetails | null {
  try {
    return versionDetailsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}
