import { digest } from "lib0/hash/sha256";
import * as Y from "yjs";
import type { JsonObject } from "./record.ts";
import type { RichTextCodec } from "./rich-text-codec.ts";
import { textDifference } from "./text-difference.ts";

/** Fixed, so that the same three texts always give the same fourth. */
const clientIds = { base: 1, ours: 2, theirs: 3 } as const;

/** What two people made of the same rich text, with the changes of both. */
export function mergeRichText(
  codec: RichTextCodec,
  base: JsonObject,
  ours: JsonObject,
  theirs: JsonObject,
): JsonObject {
  const merged = mergeInDocument(
    (doc, text: JsonObject) => {
      codec.write(doc.getXmlFragment(), text);
    },
    { base, ours, theirs },
  );
  return codec.read(merged.getXmlFragment());
}

/** What two people made of the same plain text, with the changes of both. */
export function mergePlainText(base: string, ours: string, theirs: string): string {
  const merged = mergeInDocument((doc, text: string) => writePlainText(doc.getText(), text), {
    base,
    ours,
    theirs,
  });
  return merged.getText().toJSON();
}

/** Changes as little of the text as makes it read as it should. */
export function writePlainText(text: Y.Text, value: string): void {
  const { start, deleted, inserted } = textDifference(text.toJSON(), value);
  if (deleted > 0) text.delete(start, deleted);
  if (inserted !== "") text.insert(start, inserted);
}

/**
 * An update that puts a text into a body that is still empty, the same update whoever makes it: its
 * author is a number made of what it holds, so that a document takes it once.
 */
export function plantedText(write: (doc: Y.Doc) => void): Uint8Array {
  const encodeAs = (clientId: number): Uint8Array => {
    const doc = new Y.Doc();
    doc.clientID = clientId;
    write(doc);
    const update = Y.encodeStateAsUpdate(doc);
    doc.destroy();
    return update;
  };
  const hash = digest(encodeAs(clientIds.base));
  // Six bytes: more than any client draws for itself, and still a safe integer.
  return encodeAs(hash.subarray(0, 6).reduce((id, byte) => id * 256 + byte, 0));
}

function mergeInDocument<T>(
  write: (doc: Y.Doc, text: T) => void,
  texts: Record<keyof typeof clientIds, T>,
): Y.Doc {
  const base = new Y.Doc();
  base.clientID = clientIds.base;
  write(base, texts.base);
  const start = Y.encodeStateAsUpdate(base);
  const [ours, theirs] = (["ours", "theirs"] as const).map((side) => {
    const doc = new Y.Doc();
    doc.clientID = clientIds[side];
    Y.applyUpdate(doc, start);
    write(doc, texts[side]);
    return doc;
  });
  if (ours === undefined || theirs === undefined) return base;
  Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs, Y.encodeStateVector(ours)));
  return ours;
}
