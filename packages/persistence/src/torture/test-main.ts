import { parseArgs } from "node:util";
import { isSkipped } from "../postgres/test-postgres-server.ts";
import { runByteCampaign } from "./test-byte-campaign.ts";
import { runCampaign } from "./test-campaign.ts";

const usage = `npm run torture -- [options]

  --minutes n              how long it goes on (5)
  --seed n                 of the first round; every other has the next number (by the clock)
  --rounds n               end after so many, however long they take
  --home level|postgres    what is tortured (level)
  --bytes                  instead of rounds: every byte of a small folder damaged, one at a time,
                           and its log cut at every length
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    rounds: { type: "string", default: "Infinity" },
    home: { type: "string", default: "level" },
    bytes: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [minutes, seed, rounds] = [values.minutes, values.seed, values.rounds].map(Number);
const { home } = values;

if (
  values.help ||
  !(minutes !== undefined && minutes > 0) ||
  !(rounds !== undefined && rounds > 0) ||
  !Number.isSafeInteger(seed) ||
  (home !== "level" && home !== "postgres")
) {
  say(usage);
  process.exitCode = values.help ? 0 : 1;
} else if (home === "postgres" && isSkipped) {
  process.exitCode = 1;
} else if (values.bytes) {
  say(`every byte, seed ${seed}`);
  const { damages, faults } = await runByteCampaign({ seed: seed ?? 0, stride: 1 });
  for (const fault of faults) say(`WRONG: ${fault}`);
  say(`${damages} damages, ${faults.length === 0 ? "nothing" : faults.length} wrong`);
  if (faults.length > 0) {
    say(`Repeat with: npm run torture -- --bytes --seed ${seed}`);
    process.exitCode = 1;
  }
} else {
  say(`torture of ${home}, seed ${seed}`);
  const endMs = performance.now() + minutes * 60_000;
  const result = await runCampaign({
    home,
    seed: seed ?? 0,
    goesOn: (done) => done < rounds && performance.now() < endMs,
    say,
  });
  const { failure } = result;
  if (failure === null) {
    say(`${result.rounds} rounds, nothing wrong`);
  } else {
    for (const fault of failure.faults) say(`WRONG: ${fault}`);
    say(`Repeat with: npm run torture -- --home ${home} --seed ${failure.seed} --rounds 1`);
    process.exitCode = 1;
  }
}
