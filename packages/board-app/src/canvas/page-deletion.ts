import { isPageId, isShapeId, type TLPageId, type TLShapeId, type TLStore } from "tldraw";

/**
 * Lets a page take its shapes with it when this person deletes it. tldraw leaves them in the store,
 * where nothing shows them; as shapes without a page the board would rescue them onto another.
 *
 * @returns what ends it
 */
export function deleteShapesWithTheirPage(store: TLStore): () => void {
  return store.sideEffects.registerBeforeDeleteHandler("page", (page, source) => {
    if (source === "user") store.remove(shapesOn(store, page.id));
  });
}

function shapesOn(store: TLStore, pageId: TLPageId): TLShapeId[] {
  const ids: TLShapeId[] = [];
  for (const record of store.allRecords()) {
    if (record.typeName === "shape" && pageOf(store, record.id) === pageId) ids.push(record.id);
  }
  return ids;
}

function pageOf(store: TLStore, shapeId: TLShapeId): TLPageId | null {
  let parentId = store.get(shapeId)?.parentId;
  while (parentId !== undefined && isShapeId(parentId)) parentId = store.get(parentId)?.parentId;
  return parentId !== undefined && isPageId(parentId) ? parentId : null;
}
