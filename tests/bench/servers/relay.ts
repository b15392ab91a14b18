import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

/**
 * The least that a server can do: what comes from one client of a path goes to the others as it
 * is. With an interval, what came in it goes out together, one frame for each client.
 */
const joinMs = Number(process.argv[2] ?? 0);

type Room = { readonly sockets: Set<WebSocket>; joined: Buffer[]; timer: NodeJS.Timeout | null };
const rooms = new Map<string, Room>();

function roomOf(path: string): Room {
  let room = rooms.get(path);
  if (room === undefined) {
    room = { sockets: new Set(), joined: [], timer: null };
    rooms.set(path, room);
  }
  return room;
}

function flush(room: Room): void {
  const frame = Buffer.concat(room.joined);
  room.joined = [];
  room.timer = null;
  for (const socket of room.sockets) socket.send(frame);
}

const server = createServer();
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, request) => {
  const room = roomOf(request.url ?? "");
  room.sockets.add(socket);
  socket.on("close", () => room.sockets.delete(socket));
  socket.on("message", (data: Buffer) => {
    if (joinMs > 0) {
      room.joined.push(data);
      room.timer ??= setTimeout(() => flush(room), joinMs);
      return;
    }
    for (const other of room.sockets) if (other !== socket) other.send(data);
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
