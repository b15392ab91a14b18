import type * as Y from "yjs";

/**
 * How many items Yjs keeps of a document in memory, at some 400 bytes each, however few bytes they
 * take encoded. Runs of what was typed or deleted in one go are one.
 */
export function itemsOf({ store }: Y.Doc): number {
  let items = 0;
  for (const structs of store.clients.values()) items += structs.length;
  return items;
}
