import type { Extensions } from "@tiptap/core";
import { tipTapDefaultExtensions } from "tldraw";
import { isSafeLink } from "./safe-link.ts";

/** What texts are made of: as tldraw has it, but for links, of which it lets more through. */
export const textExtensions: Extensions = tipTapDefaultExtensions.map((extension) =>
  extension.name === "link" ? extension.configure({ isAllowedUri: isSafeLink }) : extension,
);
