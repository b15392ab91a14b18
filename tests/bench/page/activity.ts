import { getIndicesAbove, type IndexKey } from "@tldraw/utils";

/**
 * What the others do on a board while someone looks at it, the same on Boardwalk's page and on the
 * one with tldraw alone: everyone draws one stroke after the other, the cursor at its end.
 */
export const activity = { people: 20, pointsPerSecond: 25, cursorsPerSecond: 20 } as const;

const pointsPerStroke = 75;
const columns = 5;
const columnWidth = 220;
const rowHeight = 160;
const loop = { radius: 50, pointsPerTurn: 25, driftPerPoint: 0.6 };
/** Strokes of everyone, on top of what is there. */
const mostStrokes = 2_000;

export type StrokeRecord = {
  readonly id: string;
  readonly typeName: "shape";
  readonly [property: string]: unknown;
};

/** One of the people, step by step. */
export class Drawing {
  readonly #number: number;
  readonly #indices: readonly IndexKey[];
  #stroke = 0;
  #points: { x: number; y: number; z: number }[] = [];
  #record: StrokeRecord | null = null;

  constructor(number: number, above: IndexKey) {
    this.#number = number;
    this.#indices = getIndicesAbove(above, mostStrokes);
  }

  /** The next point: how the stroke was before it, null when it has just begun, and how it is. */
  step(): { readonly before: StrokeRecord | null; readonly after: StrokeRecord } {
    if (this.#points.length === pointsPerStroke) {
      this.#points = [];
      this.#record = null;
      this.#stroke++;
    }
    this.#points = [...this.#points, { ...this.#pointAt(this.#points.length), z: 0.5 }];
    const before = this.#record;
    this.#record = this.#recordNow();
    return { before, after: this.#record };
  }

  get cursor(): { readonly x: number; readonly y: number } {
    const at = this.#pointAt(Math.max(0, this.#points.length - 1));
    return { x: this.#origin.x + at.x, y: this.#origin.y + at.y };
  }

  get #origin(): { x: number; y: number } {
    const column = this.#number % columns;
    const row = Math.floor(this.#number / columns);
    return { x: 80 + column * columnWidth, y: 120 + row * rowHeight + (this.#stroke % 8) * 3 };
  }

  #pointAt(step: number): { x: number; y: number } {
    const angle = (step / loop.pointsPerTurn) * 2 * Math.PI;
    const x = Math.sin(angle) * loop.radius + step * loop.driftPerPoint;
    const y = (1 - Math.cos(angle)) * loop.radius;
    return { x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 };
  }

  #recordNow(): StrokeRecord {
    const { x, y } = this.#origin;
    const place = this.#stroke * activity.people + this.#number;
    return {
      id: `shape:stroke-${this.#number}-${this.#stroke}`,
      typeName: "shape",
      type: "draw",
      x,
      y,
      rotation: 0,
      index: this.#indices[place % mostStrokes] ?? "a1",
      parentId: "page:page",
      isLocked: false,
      opacity: 1,
      meta: {},
      props: {
        segments: [{ type: "free", points: this.#points }],
        color: "black",
        fill: "none",
        dash: "draw",
        size: "m",
        isComplete: false,
        isClosed: false,
        isPen: false,
        scale: 1,
      },
    };
  }
}
