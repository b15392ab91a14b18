import { expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

it("gives so many at once, and then as many as time brings", () => {
  const bucket = new TokenBucket({ perSecond: 100, atOnce: 5 }, 0);
  const taken = (count: number, nowMs: number) =>
    Array.from({ length: count }, () => bucket.take(nowMs)).filter(Boolean).length;
  expect(taken(10, 0)).toBe(5);
  expect(taken(10, 9)).toBe(0);
  expect(taken(10, 20)).toBe(2);
  // Never more than at once, however long it was quiet.
  expect(taken(10, 60_000)).toBe(5);
});
