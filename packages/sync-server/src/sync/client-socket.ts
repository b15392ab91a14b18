import {
  boardIdOf,
  closeCode,
  decodeFrame,
  decodePlainFrame,
  encodeFrame,
  encodePlainFrame,
  FrameError,
  frameType,
  isBoardId,
  pingFrame,
  type AddressedMessage,
  type Message,
} from "@boardwalk/board-model";
import type { Connection, Hocuspocus, WebSocketLike } from "@hocuspocus/server";
import type { Logger } from "pino";
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { syncLimits } from "./limits.ts";
import type { FrameJoiner } from "./frame-joiner.ts";
import { HeldFrames, type HeldFrame } from "./held-frames.ts";
import { LimitError, type LimitName } from "./limit-error.ts";
import { Liveness } from "./liveness.ts";
import { webSocketFrame, type SharedMessage } from "./shared-message.ts";
import type { ChannelSocket, DeniedChannel, SyncChannel } from "./sync-channel.ts";
import type { SyncMetrics } from "./sync-metrics.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How a client speaks: Hocuspocus frames, or plain y-websocket ones on the address of one board. */
export type Protocol =
  | { readonly kind: "hocuspocus" }
  | { readonly kind: "plain"; readonly boardId: string; readonly token: string };

/** The connection under a WebSocket: TCP, TLS, or requests that carry its bytes. */
export type Transport = Duplex & { readonly bytesRead: number; destroySoon(): void };

/** Hocuspocus's side of a socket. */
type ClientConnection = ReturnType<Hocuspocus["handleConnection"]>;

export type ClientSocketOptions = {
  webSocket: WebSocket;
  transport: Transport;
  protocol: Protocol;
  logger: Logger;
  metrics: SyncMetrics;
  /** The client's, as far as proxies are believed. */
  remoteAddress: string;
  noteRefusal: (limit: LimitName) => void;
  /** Counts bytes of sockets without a board, over all of them: those that hold most have to go. */
  holdInTotal: (bytes: number) => void;
  /** Hands the socket to Hocuspocus, which authenticates and opens boards on it. */
  connect: (socket: ClientSocket) => ClientConnection;
  onClose: () => void;
};

const protocolPing = Buffer.of(0x89, 0);
/** Browsers do not show protocol pings to the page; the one after it can see, and answer. */
const heartbeat = Buffer.concat([protocolPing, webSocketFrame(pingFrame)]);

/** Goes out as a ping behind a large frame, and comes back once that was read. */
const readMark = Buffer.from("read");

/**
 * One WebSocket. Auth and close go to Hocuspocus; sync and presence go to the board's channel, once
 * Hocuspocus has let the client in. All that is written to the client passes here.
 */
export class ClientSocket implements WebSocketLike, ChannelSocket {
  readonly #webSocket: WebSocket;
  readonly #transport: Transport;
  readonly #protocol: Protocol;
  readonly #logger: Logger;
  readonly #metrics: SyncMetrics;
  readonly #onClose: () => void;
  readonly #hocuspocus: ClientConnection;
  readonly #channels = new Map<string, SyncChannel>();
  /** Addresses that Hocuspocus is about to let in or refuse. */
  readonly #opening = new Set<string>();
  readonly #held = new HeldFrames();
  readonly #authTimer: NodeJS.Timeout;
  readonly #heartbeatTimer: NodeJS.Timeout;
  readonly remoteAddress: string;
  readonly #noteRefusal: (limit: LimitName) => void;
  readonly #holdInTotal: (bytes: number) => void;
  readonly #frames = new TokenBucket(
    { perSecond: syncLimits.framesPerSecond, atOnce: syncLimits.framesAtOnce },
    performance.now(),
  );
  readonly #requests = new TokenBucket(
    { perSecond: syncLimits.requestsPerSecond, atOnce: syncLimits.requestsAtOnce },
    performance.now(),
  );
  /** Received before the first board was open. */
  #unopenedBytes = 0;
  #refusedAttempts = 0;
  #closesWhenDenied: LimitName | null = null;
  readonly #liveness: Liveness;
  #draining = false;
  /** What is written while a tick goes on; null otherwise. */
  #joined: Buffer[] | null = null;
  /** Resolves once the socket is closed and everything that hung on it is let go. */
  readonly closed: Promise<void>;

  constructor(options: ClientSocketOptions) {
    this.#webSocket = options.webSocket;
    this.#transport = options.transport;
    this.#liveness = new Liveness(options.transport);
    this.#protocol = options.protocol;
    this.#logger = options.logger;
    this.#metrics = options.metrics;
    this.#onClose = options.onClose;
    this.remoteAddress = options.remoteAddress;
    this.#noteRefusal = options.noteRefusal;
    this.#holdInTotal = options.holdInTotal;
    this.#hocuspocus = options.connect(this);
    this.#authTimer = setTimeout(() => {
      if (this.#channels.size === 0) this.close(closeCode.authTimeout, "AUTH_TIMEOUT");
    }, syncLimits.authTimeoutMs);
    this.#heartbeatTimer = setInterval(() => this.#beat(), syncLimits.heartbeatIntervalMs);
    this.#webSocket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    this.#webSocket.on("pong", (data) => {
      this.#liveness.noteHeard();
      if (readMark.equals(data)) this.#liveness.noteRead();
    });
    this.#webSocket.on("error", (err) => {
      if ("code" in err && err.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
        this.#noteRefusal("FRAME_BYTES");
      }
      this.#logger.debug({ err }, "a socket failed");
    });
    // Of frames that are not whole yet, too.
    this.#transport.on("data", this.#onUnopenedData);
    this.#transport.on("drain", () => {
      for (const channel of this.#channels.values()) channel.catchUp();
    });
    this.closed = new Promise((resolve) => {
      this.#webSocket.on("close", (code, reason) => {
        this.#release(code, reason.toString());
        resolve();
      });
    });
    if (this.#protocol.kind === "plain") {
      const { boardId, token } = this.#protocol;
      this.#route(boardId, { type: "auth", auth: { kind: "token", token } }, 0);
    }
  }

  readonly #onUnopenedData = (chunk: Uint8Array): void => {
    this.#closeOnFault(() => {
      this.#unopenedBytes += chunk.length;
      this.#holdInTotal(chunk.length);
      if (this.#unopenedBytes > syncLimits.heldBytes) throw new LimitError("HELD_BEFORE_OPEN");
    });
    // It goes on although it was closed: what it sends would be held until it closes too.
    if (this.#unopenedBytes > 2 * syncLimits.heldBytes) this.#webSocket.terminate();
  };

  /** A board is open, or the socket is gone. */
  #endUnopened(): void {
    this.#transport.off("data", this.#onUnopenedData);
    this.#holdInTotal(-this.#unopenedBytes);
    this.#unopenedBytes = 0;
  }

  /** What it has sent without having a board; 0 once it has one. */
  get unopenedBytes(): number {
    return this.#unopenedBytes;
  }

  /** Ends a socket without a board, and with it all that it has sent, so that others have room. */
  giveWay(limit: LimitName): void {
    this.closeOverLimit(limit);
    this.#endUnopened();
    // Without waiting for the other end: what came of an unfinished frame stays until then.
    this.#transport.destroySoon();
  }

  noteRefusal(limit: LimitName): void {
    this.#noteRefusal(limit);
  }

  /** Is closed for a limit, but only after it was told why its token does not open the board. */
  closeWhenDenied(limit: LimitName): void {
    this.#closesWhenDenied = limit;
  }

  closeOverLimit(limit: LimitName): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#noteRefusal(limit);
    this.#metrics.closedSockets.inc({ reason: limit.toLowerCase() });
    this.close(closeCode.overLimit, limit);
  }

  get readyState(): number {
    return this.#webSocket.readyState;
  }

  get backlogBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  get channels(): Iterable<SyncChannel> {
    return this.#channels.values();
  }

  /** A frame from Hocuspocus. */
  send(frame: Uint8Array): void {
    if (this.#protocol.kind === "hocuspocus") this.#write(frame);
    else {
      const message = decodeFrame(frame).message;
      if (message.type === "auth" && message.auth.kind === "denied") {
        this.close(closeCode.denied, message.auth.reason);
      } else if (message.type === "close") {
        this.close(closeCode.boardClosed, message.reason);
      } else this.#writePlain(message);
    }
    if (this.#opening.size > 0) this.#noticeDenial(frame);
  }

  /** What a refused client had sent ahead is forgotten, up to its next attempt. */
  #noticeDenial(frame: Uint8Array): void {
    const { address, message } = decodeFrame(frame);
    if (message.type !== "auth" || message.auth.kind !== "denied") return;
    if (!this.#opening.delete(address)) return;
    this.#refusedAttempts++;
    if (this.#closesWhenDenied !== null) this.closeOverLimit(this.#closesWhenDenied);
    const held = this.#held.take(address);
    const next = held.findIndex(({ message: later }) => later.type === "auth");
    // Hocuspocus forgets the refused attempt right after it has sent this.
    if (next !== -1) queueMicrotask(() => this.#routeHeld(address, held.slice(next)));
  }

  sendMessage(address: string, message: Message): void {
    if (this.#protocol.kind === "hocuspocus") this.#write(encodeFrame(address, message));
    else this.#writePlain(message);
  }

  sendShared(address: string, message: SharedMessage): void {
    this.#writeBytes(message.bytesFor(this.#protocol.kind === "plain" ? null : address));
  }

  sendPresence(address: string, message: SharedMessage): boolean {
    if (this.backlogBytes > syncLimits.presenceBacklogBytes) {
      this.#metrics.droppedPresence.inc();
      return false;
    }
    this.sendShared(address, message);
    return true;
  }

  sendAcks(address: string, count: number): void {
    // The plain protocol has no word for it.
    if (this.#protocol.kind === "plain") return;
    const frame = webSocketFrame(encodeFrame(address, { type: "syncStatus", durable: true }));
    const frames = Array.from({ length: count }, () => frame);
    this.#writeBytes(count === 1 ? frame : Buffer.concat(frames));
  }

  changeRight(address: string, readOnly: boolean): void {
    if (this.#protocol.kind === "plain") {
      this.close(closeCode.rightChanged, "RIGHT_CHANGED");
    } else {
      this.sendMessage(address, { type: "auth", auth: { kind: "authenticated", readOnly } });
    }
  }

  /** The socket goes with its last board: a client that only looks at the socket must see it too. */
  deny({ address, connection }: DeniedChannel, reason: string): void {
    this.#metrics.closedSockets.inc({ reason: "denied" });
    if (this.#protocol.kind === "hocuspocus") {
      this.sendMessage(address, { type: "auth", auth: { kind: "denied", reason } });
    }
    // Closed first: for plain clients the close that Hocuspocus sends would be the socket's.
    if (this.#protocol.kind === "plain") this.close(closeCode.denied, reason);
    connection.close({ code: closeCode.denied, reason });
    this.#opening.delete(address);
    this.#held.take(address);
    if (this.#channels.size === 0 && this.#opening.size === 0) {
      this.close(closeCode.denied, reason);
    }
  }

  #writePlain(message: Message): void {
    // The plain protocol knows only these two; anything else ends a y-websocket client's patience.
    if (message.type === "sync" || message.type === "awareness") {
      this.#write(encodePlainFrame(message));
    }
  }

  #write(frame: Uint8Array): void {
    this.#writeBytes(webSocketFrame(frame));
  }

  /**
   * Writes a WebSocket frame past `ws`, which would build it anew for every socket. `ws` holds
   * nothing back where it does not compress, so the order stays that of the calls.
   */
  #writeBytes(frame: Buffer): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    // A board may be larger than the limit, and whoever joins it must be able to get it.
    if (this.backlogBytes > syncLimits.backlogBytes + this.#liveness.largestUnreadBytes) {
      this.#metrics.closedSockets.inc({ reason: "slow_reader" });
      this.#noteRefusal("UNREAD_BYTES");
      // A closing handshake would wait behind the backlog.
      this.#webSocket.terminate();
      return;
    }
    if (this.#joined !== null) this.#joined.push(frame);
    else {
      this.#transport.write(frame);
      this.#awaitReading(frame);
    }
  }

  #awaitReading(written: Buffer): void {
    if (written.length < syncLimits.largeFrameBytes) return;
    this.#liveness.noteLargeFrame(written.length);
    this.#webSocket.ping(readMark);
  }

  /** What is written from here on leaves in one call of the system, at `release`. */
  hold(): void {
    this.#joined ??= [];
  }

  release(joiner: FrameJoiner): void {
    const frames = this.#joined ?? [];
    this.#joined = null;
    if (frames.length === 0) return;
    this.#transport.write(joiner.join(frames));
    for (const frame of frames) this.#awaitReading(frame);
  }

  /** What is answered with all of a board, or with everyone on it. */
  #takeRequest(): void {
    if (!this.#requests.take(performance.now())) throw new LimitError("SYNC_REQUESTS");
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#liveness.noteHeard();
    // After a coded close nothing more counts, though the other end may go on.
    if (this.#draining || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#closeOnFault(() => {
      if (!this.#frames.take(performance.now())) throw new LimitError("FRAMES_PER_SECOND");
      const frame = toBytes(data);
      if (!isBinary) throw new FrameError("Frames are binary");
      if (frame.length === 1 && this.#protocol.kind === "hocuspocus") {
        if (frame[0] === frameType.pong || frame[0] === frameType.ping) return;
      }
      const { address, message } = this.#decode(frame);
      this.#route(address, message, frame.length);
    });
  }

  /** A frame that cannot be handled ends the connection. */
  #closeOnFault(handle: () => void): void {
    try {
      handle();
    } catch (cause) {
      if (cause instanceof LimitError) {
        this.closeOverLimit(cause.limit);
        return;
      }
      if (!(cause instanceof FrameError)) {
        this.#logger.error({ err: cause }, "a frame could not be handled");
      }
      this.#metrics.closedSockets.inc({ reason: "bad_frame" });
      this.close(closeCode.badFrame, "BAD_FRAME");
    }
  }

  #decode(frame: Uint8Array): AddressedMessage {
    if (this.#protocol.kind === "hocuspocus") {
      const addressed = decodeFrame(frame);
      if (addressed.address.length <= syncLimits.addressLength) return addressed;
      throw new LimitError("ADDRESS_LENGTH");
    }
    return { address: this.#protocol.boardId, message: decodePlainFrame(frame) };
  }

  #route(address: string, message: Message, frameBytes: number): void {
    const channel = this.#channels.get(address);
    if (channel !== undefined) this.#deliver(channel, message);
    else if (message.type !== "auth" || this.#opening.has(address)) {
      this.#held.hold(address, { message, frameBytes });
    } else this.#authenticate(address, message);
  }

  #deliver(channel: SyncChannel, message: Message): void {
    switch (message.type) {
      case "sync":
        if (message.sync.kind === "step1") this.#takeRequest();
        channel.receiveSync(message.sync);
        break;
      case "awareness":
        channel.receiveAwareness(message.update);
        break;
      case "queryAwareness":
        this.#takeRequest();
        channel.answerQueryAwareness();
        break;
      case "close":
        channel.connection.close({ code: 1000, reason: "CLOSED_BY_CLIENT" });
        break;
      case "auth":
        if (message.auth.kind === "token") void this.#renew(channel, message.auth.token);
        break;
      case "stateless":
      case "syncStatus":
      case "unknown":
        // Nothing that a client may ask for on an open board.
        break;
    }
  }

  async #renew(channel: SyncChannel, token: string): Promise<void> {
    try {
      if (await channel.receiveToken(token)) return;
      this.#refusedAttempts++;
      this.#closeAfterAttempts();
    } catch (err) {
      this.#logger.error({ err }, "a token could not be renewed");
    }
  }

  /**
   * True when too many attempts were refused, and the socket is being closed. Those that were not do
   * not count: a socket may live for days, and its client go from board to board.
   */
  #closeAfterAttempts(): boolean {
    if (this.#refusedAttempts < syncLimits.authAttemptsPerSocket) return false;
    this.#metrics.closedSockets.inc({ reason: "auth_attempts" });
    this.#noteRefusal("AUTH_ATTEMPTS");
    this.close(closeCode.tooManyAttempts, "TOO_MANY_ATTEMPTS");
    return true;
  }

  #authenticate(address: string, message: Message): void {
    if (message.type !== "auth" || message.auth.kind !== "token") {
      throw new FrameError("Not an auth message that a client sends");
    }
    if (this.#closeAfterAttempts()) return;
    if (this.#channels.size + this.#opening.size >= syncLimits.boardsPerSocket) {
      this.#metrics.closedSockets.inc({ reason: "boards" });
      this.#noteRefusal("BOARDS_PER_SOCKET");
      this.close(closeCode.tooManyBoards, "TOO_MANY_BOARDS");
      return;
    }
    // Hocuspocus takes names such as `constructor` badly; no board has one.
    if (!isBoardId(boardIdOf(address))) {
      this.#refusedAttempts++;
      const auth = { kind: "denied", reason: "BOARD_NOT_FOUND" } as const;
      if (this.#protocol.kind === "plain") this.close(closeCode.denied, auth.reason);
      else this.sendMessage(address, { type: "auth", auth });
      return;
    }
    this.#opening.add(address);
    this.#hocuspocus.handleMessage(encodeFrame(address, message));
  }

  /** As if it came only now: it may close the board, and open it again. */
  #routeHeld(address: string, held: readonly HeldFrame[]): void {
    this.#closeOnFault(() => {
      for (const { message, frameBytes } of held) this.#route(address, message, frameBytes);
    });
  }

  /** Hocuspocus has let the client in. */
  attach(channel: SyncChannel): void {
    clearTimeout(this.#authTimer);
    this.#endUnopened();
    this.#opening.delete(channel.address);
    this.#channels.set(channel.address, channel);
    this.#routeHeld(channel.address, this.#held.take(channel.address));
  }

  detach(connection: Connection): void {
    for (const [address, channel] of this.#channels) {
      if (channel.connection !== connection) continue;
      this.#channels.delete(address);
      channel.close();
    }
  }

  #beat(): void {
    if (this.#liveness.isSilent()) {
      this.#metrics.closedSockets.inc({ reason: "silent" });
      this.#webSocket.terminate();
      return;
    }
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#transport.write(this.#protocol.kind === "hocuspocus" ? heartbeat : protocolPing);
  }

  close(code: number = closeCode.restart, reason = ""): void {
    this.#webSocket.close(code, reason);
  }

  /** Takes nothing more in, answers what came, and then closes so that the client comes back. */
  async drain(): Promise<void> {
    this.#draining = true;
    await Promise.all([...this.#channels.values()].map((channel) => channel.answered()));
    this.close(closeCode.restart, "RESTART");
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  #release(code: number, reason: string): void {
    this.#endUnopened();
    clearTimeout(this.#authTimer);
    clearInterval(this.#heartbeatTimer);
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
    this.#opening.clear();
    this.#held.clear();
    this.#hocuspocus.handleClose({ code, reason });
    this.#onClose();
  }
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
