import type { Editor, TLPageId } from "tldraw";
import { z } from "zod";
import { readStored, tabStorage, writeStored } from "../storage/browser-storage.ts";

const viewSchema = z.object({
  pageId: z.string().transform((id) => id as TLPageId),
  camera: z.object({ x: z.number(), y: z.number(), z: z.number().positive() }),
});

/**
 * Where someone looks on a board: the page and the camera. Kept for this tab, so that a reload goes
 * on there; whoever is new to a board sees all that is on its page. Returns what ends the keeping.
 */
export function keepView(editor: Editor, boardId: string): () => void {
  const key = `boardwalk:view:${boardId}`;
  const stored = viewSchema.safeParse(readStored(tabStorage(), key)).data;
  // No change of anyone's: nothing for undo to go back to.
  editor.run(
    () => {
      if (stored !== undefined && editor.getPage(stored.pageId) !== undefined) {
        editor.setCurrentPage(stored.pageId);
        editor.setCamera(stored.camera);
      } else showAll(editor);
    },
    { history: "ignore" },
  );
  const write = (): void => {
    const { x, y, z: zoom } = editor.getCamera();
    const pageId = editor.getCurrentPageId();
    writeStored(tabStorage(), key, { pageId, camera: { x, y, z: zoom } });
  };
  window.addEventListener("pagehide", write);
  return () => {
    window.removeEventListener("pagehide", write);
    write();
  };
}

function showAll(editor: Editor): void {
  const bounds = editor.getCurrentPageBounds();
  if (bounds === undefined || editor.getViewportPageBounds().contains(bounds)) return;
  editor.zoomToFit();
}
