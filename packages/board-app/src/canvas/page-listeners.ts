import type { Editor } from "tldraw";

interface FocusManager {
  editor: Pick<Editor, "getContainer" | "getSelectedShapeIds" | "isIn">;
  disposeSideEffectListener?: (() => void) | undefined;
}

/**
 * Call when an editor is gone. tldraw's focus manager adds two listeners to the page's body and
 * then removes two others, so that the page would hold every editor it has ever had, each with its
 * whole store. The listeners stay; what they hold is exchanged for next to nothing.
 */
export function letGoOfPage(editor: Editor): void {
  const { focusManager } = editor as unknown as { focusManager: FocusManager };
  focusManager.disposeSideEffectListener?.();
  delete focusManager.disposeSideEffectListener;
  const container = document.createElement("div");
  focusManager.editor = {
    getContainer: () => container,
    getSelectedShapeIds: () => [],
    isIn: () => false,
  };
}
