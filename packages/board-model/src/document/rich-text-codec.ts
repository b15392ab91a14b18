import type * as Y from "yjs";
import type { JsonObject } from "./record.ts";

/** Translates between a text body in the document and the JSON that the canvas holds. */
export interface RichTextCodec {
  read(fragment: Y.XmlFragment): JsonObject;
  /** The text as the canvas can show it, where it does not come out of a fragment. */
  repair(richText: JsonObject): JsonObject;
  /** Changes as little of the fragment as turns it into the text. */
  write(fragment: Y.XmlFragment, richText: JsonObject): void;
}
