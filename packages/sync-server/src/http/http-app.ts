import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { UnfinishedImports } from "../archive/unfinished-imports.ts";
import type { Boards } from "../boards/boards.ts";
import type { BoardLinks } from "../boards/board-links.ts";
import type { BoardAssets } from "../boards/board-assets.ts";
import type { StoredFiles } from "../boards/stored-files.ts";
import type { Trash } from "../boards/trash.ts";
import type { Config } from "../config.ts";
import type { History } from "../history/history.ts";
import type { Metrics } from "../metrics.ts";
import type { OpenRequests } from "./open-requests.ts";
import type { Upkeep } from "../upkeep/upkeep.ts";
import type { SyncHost } from "../sync/sync-host.ts";
import type { Store } from "@boardwalk/persistence";
import type { TlsCertificate } from "../tls-certificate.ts";
import type { Logger } from "pino";

/** Fastify with routes typed by zod schemas. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes work with; all of it is owned by the server that made it. */
export type HttpServices = {
  readonly config: Config;
  readonly logger: Logger;
  readonly store: Store;
  readonly boards: Boards;
  readonly links: BoardLinks;
  readonly assets: BoardAssets;
  readonly history: History;
  readonly files: StoredFiles;
  readonly imports: UnfinishedImports;
  readonly trash: Trash;
  readonly upkeep: Upkeep;
  readonly syncHost: SyncHost;
  readonly metrics: Metrics;
  readonly openRequests: OpenRequests;
  /** Folder of the built page. */
  readonly pageDir: string;
  /** null: http. */
  readonly certificate: TlsCertificate | null;
  /** Whether the server is shutting down. */
  readonly isDraining: () => boolean;
};
