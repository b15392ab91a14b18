import { BoardInfo, closeCode, isBoardId, limits, type PersonHere } from "@boardwalk/board-model";
import type { Store, StoredDocument } from "@boardwalk/persistence";
import { Hocuspocus, type Connection, type Document } from "@hocuspocus/server";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { Counter, Registry } from "prom-client";
import { WebSocketServer, type WebSocket } from "ws";
import { KeyedBudget } from "../keyed-budget.ts";
import { BoardError, isGuess } from "../boards/board-error.ts";
import type { Removed } from "../boards/board-links.ts";
import type { BoardEvent, Boards } from "../boards/boards.ts";
import type { BoardGrant } from "../boards/grant.ts";
import { hashOf, newShortId, newToken } from "../boards/secret.ts";
import { KeysUnavailableError } from "../boards/signing-keys.ts";
import { applyStored } from "./apply-stored.ts";
import { clientAddressOf } from "../client-address.ts";
import { ClientSocket, type Protocol, type Transport } from "./client-socket.ts";
import { NotSavedError } from "./board-log.ts";
import { Denied } from "./denied.ts";
import type { LimitName } from "./limit-error.ts";
import { syncLimits } from "./limits.ts";
import { LiveBoard, type WorkListener } from "./live-board.ts";
import { PolledSocket } from "./polled-socket.ts";
import { RefusedOrigins } from "./refused-origins.ts";
import { SyncChannel } from "./sync-channel.ts";
import { createSyncMetrics, type SyncMetrics } from "./sync-metrics.ts";
import { TickTimer } from "./tick-timer.ts";
import { handshakeRequest, isSameOrigin, refuseUpgrade, routeUpgrade } from "./upgrade.ts";

export type SyncHostOptions = {
  store: Store;
  boards: Boards;
  logger: Logger;
  registry: Registry;
  /** `https://host` when the server is told its public address; else the request's host counts. */
  publicOrigin: string | null;
  /** How many proxies in front are believed about a client's address. */
  trustedProxyHops: number;
  maxSocketsPerAddress: number;
  limitRefusals: Counter<"limit">;
};

/** What came of asking for a connection by ordinary requests. */
export type PolledOpening =
  | { readonly kind: "opened"; readonly secret: string }
  | {
      readonly kind: "refused";
      readonly code: "SHUTTING_DOWN" | "ORIGIN_NOT_ALLOWED" | "SOCKETS_PER_ADDRESS";
    };

type SocketContext = { grant?: BoardGrant; socket?: ClientSocket };

/** Nothing of the real ones, whose addresses may carry a token; and one is enough for all. */
const anyRequest = new Request("http://localhost/sync");

/** Hocuspocus counts idleness by messages that reach it; sockets here have their own heartbeat. */
const noTimeoutMs = 2 ** 31 - 1;

/** Clients take "denied" for final; those whom a store in trouble turns away shall come back. */
function unavailable(
  cause: unknown,
  socket?: ClientSocket,
  code: "STORE_UNAVAILABLE" | "KEYS_UNAVAILABLE" = "STORE_UNAVAILABLE",
): Denied {
  socket?.close(closeCode.tryAgainLater, code);
  return new Denied(code, { cause });
}

/** Without a message, which Hocuspocus would print. */
class AlreadyUnloaded extends Error {}

/** All boards that are open on this server and the sockets they are open on. */
export class SyncHost {
  readonly #store: Store;
  readonly #boards: Boards;
  readonly #logger: Logger;
  readonly #refusedOrigins: RefusedOrigins;
  readonly #publicOrigin: string | null;
  readonly #trustedProxyHops: number;
  readonly #maxSocketsPerAddress: number;
  readonly #limitRefusals: Counter<"limit">;
  readonly #metrics: SyncMetrics;
  readonly #hocuspocus: Hocuspocus<SocketContext>;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
  });
  readonly #sockets = new Set<ClientSocket>();
  readonly #socketsOf = new Map<string, number>();
  /** Those that ordinary requests carry, by the hash of the secret that names each. */
  readonly #polled = new Map<string, PolledSocket>();
  readonly #refusedTokens = new KeyedBudget({
    max: syncLimits.refusedTokensPerAddress,
    windowMs: syncLimits.refusedTokensWindowMs,
  });
  /** Received by all sockets that have not opened a board. */
  #heldBytesInTotal = 0;
  /** What documents were read from, until they are opened. */
  readonly #stored = new WeakMap<Document, StoredDocument>();
  readonly #live = new Map<Document, LiveBoard>();
  readonly #tickTimer = new TickTimer();
  readonly #workListeners = new Set<WorkListener>();
  readonly #stopObserving: () => void;
  #closing: Promise<void> | null = null;

  constructor(options: SyncHostOptions) {
    this.#store = options.store;
    this.#boards = options.boards;
    this.#logger = options.logger;
    this.#refusedOrigins = new RefusedOrigins(options.logger);
    this.#publicOrigin = options.publicOrigin;
    this.#trustedProxyHops = options.trustedProxyHops;
    this.#maxSocketsPerAddress = options.maxSocketsPerAddress;
    this.#limitRefusals = options.limitRefusals;
    this.#metrics = createSyncMetrics(options.registry, {
      sockets: () => this.#sockets.size,
      polledSockets: () => this.#polled.size,
      boards: () => this.#live.size,
      unreadBytes: () =>
        [...this.#sockets].reduce((sum, { backlogBytes }) => sum + backlogBytes, 0),
    });
    this.#hocuspocus = new Hocuspocus<SocketContext>({
      quiet: true,
      timeout: noTimeoutMs,
      onAuthenticate: async ({ token, documentName, connectionConfig, context }) => {
        const grant = await this.#authorise(
          documentName,
          token,
          context.socket?.remoteAddress ?? "",
          context.socket,
        );
        connectionConfig.readOnly = grant.role === "view";
        return { grant };
      },
      onLoadDocument: async ({ document, context }) => this.#load(document, context.socket),
      afterLoadDocument: async ({ document, context }) => this.#open(document, context.socket),
      connected: async ({ connection, context }) => this.#attach(connection, context.grant),
      beforeUnloadDocument: async ({ document }) => this.#beforeUnload(document),
    });
    this.#stopObserving = this.#boards.observe((event) => this.#changeAccess(event));
  }

  #changeAccess(event: BoardEvent): void {
    for (const board of this.#boardsOf(event.boardId)) {
      if (event.kind === "deleted") board.end();
      else {
        board.changeAccess(event, (linkId) => {
          const link = event.record.links.find(({ id }) => id === linkId);
          if (link === undefined || link.password === null) return null;
          return this.#boards.openSession(event.boardId, link).token;
        });
      }
    }
  }

  /** For every upgrade request of the HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const route = routeUpgrade(request, this.#publicOrigin);
    if (this.#closing !== null) refuseUpgrade(socket, 503, "SHUTTING_DOWN");
    else if (route.kind === "refused") {
      if (route.code === "ORIGIN_NOT_ALLOWED") this.#refusedOrigins.note(request);
      refuseUpgrade(socket, route.status, route.code);
    } else {
      const address = clientAddressOf(request, this.#trustedProxyHops);
      if (this.#hasMostSockets(address)) {
        this.#noteRefusal("SOCKETS_PER_ADDRESS");
        refuseUpgrade(socket, 429, "SOCKETS_PER_ADDRESS");
        return;
      }
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#accept(webSocket, request.socket, route.protocol, address);
      });
    }
  }

  /**
   * Opens a connection that needs no WebSocket to pass: its bytes travel by ordinary requests, which
   * name it by the secret that comes back.
   */
  openPolled(request: IncomingMessage): PolledOpening {
    if (this.#closing !== null) return { kind: "refused", code: "SHUTTING_DOWN" };
    if (!isSameOrigin(request, this.#publicOrigin)) {
      this.#refusedOrigins.note(request);
      return { kind: "refused", code: "ORIGIN_NOT_ALLOWED" };
    }
    const address = clientAddressOf(request, this.#trustedProxyHops);
    if (this.#hasMostSockets(address)) return { kind: "refused", code: "SOCKETS_PER_ADDRESS" };
    const secret = newToken();
    const hash = hashOf(secret);
    const socket = new PolledSocket();
    this.#polled.set(hash, socket);
    socket.once("close", () => this.#polled.delete(hash));
    this.#webSockets.handleUpgrade(handshakeRequest(), socket, Buffer.alloc(0), (webSocket) => {
      this.#accept(webSocket, socket, { kind: "hocuspocus" }, address);
    });
    return { kind: "opened", secret };
  }

  /** An open connection, by its secret. */
  polled(secret: string): PolledSocket | null {
    return this.#polled.get(hashOf(secret)) ?? null;
  }

  #hasMostSockets(address: string): boolean {
    return (this.#socketsOf.get(address) ?? 0) >= this.#maxSocketsPerAddress;
  }

  #noteRefusal(limit: LimitName): void {
    this.#limitRefusals.inc({ limit });
  }

  /** Counts what a socket without a board sends; negative when it has got one, or is gone. */
  #holdInTotal(bytes: number): void {
    this.#heldBytesInTotal += bytes;
    // Not whoever comes next: that may be anyone, and has sent a token and little else.
    while (this.#heldBytesInTotal > syncLimits.heldBytesInTotal) {
      let largest: ClientSocket | null = null;
      for (const socket of this.#sockets) {
        if (socket.unopenedBytes > (largest?.unopenedBytes ?? 0)) largest = socket;
      }
      if (largest === null) return;
      largest.giveWay("HELD_BEFORE_OPEN_IN_TOTAL");
    }
  }

  #release(client: ClientSocket): void {
    this.#sockets.delete(client);
    const left = (this.#socketsOf.get(client.remoteAddress) ?? 1) - 1;
    if (left === 0) this.#socketsOf.delete(client.remoteAddress);
    else this.#socketsOf.set(client.remoteAddress, left);
  }

  #accept(webSocket: WebSocket, transport: Transport, protocol: Protocol, address: string): void {
    this.#socketsOf.set(address, (this.#socketsOf.get(address) ?? 0) + 1);
    const client: ClientSocket = new ClientSocket({
      remoteAddress: address,
      noteRefusal: (limit) => this.#noteRefusal(limit),
      holdInTotal: (bytes) => this.#holdInTotal(bytes),
      webSocket,
      transport,
      protocol,
      logger: this.#logger,
      metrics: this.#metrics,
      connect: (socket) => this.#hocuspocus.handleConnection(socket, anyRequest, { socket }),
      onClose: () => this.#release(client),
    });
    this.#sockets.add(client);
  }

  /** `socket`: what is closed when the store cannot be read; none where it may go on as it was. */
  async #authorise(
    boardId: string,
    token: string,
    address: string,
    socket?: ClientSocket,
  ): Promise<BoardGrant> {
    try {
      return await this.#boards.admit(boardId, token);
    } catch (cause) {
      if (cause instanceof BoardError) {
        if (isGuess(cause)) this.#noteGuess(address, socket);
        throw new Denied(cause.code, { cause });
      }
      if (cause instanceof KeysUnavailableError) {
        this.#logger.error({ err: cause }, "signed tokens cannot be checked");
        throw unavailable(cause, socket, "KEYS_UNAVAILABLE");
      }
      this.#logger.error({ board: boardId, err: cause }, "a link could not be checked");
      throw unavailable(cause, socket);
    }
  }

  /** Right tokens go on opening boards: others may come from the same address as who guesses. */
  #noteGuess(address: string, socket?: ClientSocket): void {
    this.#refusedTokens.spend(address, 1);
    if (this.#refusedTokens.waitMs(address) > 0) {
      socket?.closeWhenDenied("AUTH_ATTEMPTS_PER_ADDRESS");
    }
  }

  async #load(document: Document, socket?: ClientSocket): Promise<void> {
    // Changes go out by the board's own relay. Hocuspocus's would build a frame for each socket, and
    // run a chain of promises for hooks that are not there.
    // Nobody is left to listen: while there is a set of listeners, be it empty, Yjs encodes what is
    // applied, and for a stored board that is all of it.
    document._observers.delete("update");
    try {
      await this.#fill(document, socket);
    } catch (error) {
      // Hocuspocus forgets the document without ending it, and its timer would keep it for ever.
      document.destroy();
      throw error;
    }
  }

  async #fill(document: Document, socket?: ClientSocket): Promise<void> {
    const boardId = document.name;
    const stored = await this.#store.updates.load(boardId).catch((cause: unknown) => {
      this.#logger.error({ board: boardId, err: cause }, "a board could not be loaded");
      throw unavailable(cause, socket);
    });
    if (stored === null) throw new Denied("BOARD_NOT_FOUND");
    this.#stored.set(document, stored);
    try {
      await applyStored(document, stored);
    } catch (cause) {
      this.#logger.error({ board: boardId, err: cause }, "a stored board could not be read");
      throw new Denied("BOARD_IS_DAMAGED", { cause });
    }
    if (stored.damage !== null) {
      this.#logger.error({ board: boardId, damage: stored.damage }, "a stored board is damaged");
    }
  }

  async #open(document: Document, socket?: ClientSocket): Promise<void> {
    const stored = this.#stored.get(document);
    if (stored === undefined) throw new TypeError("A board that was not read");
    this.#stored.delete(document);
    const board = new LiveBoard(document, {
      stored,
      store: this.#store,
      logger: this.#logger,
      tickTimer: this.#tickTimer,
      work: {
        edited: (...work) => this.#workListeners.forEach((listener) => listener.edited(...work)),
        left: (...work) => this.#workListeners.forEach((listener) => listener.left(...work)),
      },
      // Unloading was vetoed while the board could not be saved.
      onSavedAgain: () => void this.#hocuspocus.unloadDocument(document),
    });
    this.#live.set(document, board);
    document.on("destroy", () => {
      this.#live.delete(document);
      board.close();
    });
    try {
      // Only now: whatever changes from here on reaches the board by itself.
      board.access.start(await this.#boards.get(document.name));
    } catch (cause) {
      document.destroy();
      // Deleted in the moment between its being found and its being opened.
      if (cause instanceof BoardError) throw new Denied(cause.code, { cause });
      this.#logger.error({ board: document.name, err: cause }, "a board's links could not be read");
      throw unavailable(cause, socket);
    }
  }

  #attach(connection: Connection, grant: BoardGrant | undefined): void {
    const socket = connection.webSocket;
    if (!(socket instanceof ClientSocket)) throw new TypeError("A connection without a socket");
    const board = this.#live.get(connection.document);
    if (board === undefined || board.isBroken || grant === undefined) {
      // The board was let go in the moment between its being found and this connection.
      socket.close(closeCode.boardClosed, "BOARD_CLOSED");
      return;
    }
    const address = connection.messageAddress;
    // The link may have changed since it was looked at.
    const standing = board.access.standingOf(grant);
    if (standing.kind === "denied") {
      socket.deny({ address, connection }, standing.reason);
      return;
    }
    const channel = new SyncChannel({
      address,
      id: newShortId(),
      connectedAt: new Date().toISOString(),
      grant: standing.grant,
      admit: (token) => this.#authorise(connection.document.name, token, socket.remoteAddress),
      connection,
      board,
      socket,
      metrics: this.#metrics,
    });
    connection.onClose(() => socket.detach(connection));
    socket.attach(channel);
    if (grant.signed === null) {
      this.#boards.use.note(connection.document.name, grant.linkId, Date.now());
    }
  }

  /** Returns what ends it. */
  observeWork(listener: WorkListener): () => void {
    this.#workListeners.add(listener);
    return () => this.#workListeners.delete(listener);
  }

  /** Everyone who is on a board now. */
  people(boardId: string): PersonHere[] {
    return this.#boardsOf(boardId).flatMap((board) => board.people());
  }

  /** The connections, and what they came by, of whoever a connection is of. */
  connectionsOf(boardId: string, connectionId: string): Removed {
    const channels = this.#boardsOf(boardId).flatMap((board) => board.connectionsOf(connectionId));
    return {
      connectionIds: new Set(channels.map(({ id }) => id)),
      linkIds: new Set(
        channels.flatMap(({ grant }) => (grant.signed === null ? [grant.linkId] : [])),
      ),
      subjects: new Set(channels.flatMap(({ grant }) => grant.signed?.subject ?? [])),
    };
  }

  /** Whether a board is in memory, be it only until the last of it is on disk. */
  isOpen(boardId: string): boolean {
    return this.#boardsOf(boardId).length > 0 || this.#hocuspocus.loadingDocuments.has(boardId);
  }

  #boardsOf(boardId: string): LiveBoard[] {
    return [...this.#live].flatMap(([{ name }, board]) => (name === boardId ? [board] : []));
  }

  /** Throwing keeps the board in memory. */
  async #beforeUnload(document: Document): Promise<void> {
    // Hocuspocus may ask a second time, a moment after the board was unloaded. By then another
    // document may have taken the name, which would be forgotten while people are in it.
    if (this.#hocuspocus.documents.get(document.name) !== document) throw new AlreadyUnloaded();
    await this.#live.get(document)?.log.flush();
  }

  async readBoardName(boardId: string): Promise<string> {
    return this.withBoard(boardId, ({ document }) => new BoardInfo(document).name);
  }

  /** Resolves when the new name is on disk. */
  async renameBoard(boardId: string, name: string): Promise<void> {
    await this.withBoard(boardId, async ({ document, log }) => {
      new BoardInfo(document).name = name;
      await log.durable();
    });
  }

  /**
   * Does work on a board, which is opened for it where it is not open, and stays so meanwhile.
   *
   * @throws BoardError `BOARD_NOT_FOUND`
   */
  async withBoard<T>(boardId: string, work: (board: LiveBoard) => T | Promise<T>): Promise<T> {
    if (!isBoardId(boardId)) throw new BoardError("BOARD_NOT_FOUND");
    const direct = await this.#hocuspocus.openDirectConnection(boardId);
    try {
      const { document } = direct;
      const board = document === null ? undefined : this.#live.get(document);
      if (document === null || board === undefined) throw new BoardError("BOARD_NOT_FOUND");
      if (board.isBroken) throw new NotSavedError("STORE_UNAVAILABLE");
      return await work(board);
    } finally {
      await direct.disconnect();
    }
  }

  /** Answers what came, asks every client to come back later, and frees all boards. Idempotent. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#stopObserving();
    const deadline = AbortSignal.timeout(deadlineMs);
    const drained = Promise.all([...this.#sockets].map((socket) => socket.drain()));
    await beforeAbort(drained, deadline);
    await beforeAbort(Promise.all([...this.#sockets].map((socket) => socket.closed)), deadline);
    for (const socket of this.#sockets) socket.terminate();
    const flushed = [...this.#live.values()].map((board) => board.log.flush());
    await beforeAbort(Promise.allSettled(flushed), deadline);
    for (const [document, board] of this.#live) {
      if (board.log.notSaved !== null) {
        this.#logger.error({ board: document.name }, "closed with changes that were not saved");
      }
      document.destroy();
    }
    this.#tickTimer.close();
    this.#webSockets.close();
  }
}

/** Resolves with the promise or at the deadline, whichever comes first. */
function beforeAbort(promise: Promise<unknown>, deadline: AbortSignal): Promise<void> {
  if (deadline.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    deadline.addEventListener("abort", () => resolve(), { once: true });
    promise.then(() => resolve(), reject);
  });
}
