import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { changedLargeBoard, writtenAtOnce } from "./loads/disk.ts";
import { idleConnections, manyIdleConnections } from "./loads/idle.ts";
import { crowdJoinsLargeBoard, joinLargeBoard } from "./loads/join.ts";
import type { Load, Sample } from "./loads/load.ts";
import { openLargeBoard, openManyBoards } from "./loads/opening.ts";
import { mixedSoak } from "./loads/soak.ts";
import { crowdedBoard, lectureBoard, manyBoards, quietBoard } from "./loads/traffic.ts";
import { summaryOf, tableOf, type Row } from "./report.ts";
import { canPin, ServerProcess } from "./server-process.ts";
import { servers, type ServerKind } from "./servers.ts";

const loads: readonly Load[] = [
  crowdedBoard,
  lectureBoard,
  manyBoards,
  quietBoard,
  joinLargeBoard,
  crowdJoinsLargeBoard,
  idleConnections,
  manyIdleConnections,
  changedLargeBoard,
  writtenAtOnce,
  openLargeBoard,
  openManyBoards,
  mixedSoak,
];

const usage = `npm run bench                        all servers, and then the page
npm run bench -- page [options]      the page: --seconds n, --repeats n, --json path
npm run bench -- [options]           the servers

  --rows a,b       only these loads: ${loads.map(({ id }) => id).join(", ")}
  --servers a,b    only these servers: ${servers.map(({ id }) => id).join(", ")}
  --seconds n      how long a load is measured (4)
  --soak n         how long the mixed load runs, in seconds (20)
  --repeats n      how often each server meets each load, in turn (3)
  --json path      where the numbers go (bench-results.json)
  --profile dir    write a CPU profile of each server here; each may then use two cores
`;

const { values } = parseArgs({
  options: {
    rows: { type: "string" },
    servers: { type: "string" },
    seconds: { type: "string", default: "4" },
    soak: { type: "string", default: "20" },
    repeats: { type: "string", default: "3" },
    json: { type: "string", default: "bench-results.json" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function fail(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(1);
}

function positive(name: "seconds" | "soak" | "repeats"): number {
  const value = Number(values[name]);
  return value > 0 ? value : fail(`--${name} is not a number above 0`);
}

function chosen<T extends { readonly id: string }>(all: readonly T[], names: string | undefined) {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    return all.find(({ id }) => id === name) ?? fail(`There is no ${name}`);
  });
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [seconds, soakSeconds, repeats] = [
  positive("seconds"),
  positive("soak"),
  positive("repeats"),
];
// Asked before pinning, which leaves this process one.
const cores = availableParallelism();
const isPinned = canPin() && cores > 1;
// With one core the profiler's thread waits while the server works, and sees little but its idleness.
const serverCores = !isPinned ? null : values.profile === undefined ? "0" : "0,1";
if (isPinned) execFileSync("taskset", ["-a", "-p", "-c", "1", String(process.pid)]);
else console.log("Not pinned to cores: taskset or a second core is missing. Compare with care.");

async function measure(kind: ServerKind, load: Load): Promise<Sample> {
  const profile =
    values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  console.error(`${load.id}: ${kind.name}`);
  const server = await ServerProcess.start(kind.command, serverCores, profile);
  try {
    return await load.run(kind, server, load === mixedSoak ? soakSeconds : seconds);
  } finally {
    await server.stop();
  }
}

const machine = {
  processor: cpus()[0]?.model ?? "unknown",
  cores,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
  pinned: isPinned,
};
const startedAt = new Date().toISOString();
console.log(
  `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ` +
    `Node ${machine.node}; ${repeats} × ${seconds} s each, median (least–most)`,
);

const rows: Row[] = [];
for (const load of chosen(loads, values.rows)) {
  const kinds = chosen(servers, values.servers).filter((kind) => load.takesPart(kind));
  const samples = new Map<string, Sample[]>(kinds.map(({ name }) => [name, []]));
  const rounds = load.rounds ?? repeats;
  // In turn rather than one after the other: what disturbs the machine meets all of them.
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) samples.get(kind.name)?.push(await measure(kind, load));
  }
  const results = [...samples].map(([server, list]) => ({ server, samples: list }));
  rows.push({ load, results });
  console.log(`\n${tableOf({ load, results })}`);
}

console.log(`\n### all loads\n\n${summaryOf(rows)}`);
const written = rows.map(({ load, results }) => ({ load: load.id, title: load.title, results }));
writeFileSync(
  values.json,
  JSON.stringify({ startedAt, machine, seconds, repeats, rows: written }, null, 2),
);
console.log(`\nWritten to ${values.json}. Load of the machine now: ${loadavg()[0]?.toFixed(1)}`);
