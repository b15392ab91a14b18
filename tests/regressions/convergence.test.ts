// @vitest-environment jsdom
import { expectConvergence, type Step } from "@boardwalk/board-app/test-convergence";
import { describe, it } from "vitest";
import failures from "./convergence.json" with { type: "json" };

/**
 * Sequences in which three editors once did not come to the same, sound board with nothing lost.
 * The campaign in board-app prints another when it finds one; it goes into the file beside this.
 */
describe("sequences that failed once come to the same board:", () => {
  it.each(failures)("$what", ({ sequence }) => {
    expectConvergence(sequence as Step[]);
  });
});
