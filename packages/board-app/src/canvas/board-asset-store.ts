import { isSha256 } from "@boardwalk/board-model";
import type { Editor, TLAsset, TLAssetId, TLAssetStore } from "tldraw";
import type { PendingPictures } from "../session/pending-pictures.ts";
import { sanitizeSvg } from "./sanitize-svg.ts";

/** Set on an asset while its file is only in the browser of whoever added it. */
const pendingMark = "pending";

/** Blob.text() takes the byte order mark away; a little white space may follow it. */
const markupStartBytes = 1_024;

/**
 * Keeps pictures and videos of a board on its server; the document holds only their address.
 *
 * @param read the asset as it is now
 */
export function createBoardAssetStore(
  pictures: PendingPictures,
  read: (id: TLAssetId) => TLAsset | undefined,
): TLAssetStore {
  const addressOf = async (asset: TLAsset): Promise<string | null> => {
    const sha256 = sha256OfAsset(asset);
    const address = sha256 === null ? null : pictures.addressOf(sha256);
    if (address !== null) return address;
    if (asset.meta[pendingMark] === true) {
      const kept = sha256 === null ? null : await pictures.findAddress(sha256);
      // The canvas takes the answer that comes last for the newest: meanwhile it may have been sent.
      const now = read(asset.id);
      return now === undefined || now === asset ? kept : addressOf(now);
    }
    const { src } = asset.props;
    return src === null || !isHere(src) ? null : src;
  };
  return {
    async upload(_asset, file, abort) {
      const { src, isSent } = await pictures.add(await harmless(file), abort);
      return isSent ? { src } : { src, meta: { [pendingMark]: true } };
    },
    resolve: addressOf,
  };
}

/**
 * Tells everyone when a picture that they had to wait for has been sent.
 *
 * @param write puts what is on the canvas into the document
 */
export function announceSentPictures(
  editor: Editor,
  pictures: PendingPictures,
  write: () => void,
): () => void {
  return pictures.onSent((sha256) => {
    const sent = editor.getAssets().filter((asset) => sha256OfAsset(asset) === sha256);
    editor.run(
      () => {
        editor.updateAssets(
          sent.map((asset) => ({ ...asset, meta: { ...asset.meta, [pendingMark]: false } })),
        );
      },
      { history: "ignore" },
    );
    // Before this browser forgets the picture, or nobody might ever tell the others.
    write();
  });
}

/** On this server or in the record itself: no other site hears of who looks at a board. */
function isHere(src: string): boolean {
  if (!URL.canParse(src, window.location.href)) return false;
  const { origin, protocol, pathname } = new URL(src, window.location.href);
  if (protocol === "data:") return /^(image|video)\//i.test(pathname);
  return origin === window.location.origin;
}

function sha256OfAsset(asset: TLAsset): string | null {
  const name = asset.props.src?.split("/").at(-1);
  return isSha256(name) ? name : null;
}

/**
 * SVG can carry scripts; what goes to the server and into exports has none. By the content, as the
 * server knows it too: a file, or a picture inside of another file, may call itself anything.
 */
async function harmless(file: File): Promise<Blob> {
  const start = await file.slice(0, markupStartBytes).text();
  if (!/^\uFEFF?\s*</.test(start)) return file;
  return new Blob([sanitizeSvg(await file.text())], { type: "image/svg+xml" });
}
