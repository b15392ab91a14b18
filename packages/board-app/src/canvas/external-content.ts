import {
  AssetRecordType,
  defaultHandleExternalSvgTextContent,
  getHashForString,
  type Editor,
  type TLBookmarkAsset,
} from "tldraw";
import { sanitizeSvg } from "./sanitize-svg.ts";

/** Makes what people paste and drop harmless, and keeps the page from asking other sites for it. */
export function registerExternalContent(editor: Editor): void {
  // tldraw would fetch the page behind the link; a bookmark here shows the link itself.
  editor.registerExternalAssetHandler("url", async ({ url }) => bookmarkAsset(url));
  // tldraw waits for the promise, whatever its type says.
  // oxlint-disable-next-line typescript/no-misused-promises
  editor.registerExternalContentHandler("svg-text", (content) => {
    const text = sanitizeSvg(content.text);
    return defaultHandleExternalSvgTextContent(editor, { ...content, text });
  });
}

function bookmarkAsset(url: string): TLBookmarkAsset {
  return {
    id: AssetRecordType.createId(getHashForString(url)),
    typeName: "asset",
    type: "bookmark",
    props: {
      src: url,
      title: URL.canParse(url) ? new URL(url).host : url,
      description: "",
      image: "",
      favicon: "",
    },
    meta: {},
  };
}
