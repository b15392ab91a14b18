import { limits } from "@boardwalk/board-model";
import { useEffect } from "react";
import {
  AssetRecordType,
  defaultHandleExternalFileContent,
  defaultHandleExternalSvgTextContent,
  getHashForString,
  MediaHelpers,
  useEditor,
  useToasts,
  useTranslation,
  type Editor,
  type TLBookmarkAsset,
} from "tldraw";
import { sanitizeSvg } from "./sanitize-svg.ts";

/**
 * What people paste and drop: made harmless, refused with a message where it is not what it says,
 * and without asking other sites for anything. Renders nothing; a child of the canvas.
 */
export function ExternalContent(): null {
  const editor = useEditor();
  const toasts = useToasts();
  const msg = useTranslation();
  useEffect(() => {
    // tldraw would fetch the page behind the link; a bookmark here shows the link itself.
    editor.registerExternalAssetHandler("url", async ({ url }) => bookmarkAsset(url));
    // tldraw waits for the promises of both handlers, whatever its types say.
    // oxlint-disable-next-line typescript/no-misused-promises
    editor.registerExternalContentHandler("svg-text", (content) => {
      const text = sanitizeSvg(content.text);
      return defaultHandleExternalSvgTextContent(editor, { ...content, text });
    });
    // oxlint-disable-next-line typescript/no-misused-promises
    editor.registerExternalContentHandler("files", async ({ files, point }) => {
      const readable = await Promise.all(files.map(isReadable));
      if (readable.includes(false)) {
        toasts.addToast({ title: msg("assets.files.upload-failed"), severity: "error" });
      }
      const taken = files.filter((_file, index) => readable[index]);
      const options = { toasts, msg, maxAssetSize: limits.assetBytes };
      await defaultHandleExternalFileContent(
        editor,
        point === undefined ? { files: taken } : { files: taken, point },
        options,
      );
    });
    return editor.sideEffects.registerAfterDeleteHandler("asset", (asset, source) => {
      if (source === "user") deleteShapesOf(editor, asset.id);
    });
  }, [editor, toasts, msg]);
  return null;
}

/** A file that only calls itself a picture makes tldraw throw, and the person would see nothing. */
async function isReadable(file: File): Promise<boolean> {
  // tldraw has messages of its own for files that are too large or of another kind.
  if (!file.type.startsWith("image/") || file.size > limits.assetBytes) return true;
  try {
    await MediaHelpers.getImageSize(file);
    return true;
  } catch {
    return false;
  }
}

/** tldraw takes back the asset of an upload that failed, and leaves an empty frame where it was. */
function deleteShapesOf(editor: Editor, assetId: string): void {
  const shapes = editor.store
    .allRecords()
    .filter((record) => record.typeName === "shape")
    .filter(({ props }) => "assetId" in props && props.assetId === assetId);
  editor.deleteShapes(shapes);
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
