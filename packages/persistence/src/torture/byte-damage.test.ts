import { expect, it } from "vitest";
import { runByteCampaign } from "./test-byte-campaign.ts";

/** Of the thousands of `npm run torture -- --bytes`, which does all. */
const STRIDE = 53;

it("loses nothing to one damaged byte in any file, and to a cut log only what came after", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  const { damages, faults } = await runByteCampaign({ seed, stride: STRIDE });
  expect(faults, `SEED=${seed}`).toEqual([]);
  expect(damages).toBeGreaterThan(50);
});
