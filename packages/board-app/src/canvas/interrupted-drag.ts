import type { Editor } from "tldraw";

/**
 * Ends a drag of something that a peer deletes meanwhile. tldraw would go on moving it, and for an
 * arrow that ends in an error and takes the whole canvas down.
 *
 * @returns what ends it
 */
export function endDragsOfWhatIsGone(editor: Editor): () => void {
  let isGone = false;
  const stops = [
    // What is deleted leaves the selection, and what is dragged is selected.
    editor.sideEffects.registerAfterChangeHandler(
      "instance_page_state",
      (before, after, source) => {
        if (source !== "remote" || !isDragging(editor)) return;
        isGone ||= after.selectedShapeIds.length < before.selectedShapeIds.length;
      },
    ),
    editor.sideEffects.registerOperationCompleteHandler(() => {
      if (!isGone) return;
      isGone = false;
      editor.cancel();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function isDragging(editor: Editor): boolean {
  return editor.isIn("select") && !editor.isInAny("select.idle", "select.editing_shape");
}
