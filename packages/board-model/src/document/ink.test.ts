import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendInk, decodeInk, encodeInk, type InkSegment } from "./ink.ts";

const coordinate = fc.integer({ min: -5_000_000, max: 5_000_000 }).map((units) => units / 100);
const pressure = fc.integer({ min: 0, max: 125 }).map((units) => units / 100);

function segmentOf(withPressure: boolean): fc.Arbitrary<InkSegment> {
  const point = withPressure
    ? fc.record({ x: coordinate, y: coordinate, z: pressure })
    : fc.record({ x: coordinate, y: coordinate });
  return fc.record({
    type: fc.constantFrom("free" as const, "straight" as const),
    points: fc.array(point, { minLength: 1, maxLength: 12 }),
  });
}

const segments = fc.array(fc.oneof(segmentOf(true), segmentOf(false)), { maxLength: 5 });

describe("ink", () => {
  it("is the same after encoding and decoding", () => {
    fc.assert(
      fc.property(segments, (ink) => {
        expect(decodeInk(encodeInk(ink) ?? [])).toEqual(ink);
      }),
    );
  });

  it("grows by appending alone, whatever way a stroke is drawn", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("points" as const), segment: segmentOf(true) }),
        fc.record({ kind: fc.constant("segment" as const), segment: segmentOf(true) }),
        fc.record({ kind: fc.constant("pull" as const), segment: segmentOf(true) }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(segmentOf(true), steps, (first, drawn) => {
        let ink: InkSegment[] = [first];
        const chunks = [...(encodeInk(ink) ?? [])];
        for (const { kind, segment } of drawn) {
          const last = ink.at(-1) ?? first;
          const next =
            kind === "segment"
              ? [...ink, segment]
              : kind === "points"
                ? [...ink.slice(0, -1), { ...last, points: [...last.points, ...segment.points] }]
                : [...ink.slice(0, -1), { ...last, points: segment.points }];
          const added = appendInk(ink, next);
          expect(added).not.toBeNull();
          chunks.push(...(added ?? []));
          ink = next;
          expect(decodeInk(chunks)).toEqual(ink);
        }
      }),
    );
  });

  it("refuses what it cannot hold without loss", () => {
    expect(encodeInk([{ type: "free", points: [{ x: 0.001, y: 0 }] }])).toBeNull();
    expect(encodeInk([{ type: "free", points: [{ x: Number.NaN, y: 0 }] }])).toBeNull();
    expect(
      encodeInk([
        {
          type: "free",
          points: [
            { x: 1, y: 1, z: 0.5 },
            { x: 1, y: 2 },
          ],
        },
      ]),
    ).toBeNull();
  });

  it("cannot take back an earlier segment by appending", () => {
    const a: InkSegment = { type: "free", points: [{ x: 1, y: 1 }] };
    const b: InkSegment = { type: "free", points: [{ x: 2, y: 2 }] };
    expect(appendInk([a, b], [a])).toBeNull();
    expect(appendInk([a, b], [b, a])).toBeNull();
  });

  it("passes over what is not a chunk", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.anything())), (chunks) => {
        expect(() => decodeInk(chunks)).not.toThrow();
      }),
    );
  });

  it("costs a few bytes a point", () => {
    const points = Array.from({ length: 500 }, (_, index) => ({
      x: Math.round(Math.sin(index / 20) * 40_000) / 100,
      y: Math.round(Math.cos(index / 15) * 30_000) / 100,
      z: Math.round((0.5 + Math.sin(index / 50) / 3) * 100) / 100,
    }));
    const chunks = encodeInk([{ type: "free", points }]) ?? [];
    expect(new TextEncoder().encode(chunks.join("")).length).toBeLessThan(6 * points.length);
  });
});
