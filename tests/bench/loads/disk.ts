import { Latencies } from "../latencies.ts";
import { Pace } from "../pace.ts";
import { Meter } from "../person.ts";
import type { ServerProcess } from "../server-process.ts";
import type { ServerKind } from "../servers.ts";
import { YjsPerson } from "../yjs-person.ts";
import { inGroups, pauseColumns, pauseMs, type Column, type Load, type Sample } from "./load.ts";

const sizes = [1_000, 10_000, 50_000] as const;
const changesPerSecond = 10;
/** Hocuspocus writes a document that keeps changing every ten seconds: two of them belong in. */
const secondsPerSecond = 5;
const settleMs = 3_000;
const probesPerSecond = 40;

const writtenBoards = 1_000;
const joinedAtOnce = 20;
const warmUpMs = 4_000;

/** Those that keep a Yjs document on a disk. */
function keepsYjs(kind: ServerKind): boolean {
  return kind.keeps && kind.id !== "tldraw-sync";
}

export const changedLargeBoard: Load = {
  id: "size",
  title: "one change each tenth of a second on a board of 1,000, 10,000 and 50,000 shapes",
  headline: ["cpuMs1000", "cpuMs50000", "writtenKb50000", "probeMaxMs50000"],
  columns: [
    ...sizes.map((size) => columnOf("cpuMs", size, "CPU ms / s", 1)),
    { key: "cpuGrowth", title: "50,000 / 1,000", digits: 2 },
    ...sizes.map((size) => columnOf("writtenKb", size, "KB written / s", 0)),
    { key: "writtenGrowth", title: "50,000 / 1,000", digits: 2 },
    ...sizes.map((size) => columnOf("probeMaxMs", size, "slowest answer ms", 0)),
  ],
  compared: null,
  takesPart: keepsYjs,
  rounds: 1,
  run: async (kind, server, seconds) => {
    const samples: Record<string, number> = {};
    // What the process compiles first is not what the smallest board costs.
    await changeBoardOf(sizes[0], kind, server, seconds);
    for (const size of sizes) {
      const sample = await changeBoardOf(size, kind, server, seconds * secondsPerSecond);
      for (const [key, value] of Object.entries(sample)) samples[`${key}${size}`] = value;
    }
    const growthOf = (key: string) =>
      (samples[`${key}${sizes[2]}`] ?? 0) / (samples[`${key}${sizes[0]}`] ?? 0);
    return { ...samples, cpuGrowth: growthOf("cpuMs"), writtenGrowth: growthOf("writtenKb") };
  },
};

function columnOf(key: string, size: number, title: string, digits: number): Column {
  return { key: `${key}${size}`, title: `${title} (${size.toLocaleString("en")})`, digits };
}

async function changeBoardOf(
  shapes: number,
  kind: ServerKind,
  server: ServerProcess,
  seconds: number,
): Promise<Sample> {
  const [place] = await kind.createBoards(server.url, 1);
  if (place === undefined) throw new Error("No board");
  await kind.fill(server.url, place, shapes);
  const person = await kind.join(server.url, place, 0, new Meter());
  if (!(person instanceof YjsPerson)) throw new TypeError("Not a Yjs server");
  const probes = new Latencies();
  const pace = new Pace();
  pace.add(changesPerSecond, 0, () => person.drag());
  pace.add(probesPerSecond, 0.5, () => person.probe(probes));
  pace.start();
  await pauseMs(settleMs);
  probes.clear();
  await server.probe("reset");
  const [startMs, startCpuMs, startBytes] = [
    performance.now(),
    server.cpuMs(),
    server.writtenBytes(),
  ];
  await pauseMs(seconds * 1000);
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const cpuMs = (server.cpuMs() - startCpuMs) / elapsedSeconds;
  const writtenKb = (server.writtenBytes() - startBytes) / 1024 / elapsedSeconds;
  const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
  pace.stop();
  await person.leave();
  return { cpuMs, writtenKb, probeMaxMs: probes.quantileMs(1), pauseMaxMs, pauseCpuMaxMs };
}

export const writtenAtOnce: Load = {
  id: "writes",
  title: "1,000 boards written at once, 10,000 changes a second in all",
  headline: ["answeredPerSecond", "ackP99Ms", "fsyncsPerSecond"],
  columns: [
    { key: "answeredPerSecond", title: "acks / s", digits: 0 },
    { key: "ackP50Ms", title: "ack p50 ms", digits: 1 },
    { key: "ackP99Ms", title: "p99 ms", digits: 1 },
    { key: "fsyncsPerSecond", title: "fsyncs / s", digits: 0 },
    { key: "writtenKb", title: "KB written / s", digits: 0 },
    { key: "cpuPercent", title: "CPU %", digits: 0 },
    ...pauseColumns,
    { key: "residentMb", title: "RSS MB", digits: 0 },
    { key: "generatorPercent", title: "generator %", digits: 0 },
  ],
  compared: null,
  takesPart: keepsYjs,
  run: async (kind, server, seconds) => {
    const meter = new Meter();
    const places = await kind.createBoards(server.url, writtenBoards);
    const people = await inGroups(places, joinedAtOnce, (place, number) =>
      kind.join(server.url, place, number, meter),
    );
    const pace = new Pace();
    for (const [number, person] of people.entries()) {
      pace.add(changesPerSecond, (number * 0.618_034) % 1, () => person.drag());
    }
    pace.start();
    await pauseMs(warmUpMs);
    meter.reset();
    await server.probe("reset");
    const own = process.cpuUsage();
    const [startMs, startCpuMs, startBytes, startFsyncs] = [
      performance.now(),
      server.cpuMs(),
      server.writtenBytes(),
      await kind.fsyncs(server.url),
    ];
    await pauseMs(seconds * 1000);
    const elapsedSeconds = (performance.now() - startMs) / 1000;
    const ownUsage = process.cpuUsage(own);
    const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
    const sample = {
      answeredPerSecond: meter.acks.count / elapsedSeconds,
      ackP50Ms: meter.acks.quantileMs(0.5),
      ackP99Ms: meter.acks.quantileMs(0.99),
      fsyncsPerSecond: ((await kind.fsyncs(server.url)) - startFsyncs) / elapsedSeconds,
      writtenKb: (server.writtenBytes() - startBytes) / 1024 / elapsedSeconds,
      cpuPercent: (server.cpuMs() - startCpuMs) / 10 / elapsedSeconds,
      pauseMaxMs,
      pauseCpuMaxMs,
      residentMb: server.residentBytes() / 2 ** 20,
      generatorPercent: (ownUsage.user + ownUsage.system) / 10_000 / elapsedSeconds,
    };
    pace.stop();
    await Promise.all(people.map((person) => person.leave()));
    return sample;
  },
};
