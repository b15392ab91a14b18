import { Meter } from "../person.ts";
import { inGroups, pauseColumns, pauseMs, type Load } from "./load.ts";

const peoplePerBoard = 4;
const joinedAtOnce = 20;
const settleMs = 2_000;
/** Boardwalk's heartbeats come four times within it. */
const idleMs = 20_000;

function idle(id: string, boards: number): Load {
  const connections = (boards * peoplePerBoard).toLocaleString("en");
  return {
    id,
    title: `${connections} idle connections on ${boards.toLocaleString("en")} boards`,
    headline: ["connectionKb", "idlePercent"],
    columns: [
      { key: "connectionKb", title: "KB / connection", digits: 1 },
      { key: "heapKb", title: "heap KB / connection", digits: 1 },
      { key: "idlePercent", title: "CPU %", digits: 1 },
      { key: "residentMb", title: "RSS MB", digits: 0 },
      ...pauseColumns,
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
      const everyone = places.flatMap((place) =>
        Array.from({ length: peoplePerBoard }, () => place),
      );
      const people = await inGroups(everyone, joinedAtOnce, (place, index) =>
        kind.join(server.url, place, index % peoplePerBoard, meter),
      );
      await pauseMs(settleMs);
      const after = await server.probe("collect");
      await pauseMs(settleMs / 2);
      const afterBytes = server.residentBytes();
      await server.probe("reset");
      const [startMs, startCpuMs] = [performance.now(), server.cpuMs()];
      await pauseMs(idleMs);
      const idlePercent = ((server.cpuMs() - startCpuMs) / (performance.now() - startMs)) * 100;
      const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
      await Promise.all(people.map((person) => person.leave()));
      return {
        connectionKb: (afterBytes - beforeBytes) / people.length / 1024,
        heapKb: (after.heapBytes - before.heapBytes) / people.length / 1024,
        idlePercent,
        residentMb: afterBytes / 2 ** 20,
        pauseMaxMs,
        pauseCpuMaxMs,
      };
    },
  };
}

export const idleConnections: Load = idle("idle", 500);

export const manyIdleConnections: Load = idle("sockets", 2_500);
