import type { Editor, TLAsset, TLRecord, TLShapeId } from "tldraw";

/** What tldraw registers for its files. */
const tldrMimeType = "application/vnd.tldraw+json";
const tldrFormatVersion = 1;

/**
 * The whole board, or some shapes of the current page, as a `.tldr` file. Pictures go into the file,
 * as it has to be complete away from this server; people, cameras and cursors do not.
 */
export async function encodeTldrFile(
  editor: Editor,
  shapeIds: readonly TLShapeId[] | null,
): Promise<{ blob: Blob; missingPictures: number }> {
  const used = shapeIds === null ? recordsOfBoard(editor) : recordsOfShapes(editor, shapeIds);
  let missingPictures = 0;
  const records: TLRecord[] = [];
  for (const record of used) {
    if (record.typeName !== "asset") {
      records.push(record);
      continue;
    }
    const embedded = await embed(editor, record);
    if (embedded === null) missingPictures++;
    records.push(embedded ?? record);
  }
  const file = {
    tldrawFileFormatVersion: tldrFormatVersion,
    schema: editor.store.schema.serialize(),
    records,
  };
  return { blob: new Blob([JSON.stringify(file)], { type: tldrMimeType }), missingPictures };
}

function recordsOfBoard(editor: Editor): TLRecord[] {
  const records = Object.values(editor.store.serialize("document"));
  const usedAssets = new Set(records.map(assetIdOf));
  return records.filter((record) => record.typeName !== "asset" || usedAssets.has(record.id));
}

function recordsOfShapes(editor: Editor, shapeIds: readonly TLShapeId[]): TLRecord[] {
  const content = editor.getContentFromCurrentPage([...shapeIds]);
  if (content === undefined) return [];
  return [
    editor.getDocumentSettings(),
    editor.getCurrentPage(),
    ...content.assets,
    ...content.shapes,
    ...(content.bindings ?? []),
  ];
}

function assetIdOf(record: TLRecord): string | null {
  return record.typeName === "shape" && "assetId" in record.props ? record.props.assetId : null;
}

/** The asset with its picture inside; null when the picture could not be read. */
async function embed(editor: Editor, asset: TLAsset): Promise<TLAsset | null> {
  if (asset.type === "bookmark" || asset.props.src?.startsWith("data:") === true) return asset;
  try {
    const url = await editor.resolveAssetUrl(asset.id, { shouldResolveToOriginal: true });
    if (url === null) return null;
    const response = await fetch(url);
    if (!response.ok) return null;
    const src = await encodeDataUrl(await response.blob());
    // Spelled out for each, or the two types become one that is neither.
    return asset.type === "image"
      ? { ...asset, props: { ...asset.props, src } }
      : { ...asset, props: { ...asset.props, src } };
  } catch {
    return null;
  }
}

function encodeDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      if (typeof reader.result === "string") resolve(reader.result);
    });
    reader.addEventListener("error", () =>
      reject(reader.error ?? new Error("the picture could not be read")),
    );
    reader.readAsDataURL(blob);
  });
}
