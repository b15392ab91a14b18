import { defaultShapeUtils, embedShapeProps, EmbedShapeUtil, T } from "tldraw";

/** An embed is not shown here, but what it links to can be opened: held to what other links are. */
class SafeEmbedShapeUtil extends EmbedShapeUtil {
  static override props = { ...embedShapeProps, url: T.linkUrl };
}

/** In the place of tldraw's own. */
export const safeShapeUtils = [SafeEmbedShapeUtil];

/** All that a board holds. */
export const boardShapeUtils = [
  ...defaultShapeUtils.filter(({ type }) => type !== SafeEmbedShapeUtil.type),
  ...safeShapeUtils,
];
