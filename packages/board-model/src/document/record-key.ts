/** Name of the document's top-level map of records. */
export const recordsName = "records";

/**
 * Keys of the `records` map, written as JSON pointers (RFC 6901) without the leading slash:
 * `<id>` is a record's base, `<id>/<property>` and `<id>/props/<name>` hold what changed after,
 * `<id>/g` its geometry, `<id>/i` its ink. What a canvas later than the board's first one has
 * changed has the number of its form after the id: `<id>/<form>/g`.
 */
export type RecordKey =
  | { readonly kind: "base"; readonly id: string }
  | { readonly kind: "geometry"; readonly id: string; readonly form: KeyForm }
  | { readonly kind: "ink"; readonly id: string; readonly form: KeyForm }
  | {
      readonly kind: "property";
      readonly id: string;
      readonly path: PropertyPath;
      readonly form: KeyForm;
    };

/** null for the form of the board's first canvas. */
export type KeyForm = number | null;

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

export function geometryKey(id: string, form: KeyForm): string {
  return `${prefixOf(id, form)}/${geometrySegment}`;
}

export function inkKey(id: string, form: KeyForm): string {
  return `${prefixOf(id, form)}/${inkSegment}`;
}

export function propertyKey(id: string, path: PropertyPath, form: KeyForm): string {
  return `${prefixOf(id, form)}/${path.map(escapeSegment).join("/")}`;
}

function prefixOf(id: string, form: KeyForm): string {
  return form === null ? escapeSegment(id) : `${escapeSegment(id)}/${form}`;
}

/** null for a key that no version of this layout writes; such keys are kept and ignored. */
export function parseRecordKey(key: string): RecordKey | null {
  const [first, ...segments] = key.split("/");
  if (first === undefined || first === "") return null;
  const id = unescapeSegment(first);
  if (segments.length === 0) return { kind: "base", id };
  const hasForm = segments.length > 1 && /^[1-9]\d{0,8}$/.test(segments[0] ?? "");
  const form = hasForm ? Number(segments.shift()) : null;
  const [outer = "", inner, ...rest] = segments;
  if (rest.length > 0) return null;
  if (inner === undefined) {
    if (outer === geometrySegment) return { kind: "geometry", id, form };
    if (outer === inkSegment) return { kind: "ink", id, form };
    if (reservedProperties.has(outer)) return null;
    return { kind: "property", id, path: [unescapeSegment(outer)], form };
  }
  if (outer !== "props" && outer !== "meta") return null;
  return { kind: "property", id, path: [outer, unescapeSegment(inner)], form };
}
