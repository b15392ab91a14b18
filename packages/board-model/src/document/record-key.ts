/**
 * Keys of the `records` map, written as JSON pointers (RFC 6901) without the leading slash:
 * `<id>` is a record's base, `<id>/<property>` and `<id>/props/<name>` hold what changed after,
 * `<id>/g` its geometry, `<id>/i` its ink.
 */
export type RecordKey =
  | { readonly kind: "base"; readonly id: string }
  | { readonly kind: "geometry"; readonly id: string }
  | { readonly kind: "ink"; readonly id: string }
  | { readonly kind: "property"; readonly id: string; readonly path: PropertyPath };

/** One property of a record, or one entry of its `props` or `meta`. */
export type PropertyPath = readonly [string] | readonly ["props" | "meta", string];

/** `props` and `meta` are only ever written entry by entry. */
const reservedProperties: ReadonlySet<string> = new Set(["", "id", "typeName", "props", "meta"]);

const geometrySegment = "g";
const inkSegment = "i";

function escapeSegment(segment: string): string {
  return segment.includes("~") || segment.includes("/")
    ? segment.replaceAll("~", "~0").replaceAll("/", "~1")
    : segment;
}

function unescapeSegment(segment: string): string {
  return segment.includes("~") ? segment.replaceAll("~1", "/").replaceAll("~0", "~") : segment;
}

export function baseKey(id: string): string {
  return escapeSegment(id);
}

export function geometryKey(id: string): string {
  return `${escapeSegment(id)}/${geometrySegment}`;
}

export function inkKey(id: string): string {
  return `${escapeSegment(id)}/${inkSegment}`;
}

export function propertyKey(id: string, path: PropertyPath): string {
  return `${escapeSegment(id)}/${path.map(escapeSegment).join("/")}`;
}

/** null for a key that no version of this layout writes; such keys are kept and ignored. */
export function parseRecordKey(key: string): RecordKey | null {
  const [first, second, third, ...rest] = key.split("/");
  if (first === undefined || first === "" || rest.length > 0) return null;
  const id = unescapeSegment(first);
  if (second === undefined) return { kind: "base", id };
  if (third === undefined) {
    if (second === geometrySegment) return { kind: "geometry", id };
    if (second === inkSegment) return { kind: "ink", id };
    if (reservedProperties.has(second)) return null;
    return { kind: "property", id, path: [unescapeSegment(second)] };
  }
  if (second !== "props" && second !== "meta") return null;
  return { kind: "property", id, path: [second, unescapeSegment(third)] };
}
