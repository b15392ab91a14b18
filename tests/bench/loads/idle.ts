import { Meter } from "../person.ts";
import { inGroups, pauseMs, type Load } from "./load.ts";

const boards = 500;
const peoplePerBoard = 4;
const joinedAtOnce = 20;
const settleMs = 2_000;

export const idleConnections: Load = {
  id: "idle",
  title: "2,000 idle connections on 500 boards",
  headline: ["connectionKb"],
  columns: [
    { key: "connectionKb", title: "KB / connection", digits: 1 },
    { key: "heapKb", title: "heap KB / connection", digits: 1 },
    { key: "idlePercent", title: "CPU %", digits: 1 },
    { key: "residentMb", title: "RSS MB", digits: 0 },
  ],
  compared: "connectionKb",
  takesPart: () => true,
  run: async (kind, server) => {
    const meter = new Meter();
    const places = await kind.createBoards(server.url, boards);
    const [first] = places;
    if (first === undefined) throw new Error("No board");
    // What is loaded and compiled once is not what a connection costs.
    await (await kind.join(server.url, first, 0, meter)).leave();
    await pauseMs(settleMs);
    const before = await server.probe("collect");
    const beforeBytes = server.residentBytes();
    const everyone = places.flatMap((place) => Array.from({ length: peoplePerBoard }, () => place));
    const people = await inGroups(everyone, joinedAtOnce, (place, index) =>
      kind.join(server.url, place, index % peoplePerBoard, meter),
    );
    await pauseMs(settleMs);
    const after = await server.probe("collect");
    await pauseMs(settleMs / 2);
    const afterBytes = server.residentBytes();
    const [startMs, startCpuMs] = [performance.now(), server.cpuMs()];
    await pauseMs(settleMs);
    const idlePercent = ((server.cpuMs() - startCpuMs) / (performance.now() - startMs)) * 100;
    await Promise.all(people.map((person) => person.leave()));
    return {
      connectionKb: (afterBytes - beforeBytes) / people.length / 1024,
      heapKb: (after.heapBytes - before.heapBytes) / people.length / 1024,
      idlePercent,
      residentMb: afterBytes / 2 ** 20,
    };
  },
};
