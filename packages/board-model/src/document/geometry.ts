import type { PropertyPath } from "./record-key.ts";
import { isJsonObject } from "./record.ts";
import type { JsonObject } from "./record.ts";

type Geometry = readonly number[];

/** x, y, rotation and, where a shape has both, width and height, as one value: they change together. */
export function geometryOf(record: JsonObject): Geometry | null {
  if (record.typeName !== "shape") return null;
  const { x, y, rotation } = record;
  if (typeof x !== "number" || typeof y !== "number" || typeof rotation !== "number") return null;
  const props = record.props;
  if (isJsonObject(props) && typeof props.w === "number" && typeof props.h === "number") {
    return [x, y, rotation, props.w, props.h];
  }
  return [x, y, rotation];
}

export function isGeometryPath(path: PropertyPath, geometryLength: number): boolean {
  if (path.length === 1) return path[0] === "x" || path[0] === "y" || path[0] === "rotation";
  return geometryLength === 5 && path[0] === "props" && (path[1] === "w" || path[1] === "h");
}

/**
 * Whether the canvas works this property out by itself: the width of a text that is as wide as its
 * letters. Nothing shows it, and written it would undo that a peer has given the text a width.
 */
export function isDerived(record: JsonObject, path: PropertyPath): boolean {
  return (
    path[1] === "w" &&
    record.type === "text" &&
    isJsonObject(record.props) &&
    record.props.autoSize === true
  );
}

export function applyGeometry(record: Record<string, unknown>, value: unknown): void {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "number")) return;
  const [x, y, rotation, w, h] = value;
  record.x = x;
  record.y = y;
  record.rotation = rotation;
  if (w !== undefined && h !== undefined && isJsonObject(record.props)) {
    record.props = { ...record.props, w, h };
  }
}
