import { isJsonObject, jsonEqual } from "./record.ts";

/**
 * The strokes of a drawing as a list of short text chunks that is only ever appended to, so that
 * ink in progress costs its points once. A chunk is an operation letter and numbers:
 *
 *   f  a new free segment         F  the same, its points without pressure
 *   s  a new straight segment     S  the same, its points without pressure
 *   +  more points of the last segment
 *   =  other points for the last segment (a straight line that is being pulled)
 *
 * Points are x, y (and z, the pressure) in hundredths, each the difference to the point before in
 * the same segment; numbers are zigzag varints of six bits a character, 0x00-0x3f for the last
 * character of a number and 0x40-0x7f for the others: every character is one byte of UTF-8.
 */
type Operation = "f" | "F" | "s" | "S" | "+" | "=";

interface InkPoint {
  readonly x: number;
  readonly y: number;
  readonly z?: number;
}

export interface InkSegment {
  readonly type: "free" | "straight";
  readonly points: readonly InkPoint[];
}

const unitsPerPixel = 100;
/** Beyond this, sums of deltas could lose precision; such a stroke is stored as plain JSON. */
const maxUnits = 2 ** 40;

function toUnits(value: unknown): number | null {
  if (typeof value !== "number") return null;
  const units = Math.round(value * unitsPerPixel);
  return Math.abs(units) <= maxUnits && units / unitsPerPixel === value ? units : null;
}

class NumberWriter {
  text = "";
  write(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest >= 64) {
      this.text += String.fromCharCode(64 + (rest % 64));
      rest = Math.floor(rest / 64);
    }
    this.text += String.fromCharCode(rest);
  }
}

class NumberReader {
  readonly #text: string;
  #position = 1;
  constructor(text: string) {
    this.#text = text;
  }
  get done(): boolean {
    return this.#position >= this.#text.length;
  }
  read(): number {
    let value = 0;
    let factor = 1;
    while (this.#position < this.#text.length) {
      const code = this.#text.charCodeAt(this.#position++) % 128;
      value += (code % 64) * factor;
      if (code < 64) break;
      factor *= 64;
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
}

type Pen = { x: number; y: number; z: number };

function hasPressure(segment: InkSegment): boolean {
  return segment.points[0]?.z !== undefined;
}

/** null when a point is not on the grid of hundredths, or mixes pressure and none. */
function encodeChunk(
  operation: Operation,
  points: readonly InkPoint[],
  withPressure: boolean,
  pen: Pen,
): string | null {
  const writer = new NumberWriter();
  for (const point of points) {
    const x = toUnits(point.x);
    const y = toUnits(point.y);
    const z = withPressure ? toUnits(point.z) : 0;
    if (x === null || y === null || z === null) return null;
    if (!withPressure && point.z !== undefined) return null;
    writer.write(x - pen.x);
    writer.write(y - pen.y);
    if (withPressure) writer.write(z - pen.z);
    pen.x = x;
    pen.y = y;
    pen.z = z;
  }
  return operation + writer.text;
}

function newSegmentOperation(segment: InkSegment): Operation {
  const letter = segment.type === "free" ? "f" : "s";
  return hasPressure(segment) ? letter : letter === "f" ? "F" : "S";
}

function penAtEnd(segment: InkSegment): Pen {
  const last = segment.points.at(-1);
  return {
    x: toUnits(last?.x) ?? 0,
    y: toUnits(last?.y) ?? 0,
    z: toUnits(last?.z) ?? 0,
  };
}

function newPen(): Pen {
  return { x: 0, y: 0, z: 0 };
}

/** Whether the value is a list of segments that this encoding can hold without loss. */
export function isInk(value: unknown): value is readonly InkSegment[] {
  return (
    Array.isArray(value) &&
    value.every(
      (segment: unknown) =>
        isJsonObject(segment) &&
        Object.keys(segment).length === 2 &&
        (segment.type === "free" || segment.type === "straight") &&
        Array.isArray(segment.points) &&
        segment.points.every(
          (point: unknown) =>
            isJsonObject(point) &&
            Object.keys(point).every((key) => key === "x" || key === "y" || key === "z"),
        ),
    )
  );
}

/** The chunks of whole strokes; null when they cannot be held without loss. */
export function encodeInk(segments: readonly InkSegment[]): string[] | null {
  const chunks: string[] = [];
  for (const segment of segments) {
    const operation = newSegmentOperation(segment);
    const chunk = encodeChunk(operation, segment.points, hasPressure(segment), newPen());
    if (chunk === null) return null;
    chunks.push(chunk);
  }
  return chunks;
}

/**
 * The chunks that turn strokes `before` into `after` by appending alone; null when appending is
 * not enough (an erased or resized stroke) or the points cannot be held without loss.
 */
export function appendInk(
  before: readonly InkSegment[],
  after: readonly InkSegment[],
): string[] | null {
  if (after.length < before.length) return null;
  const kept = Math.max(before.length - 1, 0);
  for (let index = 0; index < kept; index++) {
    if (before[index] !== after[index] && !jsonEqual(before[index], after[index])) return null;
  }
  const chunks: string[] = [];
  const lastBefore = before.at(-1);
  const lastAfter = after[kept];
  if (lastBefore !== undefined && lastAfter !== undefined) {
    const changed = encodeLastSegmentChange(lastBefore, lastAfter);
    if (changed === null) return null;
    if (changed !== "") chunks.push(changed);
  }
  const added = encodeInk(after.slice(before.length));
  return added === null ? null : [...chunks, ...added];
}

function encodeLastSegmentChange(before: InkSegment, after: InkSegment): string | null {
  if (before.type !== after.type || hasPressure(before) !== hasPressure(after)) return null;
  const isExtended =
    after.points.length >= before.points.length &&
    before.points.every((point, index) => jsonEqual(point, after.points[index]));
  if (!isExtended) return encodeChunk("=", after.points, hasPressure(after), newPen());
  const more = after.points.slice(before.points.length);
  if (more.length === 0) return "";
  return encodeChunk("+", more, hasPressure(after), penAtEnd(before));
}

/** Never throws: what is not a chunk of this format is passed over. */
export function decodeInk(chunks: Iterable<unknown>): InkSegment[] {
  const segments: { type: "free" | "straight"; points: InkPoint[]; withPressure: boolean }[] = [];
  let pen = newPen();
  for (const chunk of chunks) {
    if (typeof chunk !== "string" || chunk === "") continue;
    const operation = chunk.charAt(0);
    if (operation === "f" || operation === "F" || operation === "s" || operation === "S") {
      segments.push({
        type: operation === "f" || operation === "F" ? "free" : "straight",
        points: [],
        withPressure: operation === "f" || operation === "s",
      });
      pen = newPen();
    } else if (operation === "=") {
      const last = segments.at(-1);
      if (last === undefined) continue;
      last.points = [];
      pen = newPen();
    } else if (operation !== "+") continue;
    const segment = segments.at(-1);
    if (segment === undefined) continue;
    const reader = new NumberReader(chunk);
    while (!reader.done) {
      pen.x += reader.read();
      pen.y += reader.read();
      if (segment.withPressure) pen.z += reader.read();
      const x = pen.x / unitsPerPixel;
      const y = pen.y / unitsPerPixel;
      segment.points.push(segment.withPressure ? { x, y, z: pen.z / unitsPerPixel } : { x, y });
    }
  }
  return segments.map(({ type, points }) => ({ type, points }));
}
