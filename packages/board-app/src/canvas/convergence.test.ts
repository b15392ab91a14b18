// @vitest-environment jsdom
import fc from "fast-check";
import { describe, it } from "vitest";
import { expectConvergence, sequences } from "./test-convergence.ts";

/** Runs in `npm test`; `CAMPAIGN_RUNS` and `CAMPAIGN_SEED` make a longer or a repeated campaign. */
const numRuns = Number(process.env.CAMPAIGN_RUNS ?? 250);
const seed = Number(process.env.CAMPAIGN_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe("three editors on a bad network", () => {
  // What has failed once is kept in tests/regressions.
  it("come to the same, sound board with nothing lost, whatever they do to it", () => {
    fc.assert(fc.property(sequences, expectConvergence), { numRuns, seed });
  }, 840_000);
});
