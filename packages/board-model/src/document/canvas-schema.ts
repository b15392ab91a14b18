import type { CanvasSchema } from "./record-forms.ts";

/**
 * The schema of tldraw 3.15.4, as its store serialises it. Written into every new board, so that a
 * later canvas knows what to migrate. A test holds it against the canvas that is installed.
 */
export const canvasSchema = {
  schemaVersion: 2,
  sequences: {
    "com.tldraw.store": 4,
    "com.tldraw.asset": 1,
    "com.tldraw.camera": 1,
    "com.tldraw.document": 2,
    "com.tldraw.instance": 25,
    "com.tldraw.instance_page_state": 5,
    "com.tldraw.page": 1,
    "com.tldraw.instance_presence": 6,
    "com.tldraw.pointer": 1,
    "com.tldraw.shape": 4,
    "com.tldraw.asset.bookmark": 2,
    "com.tldraw.asset.image": 5,
    "com.tldraw.asset.video": 5,
    "com.tldraw.shape.arrow": 6,
    "com.tldraw.shape.bookmark": 2,
    "com.tldraw.shape.draw": 2,
    "com.tldraw.shape.embed": 4,
    "com.tldraw.shape.frame": 1,
    "com.tldraw.shape.geo": 10,
    "com.tldraw.shape.group": 0,
    "com.tldraw.shape.highlight": 1,
    "com.tldraw.shape.image": 5,
    "com.tldraw.shape.line": 5,
    "com.tldraw.shape.note": 9,
    "com.tldraw.shape.text": 3,
    "com.tldraw.shape.video": 4,
    "com.tldraw.binding.arrow": 1,
  },
} as const satisfies CanvasSchema;

/**
 * Whether a board was written by a canvas that knows records which this one does not: then it may be
 * looked at here, as far as it can be read, and not changed.
 */
export function isNewerThanCanvas(board: CanvasSchema, canvas: CanvasSchema): boolean {
  return Object.entries(board.sequences).some(([sequence, version]) => {
    const own = canvas.sequences[sequence];
    return own === undefined || version > own;
  });
}
