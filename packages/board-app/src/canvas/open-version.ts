import { BoardDocument, isNewerBoard } from "@boardwalk/board-model";
import { atom, createTLStore, defaultBindingUtils, type TLStore } from "tldraw";
import * as Y from "yjs";
import type { PendingPictures } from "../session/pending-pictures.ts";
import { createBoardAssetStore } from "./board-asset-store.ts";
import { boardShapeUtils } from "./own-shape-utils.ts";
import { CanvasBinding } from "./canvas-binding.ts";
import { richTextCodec } from "./rich-text-codec.ts";

/** A version of the board, to look at. */
export interface OpenVersion {
  readonly store: TLStore;
  /** Whether it holds what this canvas cannot show. */
  readonly isIncomplete: boolean;
  close(): void;
}

/**
 * Reads a version in the same way as the board is read, from a document of its own that is connected
 * to nothing.
 *
 * @param update the whole document, as one Yjs update
 * @throws when that is no Yjs update
 */
export function openVersion(update: Uint8Array, pictures: PendingPictures): OpenVersion {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  const document = new BoardDocument(doc, richTextCodec);
  const store: TLStore = createTLStore({
    shapeUtils: boardShapeUtils,
    bindingUtils: defaultBindingUtils,
    assets: createBoardAssetStore(pictures, (id) => store.get(id)),
    collaboration: { status: null, mode: atom("mode", "readonly") },
  });
  const binding = new CanvasBinding({
    store,
    document,
    mayEdit: () => false,
    onAhead: () => undefined,
  });
  return {
    store,
    isIncomplete: isNewerBoard(doc) || binding.setAsideCount > 0,
    close() {
      binding.close();
      document.close();
      doc.destroy();
      store.dispose();
    },
  };
}
