import { Counter, Gauge, type Registry } from "prom-client";

export type SyncMetrics = ReturnType<typeof createSyncMetrics>;

/** `read` tells the current number of sockets and boards when Prometheus asks. */
export function createSyncMetrics(
  registry: Registry,
  read: { sockets(): number; boards(): number },
) {
  const registers = [registry];
  new Gauge({
    name: "boardwalk_sockets",
    help: "Open WebSocket connections",
    registers,
    collect() {
      this.set(read.sockets());
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
    closedSockets: new Counter({
      name: "boardwalk_sockets_closed_total",
      help: "Sockets closed by the server",
      labelNames: ["reason"],
      registers,
    }),
  };
}
