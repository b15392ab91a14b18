import { createdBoardSchema } from "@boardwalk/board-model";
import { fileURLToPath } from "node:url";
import { largeBoardUpdate, largeBoardShapes } from "./large-board.ts";
import { inGroups } from "./loads/load.ts";
import { Meter, type Join, type Place } from "./person.ts";
import type { ServerCommand } from "./server-process.ts";
import { TldrawPerson } from "./tldraw-person.ts";
import { YjsPerson, type YjsProtocol } from "./yjs-person.ts";

export type ServerKind = {
  readonly id: string;
  readonly name: string;
  readonly command: ServerCommand;
  readonly join: Join;
  /** Keeps the boards; a relay does not. */
  readonly keeps: boolean;
  createBoards(url: string, count: number): Promise<Place[]>;
  /** How often the disk was asked to make writes durable; NaN where the server does not tell. */
  fsyncs(url: string): Promise<number>;
  /** Makes the board one of `count` shapes. */
  fill(url: string, place: Place, count: number): Promise<void>;
};

const shapesPerPush = 500;
const createdAtOnce = 20;

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function yjsServer(
  id: string,
  name: string,
  protocol: YjsProtocol,
  command: ServerCommand,
): ServerKind {
  return {
    id,
    name,
    command,
    keeps: protocol !== "relay",
    join: (url, place, number, meter) => YjsPerson.join(protocol, url, place, number, meter),
    createBoards: async (_url, count) => namedBoards(count),
    fsyncs: async () => Number.NaN,
    fill: async (url, place, count) => {
      const person = await YjsPerson.join(protocol, url, place, 0, new Meter());
      const update = largeBoardUpdate(count);
      person.sendUpdate(update);
      for (;;) {
        const witness = await YjsPerson.join(protocol, url, place, 1, new Meter());
        const isThere = witness.receivedBytes > update.length / 2;
        await witness.leave();
        if (isThere) break;
      }
      await person.leave();
    },
  };
}

function namedBoards(count: number): Place[] {
  return Array.from({ length: count }, (_, index) => ({ boardId: `board-${index}`, token: "" }));
}

export const relay = yjsServer("relay", "relay", "relay", {
  script: pathOf("servers/relay.ts"),
});

export const boardwalk: ServerKind = {
  ...yjsServer("boardwalk", "Boardwalk, durable", "hocuspocus", {
    script: pathOf("../../packages/sync-server/src/main.ts"),
    // As scripts/start.mjs has it on one core, which is what it is pinned to.
    nodeOptions: [
      "--max-semi-space-size=32",
      "--no-separate-gc-phases",
      "--single-threaded-gc",
      "--concurrent-array-buffer-sweeping",
    ],
    env: (dataDir) => ({
      PORT: "0",
      HOST: "127.0.0.1",
      DATA_DIR: dataDir,
      LOG_LEVEL: "info",
      // All the people of a load come from one address here.
      MAX_SOCKETS_PER_ADDRESS: "20000",
    }),
  }),
  createBoards: async (url, count) => {
    const wanted = Array.from({ length: count });
    return inGroups(wanted, createdAtOnce, async () => {
      const response = await fetch(`${url}/api/boards`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      if (response.status !== 201) throw new Error(await response.text());
      const { id, editToken, ownerKey } = createdBoardSchema.parse(await response.json());
      return { boardId: id, token: editToken, ownerKey };
    });
  },
  fsyncs: async (url) => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^boardwalk_store_fsyncs_total (\d+)/m.exec(metrics)?.[1]);
  },
};

/** In the order of the tables; the relay is what the others are measured by. */
export const servers: readonly ServerKind[] = [
  relay,
  yjsServer("joining-relay", "relay, joining 16 ms", "relay", {
    script: pathOf("servers/relay.ts"),
    args: ["16"],
  }),
  yjsServer("y-websocket", "y-websocket, y-leveldb", "plain", {
    script: pathOf("servers/y-websocket.ts"),
    env: (dataDir) => ({ YPERSISTENCE: dataDir }),
  }),
  yjsServer("hocuspocus", "Hocuspocus, SQLite", "hocuspocus", {
    script: pathOf("servers/hocuspocus.ts"),
    env: (dataDir) => ({ DATA_DIR: dataDir }),
  }),
  {
    id: "tldraw-sync",
    name: "tldraw sync, SQLite",
    command: {
      script: pathOf("servers/tldraw-sync.ts"),
      env: (dataDir) => ({ DATA_DIR: dataDir }),
    },
    keeps: true,
    join: (url, place, number, meter) => TldrawPerson.join(url, place, number, meter),
    createBoards: async (_url, count) => namedBoards(count),
    fsyncs: async () => Number.NaN,
    fill: async (url, place, count) => {
      const person = await TldrawPerson.join(url, place, 0, new Meter());
      const shapes = largeBoardShapes(count);
      for (let at = 0; at < count; at += shapesPerPush) {
        await person.addShapes(shapes.slice(at, at + shapesPerPush));
      }
      await person.leave();
    },
  },
  boardwalk,
];
