import { Latencies } from "../latencies.ts";
import { Pace } from "../pace.ts";
import { Meter, type Person } from "../person.ts";
import { pauseColumns, pauseMs, type Load } from "./load.ts";

const shapes = 10_000;
const joinsPerSecond = 6;
const crowdDraggers = 4;
const crowdDragsPerSecond = 30;
const crowdJoins = 100;
const crowdSeconds = 5;

/** One after the other, with a change before each, so that nobody is served yesterday's board. */
export const joinLargeBoard: Load = {
  id: "join",
  title: "one person joins a board of 10,000 shapes",
  headline: ["cpuMs", "joinP50Ms"],
  columns: [
    { key: "cpuMs", title: "CPU ms / join", digits: 1 },
    { key: "joinP50Ms", title: "join p50 ms", digits: 1 },
    { key: "joinMaxMs", title: "max ms", digits: 0 },
    { key: "receivedKb", title: "KB received", digits: 0 },
    ...pauseColumns,
  ],
  compared: null,
  takesPart: (kind) => kind.keeps,
  run: async (kind, server, seconds) => {
    const meter = new Meter();
    const [place] = await kind.createBoards(server.url, 1);
    if (place === undefined) throw new Error("No board");
    const resident = await kind.join(server.url, place, 0, meter);
    await kind.fill(server.url, place, shapes);
    // The first to come after much has changed pays for the others.
    await (await kind.join(server.url, place, 1, meter)).leave();
    await pauseMs(1_000);

    const joins = new Latencies();
    const count = Math.max(10, Math.round(seconds * joinsPerSecond));
    let receivedBytes = 0;
    await server.probe("reset");
    const startCpuMs = server.cpuMs();
    for (let join = 0; join < count; join++) {
      resident.drag();
      await pauseMs(30);
      const startMs = performance.now();
      const person = await kind.join(server.url, place, 1, meter);
      joins.add(performance.now() - startMs);
      receivedBytes += person.receivedBytes;
      await person.leave();
    }
    const cpuMs = (server.cpuMs() - startCpuMs) / count;
    const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
    await resident.leave();
    return {
      cpuMs,
      joinP50Ms: joins.quantileMs(0.5),
      joinMaxMs: joins.quantileMs(1),
      receivedKb: receivedBytes / count / 1024,
      pauseMaxMs,
      pauseCpuMaxMs,
    };
  },
};

/** Those who draw already must not notice. */
export const crowdJoinsLargeBoard: Load = {
  id: "arrival",
  title: "100 people join a board of 10,000 shapes within 5 s, while 4 drag at 30 Hz",
  headline: ["cpuMs", "editP99Ms", "pauseMaxMs", "pauseCpuMaxMs"],
  columns: [
    { key: "cpuMs", title: "CPU ms / join", digits: 1 },
    { key: "editP50Ms", title: "edit p50 ms", digits: 1 },
    { key: "editP99Ms", title: "p99 ms", digits: 1 },
    { key: "joinP50Ms", title: "join p50 ms", digits: 0 },
    { key: "joinMaxMs", title: "max ms", digits: 0 },
    ...pauseColumns,
    { key: "residentMb", title: "RSS MB", digits: 0 },
  ],
  compared: null,
  takesPart: (kind) => kind.keeps,
  run: async (kind, server) => {
    const meter = new Meter();
    const [place] = await kind.createBoards(server.url, 1);
    if (place === undefined) throw new Error("No board");
    const draggers: Person[] = [];
    for (let number = 0; number < crowdDraggers; number++) {
      draggers.push(await kind.join(server.url, place, number, meter));
    }
    await kind.fill(server.url, place, shapes);
    const pace = new Pace();
    for (const [number, person] of draggers.entries()) {
      pace.add(crowdDragsPerSecond, number / crowdDraggers, () => person.drag());
    }
    pace.start();
    await pauseMs(1_500);

    const joins = new Latencies();
    // Only what those see who were there before counts.
    const arrivalMeter = new Meter();
    meter.reset();
    await server.probe("reset");
    const startCpuMs = server.cpuMs();
    const arrivals: Promise<Person>[] = [];
    for (let join = 0; join < crowdJoins; join++) {
      const startMs = performance.now();
      arrivals.push(
        kind.join(server.url, place, crowdDraggers + join, arrivalMeter).then((person) => {
          joins.add(performance.now() - startMs);
          return person;
        }),
      );
      await pauseMs((crowdSeconds * 1000) / crowdJoins);
    }
    const people = await Promise.all(arrivals);
    const cpuMs = (server.cpuMs() - startCpuMs) / crowdJoins;
    const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
    const sample = {
      cpuMs,
      editP50Ms: meter.edits.quantileMs(0.5),
      editP99Ms: meter.edits.quantileMs(0.99),
      joinP50Ms: joins.quantileMs(0.5),
      joinMaxMs: joins.quantileMs(1),
      pauseMaxMs,
      pauseCpuMaxMs,
      residentMb: server.residentBytes() / 2 ** 20,
    };
    pace.stop();
    await Promise.all([...people, ...draggers].map((person) => person.leave()));
    return sample;
  },
};
