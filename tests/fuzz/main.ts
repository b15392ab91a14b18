import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";

const { values } = parseArgs({ options: { frames: { type: "string" }, seed: { type: "string" } } });
const frames = Number(values.frames ?? 100_000);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(frames) || !Number.isSafeInteger(seed)) {
  throw new TypeError("--frames and --seed are whole numbers");
}
console.log(`Seed ${seed}, ${frames} frames`);
const startMs = performance.now();
const report = await runCampaign({ frames, seed });
console.log(
  JSON.stringify({ ...report, seconds: Math.round((performance.now() - startMs) / 1000) }, null, 2),
);
