// @vitest-environment jsdom
import { assetPath } from "@boardwalk/board-model";
import { AssetRecordType, type TLAsset } from "tldraw";
import { expect, it } from "vitest";
import type { PictureStore } from "../session/local-copy.ts";
import { PendingPictures } from "../session/pending-pictures.ts";
import { createBoardAssetStore } from "./board-asset-store.ts";

const boardId = "b".repeat(22);
const src = assetPath(boardId, "a".repeat(64));

function image(pending: boolean): TLAsset {
  return AssetRecordType.create({
    id: AssetRecordType.createId("picture"),
    type: "image",
    props: { src, w: 1, h: 1, name: "", mimeType: "image/png", isAnimated: false },
    meta: { pending },
  });
}

it("shows a picture that was sent while this browser was looked through for it", async () => {
  let answer: (picture: undefined) => void = () => undefined;
  // A browser that is slow to say that it has no such picture.
  const store: PictureStore = {
    readPictures: async () => [],
    readPicture: () => new Promise((resolve) => (answer = resolve)),
    writePicture: async () => undefined,
    deletePicture: async () => undefined,
  };
  const pictures = new PendingPictures(
    boardId,
    () => "token",
    () => undefined,
  );
  await pictures.open(store);
  let shown = image(true);
  const assets = createBoardAssetStore(pictures, () => shown);
  const context = {
    screenScale: 1,
    steppedScreenScale: 1,
    dpr: 1,
    networkEffectiveType: null,
    shouldResolveToOriginal: false,
  };
  const early = assets.resolve?.(shown, context);
  shown = image(false);
  expect(await assets.resolve?.(shown, context)).toBe(src);
  answer(undefined);
  expect(await early).toBe(src);
});
