import type { PropertyPath } from "./record-key.ts";
import { isJsonObject, jsonEqual } from "./record.ts";
import type { BoardRecord, JsonObject } from "./record.ts";

/** The properties, and entries of `props` and `meta`, in which two versions of a record differ. */
export function changedPaths(before: BoardRecord, after: BoardRecord): PropertyPath[] {
  const paths: PropertyPath[] = [];
  for (const key of unionOfKeys(before, after)) {
    const left = before[key];
    const right = after[key];
    if (left === right || key === "id" || key === "typeName") continue;
    if (key === "props" || key === "meta") {
      if (!isJsonObject(left) || !isJsonObject(right)) continue;
      for (const inner of unionOfKeys(left, right)) {
        if (!jsonEqual(left[inner], right[inner])) paths.push([key, inner]);
      }
    } else if (!jsonEqual(left, right)) paths.push([key]);
  }
  return paths;
}

function unionOfKeys(left: JsonObject, right: JsonObject): Set<string> {
  return new Set([...Object.keys(left), ...Object.keys(right)]);
}

/**
 * The record after a change that was made to another version of it: takes over only the properties
 * in which `before` and `after` differ.
 */
export function applyChange<R extends BoardRecord>(current: R, before: R, after: R): R {
  const result: Record<string, unknown> & { id: string; typeName: string } = { ...current };
  for (const path of changedPaths(before, after)) setIn(result, path, getIn(after, path));
  return result as BoardRecord as R;
}

export function getIn(record: JsonObject, path: PropertyPath): unknown {
  const outer = record[path[0]];
  return path.length === 1 ? outer : isJsonObject(outer) ? outer[path[1]] : undefined;
}

export function setIn(record: Record<string, unknown>, path: PropertyPath, value: unknown): void {
  if (path.length === 1) {
    if (value === undefined) delete record[path[0]];
    else record[path[0]] = value;
    return;
  }
  const outer = record[path[0]];
  const inner: Record<string, unknown> = { ...(isJsonObject(outer) ? outer : {}) };
  if (value === undefined) delete inner[path[1]];
  else inner[path[1]] = value;
  record[path[0]] = inner;
}
