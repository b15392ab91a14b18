import { describe, expect, it } from "vitest";
import { versionsToThinOut, type DatedVersion } from "./thinning.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;
/** The beginning of a week as weeks are counted. */
const nowMs = 3_000 * 7 * dayMs;

function agedMs(ageMs: number, isNamed = false): DatedVersion {
  return { id: `${ageMs}`, createdAtMs: nowMs - ageMs, isNamed };
}

function keptAges(versions: readonly DatedVersion[], atMs = nowMs): number[] {
  const gone = new Set(versionsToThinOut(versions, atMs));
  return versions.filter(({ id }) => !gone.has(id)).map(({ id }) => Number(id));
}

describe("versions thin out by age", () => {
  it.each<[what: string, ages: number[], kept: number[]]>([
    ["all of the last day", [1, 2, 3, dayMs - 1], [1, 2, 3, dayMs - 1]],
    [
      "the last of each hour of a week",
      [dayMs + 1, dayMs + 2, dayMs + hourMs + 1],
      [dayMs + 1, dayMs + hourMs + 1],
    ],
    [
      "the last of each day of a month",
      [8 * dayMs + 1, 8 * dayMs + 2 * hourMs, 9 * dayMs + 1],
      [8 * dayMs + 1, 9 * dayMs + 1],
    ],
    [
      "the last of each week after that",
      [35 * dayMs + 1, 38 * dayMs, 42 * dayMs + 1],
      [35 * dayMs + 1, 42 * dayMs + 1],
    ],
    ["none after five years", [5 * yearMs - 1, 5 * yearMs, 6 * yearMs], [5 * yearMs - 1]],
    ["what a clock that was set back says is yet to come", [-hourMs, -1], [-hourMs, -1]],
    ["nothing of nothing", [], []],
  ])("keeping %s", (_what, ages, kept) => {
    expect(keptAges(ages.map((ageMs) => agedMs(ageMs)))).toEqual(kept);
  });

  it("whatever order they come in", () => {
    const ages = [3, 1, 2].map((part) => agedMs(dayMs + part));
    expect(versionsToThinOut(ages, nowMs).toSorted()).toEqual([`${dayMs + 2}`, `${dayMs + 3}`]);
  });

  it("but for those with a name, which take nobody's place", () => {
    const versions = [agedMs(dayMs + 1, true), agedMs(dayMs + 2), agedMs(9 * yearMs, true)];
    expect(versionsToThinOut(versions, nowMs)).toEqual([]);
  });

  it("to the same few, whether seldom or at every hour", () => {
    const made = Array.from({ length: 60 * 24 * 6 }, (_, index) => {
      const createdAtMs = nowMs + index * 10 * minuteMs;
      return { id: String(createdAtMs), createdAtMs, isNamed: false };
    });
    let often: DatedVersion[] = [];
    for (const [index, version] of made.entries()) {
      often.push(version);
      if (index % 6 !== 0) continue;
      const gone = new Set(versionsToThinOut(often, version.createdAtMs));
      often = often.filter(({ id }) => !gone.has(id));
    }
    const endMs = made.at(-1)?.createdAtMs ?? 0;
    expect(keptAges(often, endMs)).toEqual(keptAges(made, endMs));
  });

  it("to a number that is bounded, and nobody can crowd out the past", () => {
    const past = Array.from({ length: 24 * 365 }, (_, hour) => agedMs(hour * hourMs));
    const before = keptAges(past);
    expect(before.length).toBeLessThan(300);
    const flood = Array.from({ length: 5_000 }, (_, index) => agedMs(index + 1));
    const after = new Set(keptAges([...flood, ...past]));
    expect(after.size).toBeLessThan(400);
    expect(before.filter((ageMs) => ageMs > hourMs && !after.has(ageMs))).toEqual([]);
  });
});
