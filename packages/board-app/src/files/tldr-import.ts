import {
  AssetRecordType,
  createBindingId,
  createShapeId,
  getIndicesAbove,
  PageRecordType,
  type Editor,
  type IndexKey,
  type TLAsset,
  type TLAssetId,
  type TLPageId,
  type TLParentId,
  type TLRecord,
  type TLShapeId,
} from "tldraw";
import { UploadError } from "../session/pending-pictures.ts";
import { FileError } from "./file-error.ts";
import { decodeTldrFile, type TldrContent } from "./tldr-file.ts";

/** Room for the pictures in it, which base64 makes a third larger. */
export const maxTldrFileBytes = 200 * 1024 * 1024;

const ownAssetPath = /^\/api\/boards\/[\w-]+\/assets\/[0-9a-f]+$/;

/** The server will not take such a picture however often it is sent. */
const finalRefusals: ReadonlySet<string> = new Set(["ASSET_TOO_LARGE", "ASSET_TYPE"]);

export type ImportProgress =
  | { readonly step: "reading" | "keeping" }
  | { readonly step: "uploading"; readonly done: number; readonly total: number };

export interface ImportResult {
  readonly pages: number;
  readonly shapes: number;
  /** Pictures that the file only links to, or that the server refuses: shown as missing. */
  readonly missingPictures: number;
  /** Why the board as it was before could not be kept; null when it was. */
  readonly notKept: { readonly cause: unknown } | null;
}

export interface ImportOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
  /** Keeps the board as it is; called just before something is added to it. */
  readonly keepVersion: () => Promise<unknown>;
}

/**
 * Adds what a `.tldr` file holds to the board, each of its pages as a new one, as one change that
 * undo takes back. The current page is used for the first when it is empty. Pictures are stored on
 * the server before anything is added, so that a failure leaves the board as it was. Rejects with
 * `FileError`, or with the signal's reason.
 */
export async function importTldrFile(
  editor: Editor,
  file: File,
  options: ImportOptions,
): Promise<ImportResult> {
  options.onProgress({ step: "reading" });
  if (file.size > maxTldrFileBytes) throw new FileError("FILE_TOO_LARGE");
  const content = decodeTldrFile(await read(file), editor.store.schema);
  requireRoom(editor, content);
  let missingPictures = 0;
  const assets: TLAsset[] = [];
  for (const [done, asset] of content.assets.entries()) {
    options.signal.throwIfAborted();
    options.onProgress({ step: "uploading", done, total: content.assets.length });
    const stored = await storeAsset(editor, asset, options.signal);
    if (stored.isMissing) missingPictures++;
    assets.push(stored.asset);
  }
  options.signal.throwIfAborted();
  options.onProgress({ step: "keeping" });
  let notKept: ImportResult["notKept"] = null;
  try {
    await options.keepVersion();
  } catch (cause) {
    // An import only adds, and can be undone: it goes on, and the person is told.
    notKept = { cause };
  }
  options.signal.throwIfAborted();
  // The board may have changed meanwhile.
  requireRoom(editor, content);
  addToBoard(editor, { ...content, assets });
  return { pages: content.pages.length, shapes: content.shapes.length, missingPictures, notKept };
}

async function read(file: File): Promise<string> {
  try {
    return await file.text();
  } catch (cause) {
    throw new FileError("READ_FAILED", cause);
  }
}

function requireRoom(editor: Editor, content: TldrContent): void {
  const { maxPages, maxShapesPerPage } = editor.options;
  const added = content.pages.length - (isEmptyPage(editor) ? 1 : 0);
  if (editor.getPages().length + added > maxPages) throw new FileError("TOO_MANY_PAGES");
  // A page never holds more than the whole file does: only a large file has to be counted.
  if (content.shapes.length <= maxShapesPerPage) return;
  const parents = new Map<string, string>(content.shapes.map(({ id, parentId }) => [id, parentId]));
  const counts = new Map<string, number>();
  for (const { id } of content.shapes) {
    let root: string = id;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) {
      root = parent;
    }
    const count = (counts.get(root) ?? 0) + 1;
    if (count > maxShapesPerPage) throw new FileError("TOO_MANY_SHAPES");
    counts.set(root, count);
  }
}

function isEmptyPage(editor: Editor): boolean {
  return editor.getCurrentPageShapeIds().size === 0;
}

/** The asset with its picture on this server. No other site is asked for one. */
async function storeAsset(
  editor: Editor,
  asset: TLAsset,
  signal: AbortSignal,
): Promise<{ asset: TLAsset; isMissing: boolean }> {
  if (asset.type === "bookmark") {
    return {
      asset: { ...asset, props: { ...asset.props, image: "", favicon: "" } },
      isMissing: false,
    };
  }
  const src = await storePicture(editor, asset, signal);
  return {
    asset:
      asset.type === "image"
        ? { ...asset, props: { ...asset.props, src } }
        : { ...asset, props: { ...asset.props, src } },
    isMissing: src === null,
  };
}

async function storePicture(
  editor: Editor,
  asset: Exclude<TLAsset, { type: "bookmark" }>,
  signal: AbortSignal,
): Promise<string | null> {
  const { src, name } = asset.props;
  if (src === null || !(src.startsWith("data:") || ownAssetPath.test(src))) return null;
  try {
    const response = await fetch(src, { signal });
    if (!response.ok) return null;
    const picture = await response.blob();
    const file = new File([picture], name, { type: picture.type });
    return (await editor.uploadAsset(asset, file, signal)).src;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof UploadError && finalRefusals.has(cause.code)) return null;
    throw new FileError("PICTURE_UPLOAD_FAILED", cause);
  }
}

/** Everything gets a new id: the same file may be opened twice, or come from this very board. */
function addToBoard(editor: Editor, content: TldrContent): void {
  const ids = new Map<string, string>();
  const startsHere = isEmptyPage(editor);
  content.pages.forEach((page, index) => {
    const isHere = startsHere && index === 0;
    ids.set(page.id, isHere ? editor.getCurrentPageId() : PageRecordType.createId());
  });
  for (const shape of content.shapes) ids.set(shape.id, createShapeId());
  for (const binding of content.bindings) ids.set(binding.id, createBindingId());
  for (const asset of content.assets) ids.set(asset.id, AssetRecordType.createId());
  const renamed = <Id extends string>(id: Id): Id => (ids.get(id) ?? id) as Id;

  const lastIndex = editor.getPages().at(-1)?.index;
  const indices: IndexKey[] = getIndicesAbove(lastIndex, content.pages.length);
  const pages = content.pages.map((page, position) => {
    const id: TLPageId = renamed(page.id);
    const here = editor.getPage(id);
    const index = here?.index ?? indices[position] ?? page.index;
    return { ...page, id, index };
  });
  const records: TLRecord[] = [
    ...pages,
    ...content.assets.map((asset) => ({ ...asset, id: renamed<TLAssetId>(asset.id) })),
    ...(content.shapes.map((shape) => ({
      ...shape,
      id: renamed<TLShapeId>(shape.id),
      parentId: renamed<TLParentId>(shape.parentId),
      props:
        "assetId" in shape.props && shape.props.assetId !== null
          ? { ...shape.props, assetId: renamed<TLAssetId>(shape.props.assetId) }
          : shape.props,
    })) as TLRecord[]),
    ...content.bindings.map((binding) => ({
      ...binding,
      id: renamed(binding.id),
      fromId: renamed<TLShapeId>(binding.fromId),
      toId: renamed<TLShapeId>(binding.toId),
    })),
  ];
  editor.markHistoryStoppingPoint("open file");
  editor.run(() => editor.store.put(records));
  const [first] = pages;
  if (first !== undefined) editor.setCurrentPage(first.id);
  editor.selectNone();
  editor.zoomToFit();
}
