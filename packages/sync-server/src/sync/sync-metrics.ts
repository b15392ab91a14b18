import { Counter, Gauge, type Registry } from "prom-client";

export type SyncMetrics = ReturnType<typeof createSyncMetrics>;

/** `read` tells the current number of sockets and boards when Prometheus asks. */
export function createSyncMetrics(
  registry: Registry,
  read: { sockets(): number; polledSockets(): number; boards(): number; unreadBytes(): number },
) {
  const registers = [registry];
  new Gauge({
    name: "boardwalk_sockets",
    help: "Open live connections",
    registers,
    collect() {
      this.set(read.sockets());
    },
  });
  new Gauge({
    name: "boardwalk_sockets_polled",
    help: "Live connections that ordinary requests carry, as no WebSocket passes on their way",
    registers,
    collect() {
      this.set(read.polledSockets());
    },
  });
  new Gauge({
    name: "boardwalk_boards_open",
    help: "Boards in memory",
    registers,
    collect() {
      this.set(read.boards());
    },
  });
  new Gauge({
    name: "boardwalk_unread_bytes",
    help: "Bytes that wait in this process for clients to read",
    registers,
    collect() {
      this.set(read.unreadBytes());
    },
  });
  return {
    receivedUpdates: new Counter({
      name: "boardwalk_updates_received_total",
      help: "Document updates received from clients",
      registers,
    }),
    acknowledgedUpdates: new Counter({
      name: "boardwalk_updates_acknowledged_total",
      help: "Document updates acknowledged after they were on disk",
      registers,
    }),
    refusedUpdates: new Counter({
      name: "boardwalk_updates_refused_total",
      help: "Document updates answered with SyncStatus 0",
      labelNames: ["reason"],
      registers,
    }),
    refusedPresence: new Counter({
      name: "boardwalk_presence_refused_total",
      help: "Presence entries refused because another connection speaks for that client",
      registers,
    }),
    droppedPresence: new Counter({
      name: "boardwalk_presence_dropped_total",
      help: "Presence frames left out for a slow reader",
      registers,
    }),
    postponedUpdates: new Counter({
      name: "boardwalk_updates_postponed_total",
      help: "Changes that wait for a slow reader, and come to it as one",
      registers,
    }),
    closedSockets: new Counter({
      name: "boardwalk_sockets_closed_total",
      help: "Sockets closed by the server",
      labelNames: ["reason"],
      registers,
    }),
  };
}
