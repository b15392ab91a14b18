import { TLSocketRoom, type RoomSnapshot } from "@tldraw/sync-core";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WebSocketServer } from "ws";

/** As in tldraw's own example of a server: a changed room is written whole, this often. */
const saveIntervalMs = 2_000;

const database = new DatabaseSync(join(process.env.DATA_DIR ?? ".", "tldraw.sqlite"));
database.exec("PRAGMA journal_mode = WAL");
database.exec("CREATE TABLE IF NOT EXISTS rooms (name TEXT PRIMARY KEY, snapshot TEXT NOT NULL)");
const read = database.prepare("SELECT snapshot FROM rooms WHERE name = ?");
const write = database.prepare(
  "INSERT INTO rooms (name, snapshot) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET snapshot = excluded.snapshot",
);

const rooms = new Map<string, TLSocketRoom>();
const changed = new Set<string>();

function roomOf(name: string): TLSocketRoom {
  const open = rooms.get(name);
  if (open !== undefined) return open;
  const row = read.get(name);
  const room = new TLSocketRoom({
    ...(typeof row?.snapshot === "string" ? { initialSnapshot: parseSnapshot(row.snapshot) } : {}),
    onDataChange: () => changed.add(name),
  });
  rooms.set(name, room);
  return room;
}

function parseSnapshot(text: string): RoomSnapshot {
  return JSON.parse(text) as RoomSnapshot;
}

setInterval(() => {
  for (const name of changed) {
    const room = rooms.get(name);
    if (room !== undefined) write.run(name, JSON.stringify(room.getCurrentSnapshot()));
  }
  changed.clear();
}, saveIntervalMs);

const server = createServer();
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, request) => {
  const url = new URL(request.url ?? "", "http://localhost");
  const sessionId = url.searchParams.get("sessionId") ?? "";
  roomOf(url.pathname).handleSocketConnect({ sessionId, socket });
});
server.listen(0, "127.0.0.1", () => {
  console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
