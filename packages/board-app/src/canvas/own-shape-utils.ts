import {
  defaultShapeUtils,
  embedShapeProps,
  EmbedShapeUtil,
  FrameShapeUtil,
  T,
  type TLDragShapesOutInfo,
  type TLFrameShape,
  type TLShape,
} from "tldraw";

/** An embed is not shown here, but what it links to can be opened: held to what other links are. */
class SafeEmbedShapeUtil extends EmbedShapeUtil {
  static override props = { ...embedShapeProps, url: T.linkUrl };
}

/** A frame that a peer may delete while something is dragged over it: tldraw would come to grief. */
class SharedFrameShapeUtil extends FrameShapeUtil {
  override onDragShapesOut(
    frame: TLFrameShape | undefined,
    shapes: TLShape[],
    info: TLDragShapesOutInfo,
  ): void {
    if (frame !== undefined) super.onDragShapesOut(frame, shapes, info);
  }
}

/** In the place of tldraw's own. */
export const ownShapeUtils = [SafeEmbedShapeUtil, SharedFrameShapeUtil];

/** All that a board holds. */
export const boardShapeUtils = [
  ...defaultShapeUtils.filter(({ type }) => !ownShapeUtils.some((own) => own.type === type)),
  ...ownShapeUtils,
];
