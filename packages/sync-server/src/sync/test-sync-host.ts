import { openStore } from "@boardwalk/persistence";
import { once } from "node:events";
import { createServer } from "node:http";
import { pino } from "pino";
import { Counter, Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { Boards } from "../boards/boards.ts";
import { temporaryFolder } from "../test-server.ts";
import { SyncHost } from "./sync-host.ts";

/** The WebSockets of a server at `url`, without its HTTP, closed when the test is over. */
export async function startSyncHost() {
  const logger = pino({ level: "silent" });
  const store = await openStore({ dataDir: await temporaryFolder(), logger });
  onTestFinished(() => store.close());
  const boards = new Boards({ store });
  const registry = new Registry();
  const limitRefusals = new Counter({
    name: "refusals",
    help: "Refusals",
    labelNames: ["limit"],
    registers: [],
  });
  const syncHost = new SyncHost({
    store,
    boards,
    logger,
    registry,
    publicOrigin: null,
    trustedProxyHops: 0,
    maxSocketsPerAddress: 10,
    limitRefusals,
  });
  const http = createServer().on("upgrade", (request, socket, head) => {
    syncHost.handleUpgrade(request, socket, head);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    await syncHost.close(1_000);
    http.close();
  });
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("Not listening");
  return { store, boards, logger, registry, syncHost, url: `ws://127.0.0.1:${address.port}` };
}
