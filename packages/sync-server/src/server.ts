import { openStore, type Store } from "@boardwalk/persistence";
import { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { unfinishedRestoreKey, UnfinishedRestoreError } from "./archive/restore-store.ts";
import { UnfinishedImports } from "./archive/unfinished-imports.ts";
import { BoardAssets } from "./boards/board-assets.ts";
import { BoardLinks } from "./boards/board-links.ts";
import { Boards } from "./boards/boards.ts";
import { SignedTokens } from "./boards/signed-tokens.ts";
import { StoredFiles } from "./boards/stored-files.ts";
import { Trash } from "./boards/trash.ts";
import type { Config } from "./config.ts";
import type { HttpApp } from "./http/http-app.ts";
import { History } from "./history/history.ts";
import { createHttpApp } from "./http/http-server.ts";
import { OpenRequests } from "./http/open-requests.ts";
import { Metrics } from "./metrics.ts";
import { SyncHost } from "./sync/sync-host.ts";
import { UnusedFiles } from "./upkeep/unused-files.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { createUpkeepMetrics } from "./upkeep/upkeep-metrics.ts";
import { TlsCertificate } from "./tls-certificate.ts";

const builtPageDir = fileURLToPath(new URL("../../board-app/dist", import.meta.url));

const dayMs = 24 * 60 * 60_000;

/** The part of a shutdown's time that clients get; the rest is for what is left and the store. */
const drainShare = 0.7;

export type RunningServer = {
  /** Where this machine reaches the server. */
  readonly url: string;
  /**
   * Stops taking work, lets clients finish, and closes everything. Idempotent. Resolves by the
   * deadline, whatever hangs; rejects when the store could not be closed.
   */
  close(deadlineMs: number): Promise<void>;
};

/**
 * Opens the store and serves. `pageDir` is the folder of the built page.
 *
 * @throws StoreError when the data folder or the database cannot be used, UnfinishedRestoreError
 * when a backup is only partly in it, TlsError when the
 * certificate cannot, or Node's error when the address cannot.
 */
export async function startServer(
  config: Config,
  logger: Logger,
  pageDir: string = builtPageDir,
): Promise<RunningServer> {
  const { dataDir, databaseUrl, tls } = config;
  const certificate = tls === null ? null : await TlsCertificate.open(tls, logger);
  const store = await openStore({ dataDir, databaseUrl, logger });
  if ((await store.records.get(unfinishedRestoreKey)) !== null) {
    await store.close();
    throw new UnfinishedRestoreError();
  }
  const { signedTokens: settings } = config;
  const signedTokens = settings === null ? null : new SignedTokens(settings, Date.now);
  const boards = new Boards({ store, signedTokens });
  const metrics = new Metrics(store);
  const { publicOrigin } = config;
  const { registry } = metrics;
  const syncHost = new SyncHost({
    store,
    boards,
    logger,
    registry,
    publicOrigin,
    trustedProxyHops: config.trustedProxyHops,
    maxSocketsPerAddress: config.maxSocketsPerAddress,
    limitRefusals: metrics.limitRefusals,
  });
  const history = new History({ store, syncHost, logger, registry });
  const trash = new Trash({ store, boards, keptMs: config.trashDays * dayMs });
  const upkeepMetrics = createUpkeepMetrics(registry);
  const files = new StoredFiles({ store });
  const assets = new BoardAssets({ store });
  const imports = new UnfinishedImports({ store });
  const upkeep = new Upkeep({
    trash,
    imports,
    unused: new UnusedFiles({ store, boards, assets, logger }),
    files,
    syncHost,
    metrics: upkeepMetrics,
    logger,
  });
  const openRequests = new OpenRequests();
  let isDraining = false;
  let app: HttpApp | undefined;
  try {
    app = await createHttpApp({
      config,
      logger,
      store,
      boards,
      links: new BoardLinks({ boards }),
      assets,
      history,
      files,
      imports,
      trash,
      upkeep,
      syncHost,
      metrics,
      openRequests,
      pageDir,
      certificate,
      isDraining: () => isDraining,
    });
    if (app.server instanceof HttpsServer) certificate?.follow(app.server, registry);
    const sockets = acceptUpgrades(app, syncHost, logger);
    const connections = noteConnections(app);
    await app.listen({ port: config.port, host: config.host ?? everyInterface() });
    const http = { app, certificate, sockets, connections, openRequests };
    const owned = { ...http, syncHost, upkeep, history, boards, store, metrics, logger };
    upkeep.start();
    history.start();
    let closing: Promise<void> | null = null;
    return {
      url: localUrl(app, config),
      close: (deadlineMs) => {
        isDraining = true;
        closing ??= closeAll(owned, deadlineMs);
        return closing;
      },
    };
  } catch (error) {
    certificate?.close();
    await app?.close();
    await upkeep.close();
    await history.close();
    await store.close();
    metrics.close();
    throw error;
  }
}

/** Passes upgrades on, and answers with the sockets that have left HTTP and are still open. */
function acceptUpgrades(app: HttpApp, syncHost: SyncHost, logger: Logger): ReadonlySet<Duplex> {
  const sockets = new Set<Duplex>();
  app.server.on("upgrade", (request, socket, head) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Without a listener an error before the handshake is over would end the process.
    socket.on("error", (err) => logger.debug({ err }, "a socket failed"));
    try {
      syncHost.handleUpgrade(request, socket, head);
    } catch (err) {
      logger.error({ err }, "an upgrade could not be handled");
      socket.destroy();
    }
  });
  return sockets;
}

/** All that is connected: HTTP knows its own, but waits for those that TLS is not done with. */
function noteConnections(app: HttpApp): ReadonlySet<Duplex> {
  const connections = new Set<Duplex>();
  app.server.on("connection", (connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  return connections;
}

type Shutdown = {
  readonly app: HttpApp;
  readonly certificate: TlsCertificate | null;
  readonly syncHost: SyncHost;
  readonly sockets: ReadonlySet<Duplex>;
  readonly connections: ReadonlySet<Duplex>;
  readonly openRequests: OpenRequests;
  readonly upkeep: Upkeep;
  readonly history: History;
  readonly boards: Boards;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

async function closeAll(shutdown: Shutdown, deadlineMs: number): Promise<void> {
  const { app, certificate, sockets, connections, openRequests } = shutdown;
  const { syncHost, upkeep, history, boards, store, metrics, logger } = shutdown;
  certificate?.close();
  const endMs = performance.now() + deadlineMs;
  const leftMs = () => Math.max(0, endMs - performance.now());

  // Each step is given up rather than the ones after it: the store comes last and has to be closed.
  const drainMs = deadlineMs * drainShare;
  const drained = syncHost.close(drainMs);
  if (!(await settles(drained, drainMs, logger, "the boards could not be closed"))) {
    logger.warn({ drainMs }, "clients were cut off: the boards did not close in time");
  }
  for (const socket of sockets) socket.destroy();

  if (!(await settles(openRequests.ended(), leftMs() / 3, logger, "requests did not end"))) {
    logger.warn("requests were cut off: they did not end in time");
  }
  for (const connection of connections) connection.destroy();
  if (!(await settles(app.close(), leftMs() / 2, logger, "HTTP could not be closed"))) {
    logger.error("HTTP did not close in time");
  }
  metrics.close();
  await settles(upkeep.close(), leftMs() / 3, logger, "work in the background did not end");
  if (!(await settles(history.close(), leftMs() / 2, logger, "a version could not be kept"))) {
    logger.warn("not all boards that were worked on got a version: there was no time");
  }
  await settles(boards.close(), leftMs() / 2, logger, "when links were used could not be written");

  const storeClosed = store.close();
  if (await settles(storeClosed, leftMs(), logger, "the store could not be closed")) {
    await storeClosed;
  } else {
    logger.error("the store did not close in time; what was acknowledged is on disk all the same");
  }
}

/** Whether the work ended, well or not, within the time. Its failure is reported. */
async function settles(
  work: Promise<unknown>,
  withinMs: number,
  logger: Logger,
  failure: string,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  const ended = work.then(
    () => true,
    (err: unknown) => {
      logger.error({ err }, failure);
      return true;
    },
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `::` takes IPv4 as well, but cannot be bound on a machine without IPv6. */
function everyInterface(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ family }) => family === "IPv6") ? "::" : "0.0.0.0";
}

function localUrl(app: HttpApp, { host, tls }: Config): string {
  const address = app.server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server is not listening.");
  const isEverywhere = host === null || ["::", "0.0.0.0", "localhost"].includes(host);
  const name = isEverywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `${tls === null ? "http" : "https"}://${name}:${address.port}`;
}
