export type { Inspected } from "./inspection.ts";
export { inspectHome } from "./inspect-home.ts";
export {
  openYLeveldbFolder,
  type YLeveldbDocument,
  type YLeveldbFolder,
} from "./level/y-leveldb-folder.ts";
export {
  MAX_DETAILS_BYTES,
  MAX_DOCUMENT_BYTES,
  MAX_VALUE_BYTES,
  type StoreLimits,
} from "./limits.ts";
export { openStore, type StoreOptions } from "./open-store.ts";
export type { Operation } from "./operation.ts";
export type { StoreStats } from "./store-counters.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
export type { StoreLogger } from "./store-logger.ts";
export type { Assets, Records, Store, StoredAsset, UpdateLog, Version, Versions } from "./store.ts";
export type { Damage, StoredDocument } from "./stored-document.ts";
