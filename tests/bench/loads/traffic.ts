import { Meter, type Person, type Place } from "../person.ts";
import { Pace } from "../pace.ts";
import type { ServerProcess } from "../server-process.ts";
import type { ServerKind } from "../servers.ts";
import { inGroups, pauseColumns, pauseMs, type Column, type Load, type Sample } from "./load.ts";

/** As long as a server compiles what it does most. */
const warmUpMs = 12_000;
/** Before one that has done so is measured again. */
const settleMs = 1_000;
const warm = new WeakSet<ServerProcess>();
const joinedAtOnce = 20;

type Traffic = {
  readonly boards: number;
  readonly peoplePerBoard: number;
  /** Of the people on each board. */
  readonly draggers: number;
  readonly dragsPerSecond: number;
  readonly cursorsPerSecond: number;
};

const columns: readonly Column[] = [
  { key: "usPerChange", title: "CPU µs / change", digits: 2 },
  { key: "cpuPercent", title: "CPU %", digits: 0 },
  { key: "editP50Ms", title: "edit p50 ms", digits: 1 },
  { key: "editP99Ms", title: "p99 ms", digits: 1 },
  { key: "cursorP99Ms", title: "cursor p99 ms", digits: 1 },
  { key: "ackP50Ms", title: "ack p50 ms", digits: 1 },
  { key: "deliveredPercent", title: "delivered %", digits: 0 },
  ...pauseColumns,
  { key: "residentMb", title: "RSS MB", digits: 0 },
  { key: "generatorPercent", title: "generator %", digits: 0 },
];

function trafficLoad(id: string, title: string, traffic: Traffic): Load {
  return {
    id,
    title,
    columns,
    headline: ["usPerChange", "editP50Ms", "editP99Ms"],
    compared: "usPerChange",
    takesPart: () => true,
    run: (kind, server, seconds) => runTraffic(kind, server, seconds, traffic),
  };
}

async function runTraffic(
  kind: ServerKind,
  server: ServerProcess,
  seconds: number,
  traffic: Traffic,
): Promise<Sample> {
  const meter = new Meter();
  const boards = await kind.createBoards(server.url, traffic.boards);
  const places: Place[] = boards.flatMap((board) =>
    Array.from({ length: traffic.peoplePerBoard }, () => board),
  );
  const people = await inGroups(places, joinedAtOnce, (place, number) =>
    kind.join(server.url, place, number, meter),
  );
  const pace = paceOf(people, traffic);
  pace.start();
  await pauseMs(warm.has(server) ? settleMs : warmUpMs);
  warm.add(server);

  meter.reset();
  const reset = server.probe("reset");
  const [startMs, serverCpuMs, own] = [performance.now(), server.cpuMs(), process.cpuUsage()];
  await pauseMs(seconds * 1000);
  const elapsedMs = performance.now() - startMs;
  const cpuMs = server.cpuMs() - serverCpuMs;
  const ownUsage = process.cpuUsage(own);
  const residentMb = server.residentBytes() / 2 ** 20;
  const expected = (meter.sentEdits + meter.sentCursors) * (traffic.peoplePerBoard - 1);
  const sample = {
    usPerChange: (cpuMs * 1000) / meter.delivered,
    cpuPercent: (cpuMs / elapsedMs) * 100,
    editP50Ms: meter.edits.quantileMs(0.5),
    editP99Ms: meter.edits.quantileMs(0.99),
    cursorP50Ms: meter.cursors.quantileMs(0.5),
    cursorP99Ms: meter.cursors.quantileMs(0.99),
    ackP50Ms: meter.acks.quantileMs(0.5),
    ackP99Ms: meter.acks.quantileMs(0.99),
    deliveredPercent: (meter.delivered / expected) * 100,
    deliveredPerSecond: meter.delivered / (elapsedMs / 1000),
    residentMb,
    generatorPercent: ((ownUsage.user + ownUsage.system) / 1000 / elapsedMs) * 100,
  };
  pace.stop();
  // A server that cannot keep up answers only now that it is left alone.
  await reset;
  const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
  await Promise.all(people.map((person) => person.leave()));
  return { ...sample, pauseMaxMs, pauseCpuMaxMs };
}

function paceOf(people: readonly Person[], traffic: Traffic): Pace {
  const pace = new Pace();
  for (const [number, person] of people.entries()) {
    // The golden ratio spreads the phases evenly, the same in every run.
    const phase = (number * 0.618_034) % 1;
    if (traffic.cursorsPerSecond > 0) {
      pace.add(traffic.cursorsPerSecond, phase, () => person.moveCursor());
    }
    if (number % traffic.peoplePerBoard < traffic.draggers) {
      pace.add(traffic.dragsPerSecond, (phase * 7) % 1, () => person.drag());
    }
  }
  return pace;
}

export const crowdedBoard = trafficLoad(
  "crowd",
  "1 board, 50 people: 10 drag at 30 Hz, all move cursors at 20 Hz",
  { boards: 1, peoplePerBoard: 50, draggers: 10, dragsPerSecond: 30, cursorsPerSecond: 20 },
);

export const lectureBoard = trafficLoad(
  "lecture",
  "1 board, 200 people: 5 drag at 20 Hz, all move cursors at 5 Hz",
  { boards: 1, peoplePerBoard: 200, draggers: 5, dragsPerSecond: 20, cursorsPerSecond: 5 },
);

export const manyBoards = trafficLoad(
  "boards",
  "100 boards × 4 people: 1 drags at 10 Hz, all move cursors at 10 Hz",
  { boards: 100, peoplePerBoard: 4, draggers: 1, dragsPerSecond: 10, cursorsPerSecond: 10 },
);

export const quietBoard = trafficLoad(
  "quiet",
  "quiet boards (8 × 2 people): one change a second on each",
  { boards: 8, peoplePerBoard: 2, draggers: 1, dragsPerSecond: 1, cursorsPerSecond: 0 },
);
