import type { KeyboardEvent } from "react";

/**
 * For a button inside the canvas's element: Enter and Space press it, and are not heard by the
 * canvas, which would begin to edit the selected shape. In the capture phase, because the canvas's
 * listener is nearer to the button than React's own.
 */
export const ownKeys = { onKeyDownCapture: keepFromCanvas, onKeyUpCapture: keepFromCanvas };

function keepFromCanvas(event: KeyboardEvent): void {
  if (event.key === "Enter" || event.key === " ") event.stopPropagation();
}
