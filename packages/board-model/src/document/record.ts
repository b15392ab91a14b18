/**
 * A record as tldraw's store holds it: plain JSON with an id and a type name. This package looks
 * only at the few properties that the layout or the integrity rules need.
 */
export interface BoardRecord {
  readonly id: string;
  readonly typeName: string;
  readonly [property: string]: unknown;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isBoardRecord(value: unknown): value is BoardRecord {
  return isJsonObject(value) && typeof value.id === "string" && typeof value.typeName === "string";
}

/** Deep equality of JSON values; the order of keys does not count, an absent key equals `undefined`. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => jsonEqual(item, b[index]));
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  for (const key of Object.keys(left)) {
    if (!jsonEqual(left[key], right[key])) return false;
  }
  for (const key of Object.keys(right)) {
    if (right[key] !== undefined && left[key] === undefined) return false;
  }
  return true;
}
