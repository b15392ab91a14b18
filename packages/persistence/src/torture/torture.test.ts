import { describe, expect, it } from "vitest";
import { isSkipped } from "../postgres/test-postgres-server.ts";
import { runCampaign } from "./test-campaign.ts";

/** Of `npm run torture`; its faults are the same each time, but for the timing of processes. */
const SEED = 20_261_125;
const ROUNDS = 1;

async function torture(home: "level" | "postgres"): Promise<{ told: string[]; failure: unknown }> {
  const told: string[] = [];
  const { failure } = await runCampaign({
    home,
    seed: SEED,
    goesOn: (rounds) => rounds < ROUNDS,
    say: (line) => told.push(line),
  });
  return { told, failure };
}

describe("a store under torture", () => {
  it("keeps its promises on LevelDB", async () => {
    expect(await torture("level")).toMatchObject({ failure: null });
  });

  it.skipIf(isSkipped)("keeps its promises on PostgreSQL", async () => {
    expect(await torture("postgres")).toMatchObject({ failure: null });
  });
});
