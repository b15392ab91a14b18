import { Pace } from "../pace.ts";
import { Meter, type Person, type Place } from "../person.ts";
import { YjsPerson } from "../yjs-person.ts";
import { pauseColumns, pauseMs, type Load } from "./load.ts";

const shapes = 2_000;
const boards = 4;
const peoplePerBoard = 8;
const dragsPerSecond = 20;
const strokesPerSecond = 10;
const cursorsPerSecond = 10;
/** Someone leaves and comes back, so often. */
const comeAndGoMs = 250;
/** A version of a board is kept, and the board taken away as a file, so often. */
const keepEveryMs = 3_000;

/** Has a version kept and reads the archive of a board, to its end. */
async function keepAndTakeAway(url: string, { boardId, token, ownerKey }: Place): Promise<void> {
  const board = `${url}/api/boards/${boardId}`;
  const version = await fetch(`${board}/versions`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "Soak" }),
  });
  await version.arrayBuffer();
  const archive = await fetch(`${board}/archive`, {
    headers: { authorization: `Bearer ${ownerKey ?? ""}` },
  });
  await archive.arrayBuffer();
  for (const { status, ok } of [version, archive]) {
    if (!ok) throw new Error(`A version or an archive was refused with ${status}`);
  }
}

/** People drag, draw, come and go; what grows or halts in the meantime is what this is about. */
export const mixedSoak: Load = {
  id: "soak",
  title:
    "mixed: 4 boards of 2,000 shapes, 32 people drag and draw, come and go; versions, archives",
  headline: ["pauseMaxMs", "pauseCpuMaxMs", "heapStartMb", "heapEndMb"],
  columns: [
    ...pauseColumns,
    { key: "heapStartMb", title: "heap MB at first", digits: 1 },
    { key: "heapEndMb", title: "at last", digits: 1 },
    { key: "residentStartMb", title: "RSS MB, second quarter", digits: 0 },
    { key: "residentEndMb", title: "last quarter", digits: 0 },
    { key: "editP99Ms", title: "edit p99 ms", digits: 1 },
    { key: "cpuPercent", title: "CPU %", digits: 0 },
    { key: "kept", title: "versions and archives", digits: 0 },
    { key: "seconds", title: "seconds", digits: 0 },
  ],
  compared: null,
  takesPart: (kind) => kind.id === "boardwalk",
  rounds: 1,
  run: async (kind, server, seconds) => {
    const meter = new Meter();
    const places = await kind.createBoards(server.url, boards);
    for (const place of places) await kind.fill(server.url, place, shapes);
    const seats: { place: Place; number: number; person: Person | null }[] = [];
    for (const place of places) {
      for (let seat = 0; seat < peoplePerBoard; seat++) {
        const number = seats.length;
        seats.push({ place, number, person: await kind.join(server.url, place, number, meter) });
      }
    }
    const pace = new Pace();
    for (const seat of seats) {
      const phase = (seat.number * 0.618_034) % 1;
      pace.add(cursorsPerSecond, phase, () => seat.person?.moveCursor());
      if (seat.number % 4 === 0) pace.add(dragsPerSecond, phase, () => seat.person?.drag());
      if (seat.number % 4 === 1) {
        pace.add(strokesPerSecond, phase, () => {
          if (seat.person instanceof YjsPerson) seat.person.draw();
        });
      }
    }
    pace.start();
    const endMs = performance.now() + seconds * 1000;
    // Threads come and go, and garbage with them: one look would say little.
    const residentMb: number[] = [];
    const sampling = setInterval(() => residentMb.push(server.residentBytes() / 2 ** 20), 1000);
    let kept = 0;
    const keeping = (async () => {
      for (; performance.now() < endMs; kept++) {
        const place = places[kept % places.length];
        if (place !== undefined) await keepAndTakeAway(server.url, place);
        await pauseMs(keepEveryMs);
      }
    })();
    await pauseMs((seconds * 1000) / 4);
    const first = await server.probe("collect");
    meter.reset();
    await server.probe("reset");
    const [startMs, startCpuMs] = [performance.now(), server.cpuMs()];
    for (let turn = 0; performance.now() < endMs; turn++) {
      const seat = seats[(turn * 7) % seats.length];
      await pauseMs(comeAndGoMs);
      if (seat === undefined || seat.person === null) continue;
      const leaving = seat.person;
      seat.person = null;
      await leaving.leave();
      seat.person = await kind.join(server.url, seat.place, seat.number, meter);
    }
    await keeping;
    const elapsedMs = performance.now() - startMs;
    const cpuPercent = ((server.cpuMs() - startCpuMs) / elapsedMs) * 100;
    const { pauseMaxMs, pauseCpuMaxMs } = await server.probe("read");
    const last = await server.probe("collect");
    clearInterval(sampling);
    pace.stop();
    await Promise.all(seats.flatMap(({ person }) => person?.leave() ?? []));
    return {
      pauseMaxMs,
      pauseCpuMaxMs,
      heapStartMb: first.heapBytes / 2 ** 20,
      heapEndMb: last.heapBytes / 2 ** 20,
      residentStartMb: medianOf(residentMb.slice(residentMb.length / 4, residentMb.length / 2)),
      residentEndMb: medianOf(residentMb.slice((residentMb.length * 3) / 4)),
      editP99Ms: meter.edits.quantileMs(0.99),
      cpuPercent,
      kept,
      seconds,
    };
  },
};

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
