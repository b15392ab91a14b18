import { onTestFinished } from "vitest";
import type * as Y from "yjs";
import { LiveDocument } from "./live-document.ts";

/** A document as an open board has it, until the test is over. */
export function liveDocumentOf(document: Y.Doc): LiveDocument {
  const live = new LiveDocument(document, (cause) => {
    throw cause;
  });
  onTestFinished(() => live.close());
  return live;
}
