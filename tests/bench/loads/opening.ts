import { Latencies } from "../latencies.ts";
import { Meter } from "../person.ts";
import { inGroups, pauseColumns, pauseMs, type Load } from "./load.ts";

const largeShapes = 10_000;
/** About as many as a log holds before it is compacted. */
const loggedChanges = 8_000;
/** Less than this is not such a board. */
const leastBytes = 500_000;
const changesAtOnce = 200;
const betweenChangesMs = 20;
/** What a server puts off until a board is open is over then. */
const afterOpeningMs = 5_000;

const smallBoards = 1_000;
const smallShapes = 100;
const filledAtOnce = 10;
const openedAtOnce = 20;
const settleMs = 3_000;

export const openLargeBoard: Load = {
  id: "open",
  title: "after a restart, the first opens a board of 10,000 shapes and 8,000 logged changes",
  headline: ["openMs", "peakMb"],
  columns: [
    { key: "openMs", title: "open ms", digits: 0 },
    { key: "cpuMs", title: "CPU ms", digits: 0 },
    { key: "peakMb", title: "peak MB", digits: 0 },
    { key: "keptMb", title: "kept MB", digits: 0 },
    ...pauseColumns,
  ],
  compared: null,
  takesPart: (kind) => kind.keeps && kind.id !== "tldraw-sync",
  run: async (kind, server) => {
    const meter = new Meter();
    const [place, other] = await kind.createBoards(server.url, 2);
    if (place === undefined || other === undefined) throw new Error("No board");
    await kind.fill(server.url, place, largeShapes);
    const editor = await kind.join(server.url, place, 0, meter);
    // What then makes a snapshot of what was filled in would take some of the log with it.
    await pauseMs(afterOpeningMs);
    for (let change = 0; change < loggedChanges; change++) {
      editor.drag();
      if (change % changesAtOnce === 0) await pauseMs(betweenChangesMs);
    }
    await pauseMs(settleMs);
    await editor.leave();
    await server.restart();
    // What is loaded and compiled once is not what a board costs.
    await (await kind.join(server.url, other, 0, meter)).leave();
    await pauseMs(settleMs);
    await server.probe("collect");
    await pauseMs(200);
    await server.probe("reset");
    const [beforeBytes, startCpuMs, startMs] = [
      server.residentBytes(),
      server.cpuMs(),
      performance.now(),
    ];
    server.forgetPeak();
    const reader = await kind.join(server.url, place, 1, meter);
    // y-websocket lets people in before it has read the board.
    while (reader.receivedBytes < leastBytes) await pauseMs(1);
    const openMs = performance.now() - startMs;
    const cpuMs = server.cpuMs() - startCpuMs;
    const peakMb = (server.peakBytes() - beforeBytes) / 2 ** 20;
    // Its pauses are the opening's too.
    await pauseMs(afterOpeningMs);
    const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
    await server.probe("collect");
    await pauseMs(settleMs);
    const keptMb = (server.residentBytes() - beforeBytes) / 2 ** 20;
    await reader.leave();
    return { openMs, cpuMs, peakMb, keptMb, pauseMaxMs, pauseCpuMaxMs };
  },
};

export const openManyBoards: Load = {
  id: "thousand",
  title: "1,000 boards of 100 shapes are opened, left, and opened again",
  headline: ["boardKb", "residentOpenMb", "residentLeftMb"],
  columns: [
    { key: "boardKb", title: "KB / open board", digits: 1 },
    { key: "residentBeforeMb", title: "RSS MB before", digits: 0 },
    { key: "residentOpenMb", title: "open", digits: 0 },
    { key: "residentLeftMb", title: "left", digits: 0 },
    { key: "heapBeforeMb", title: "heap MB before", digits: 1 },
    { key: "heapOpenMb", title: "open", digits: 1 },
    { key: "heapLeftMb", title: "left", digits: 1 },
    { key: "openP50Ms", title: "open p50 ms", digits: 1 },
    { key: "againP50Ms", title: "again p50 ms", digits: 1 },
    { key: "againMaxMs", title: "max ms", digits: 0 },
  ],
  compared: null,
  takesPart: (kind) => kind.keeps && kind.id !== "tldraw-sync",
  rounds: 1,
  run: async (kind, server) => {
    const meter = new Meter();
    const places = await kind.createBoards(server.url, smallBoards);
    await inGroups(places, filledAtOnce, (place) => kind.fill(server.url, place, smallShapes));
    const memory = async () => {
      await pauseMs(settleMs);
      const { heapBytes } = await server.probe("collect");
      await pauseMs(settleMs / 3);
      return { heapMb: heapBytes / 2 ** 20, residentMb: server.residentBytes() / 2 ** 20 };
    };
    const openAll = async (latencies: Latencies) =>
      inGroups(places, openedAtOnce, async (place) => {
        const startMs = performance.now();
        const person = await kind.join(server.url, place, 0, meter);
        latencies.add(performance.now() - startMs);
        return person;
      });
    const [first, again] = [new Latencies(), new Latencies()];
    const before = await memory();
    const people = await openAll(first);
    const open = await memory();
    await Promise.all(people.map((person) => person.leave()));
    const left = await memory();
    const back = await openAll(again);
    await Promise.all(back.map((person) => person.leave()));
    return {
      boardKb: ((open.heapMb - before.heapMb) * 1024) / smallBoards,
      residentBeforeMb: before.residentMb,
      residentOpenMb: open.residentMb,
      residentLeftMb: left.residentMb,
      heapBeforeMb: before.heapMb,
      heapOpenMb: open.heapMb,
      heapLeftMb: left.heapMb,
      openP50Ms: first.quantileMs(0.5),
      againP50Ms: again.quantileMs(0.5),
      againMaxMs: again.quantileMs(1),
    };
  },
};
