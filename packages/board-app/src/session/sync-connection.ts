import {
  closeCode,
  decodeFrame,
  encodeFrame,
  FrameError,
  frameType,
  limits,
  noticeSchema,
  pongFrame,
  type AuthMessage,
  type LinkRole,
  type Message,
  type SyncMessage,
} from "@boardwalk/board-model";
import * as Y from "yjs";
import { backOffMs } from "./back-off.ts";
import { openWebSocket, type LiveSocket } from "./live-socket.ts";
import { openPolledSocket } from "./polled-socket.ts";
import type { PresenceClient } from "./presence-client.ts";
import type { Blocked, NotSavedCode, ServerAnswer } from "./session-state.ts";

export type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "online" }
  | { readonly kind: "offline"; readonly nextAttemptAtMs: number }
  | { readonly kind: "denied"; readonly reason: string }
  | { readonly kind: "closed" };

export type LinkRight = {
  readonly role: LinkRole;
  readonly locked: boolean;
  readonly hasViewLink: boolean;
  /** Under which name others see this person, where the signed token says it; else null. */
  readonly name: string | null;
};

export type SyncConnectionOptions = {
  /** Of the server's `/sync`, as `ws:` or `wss:`. */
  url: string;
  boardId: string;
  /** What the server is shown: the token of a link, or a session. */
  credential: string;
  doc: Y.Doc;
  presence: PresenceClient;
  /** Number of changes made in an earlier session that may not have reached the server. */
  unsaved: number;
  /** Whether changes of this origin were made in another tab of this browser. */
  isOtherTab: (origin: unknown) => boolean;
  onChange: () => void;
  /** The link was renewed; what the server is shown from now on. */
  onNewLink: (token: string, session: string | null) => string;
  /** Has what is on the canvas go into the document: before changes of others do, and before what waits is sent. */
  collect: () => void;
  /** How the server answers an ordinary request; never rejects. */
  askServer: () => Promise<ServerAnswer>;
};

/** The server sends something every 5 s; silence for longer means the connection is dead. */
const silenceMs = 15_000;
const connectTimeoutMs = 10_000;
/** First and longest wait before refused changes are offered again. */
const offerAgainMinMs = 1_000;
const offerAgainMaxMs = 30_000;
/** So many WebSockets that did not open although the server answers are no accident. */
const blockedAfterAttempts = 2;
/** Refusals that pass by themselves; with any other the link is denied for good. */
const passingReasons: ReadonlySet<string> = new Set([
  "STORE_UNAVAILABLE",
  "KEYS_UNAVAILABLE",
  "SHUTTING_DOWN",
]);

/**
 * Keeps one document in step with the server, over the Hocuspocus protocol, and knows at any time
 * how many of this person's changes are not yet durable there.
 *
 * Each frame that carries changes is answered by one SyncStatus, in order. What was made while
 * offline, what was refused, and what a lost connection left unanswered travels as one difference
 * once both sides have compared their state vectors.
 */
export class SyncConnection {
  readonly #options: SyncConnectionOptions;
  readonly #doc: Y.Doc;
  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    // What another tab does by a better link than this one's, it has to send itself.
    const isAnothers = this.#readOnly === true && this.#options.isOtherTab(origin);
    if (origin !== this && !isAnothers) this.#changed(update);
  };
  #link: LinkState = { kind: "connecting" };
  #socket: LiveSocket | null = null;
  #hasOpened = false;
  #isPolled = false;
  #credential: string;
  #readOnly: boolean | null = null;
  #right: LinkRight | null = null;
  #synced = false;
  #notSaved: NotSavedCode | null = null;
  /** Changes per frame that was sent and is not answered yet, oldest first. */
  #unanswered: number[] = [];
  /** Changes in no frame: they go with the next difference. */
  #carried: number;
  /** Changes waiting for the next tick. */
  #waiting: Uint8Array[] = [];
  #attempt = 0;
  /** Attempts in a row that failed while the server answered other requests. */
  #blockedAttempts = 0;
  #answer: ServerAnswer = "none";
  #offerAgainMs = offerAgainMinMs;
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  #sendTimer: ReturnType<typeof setTimeout> | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #offerTimer: ReturnType<typeof setTimeout> | null = null;
  #silenceTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: SyncConnectionOptions) {
    this.#options = options;
    this.#doc = options.doc;
    this.#credential = options.credential;
    this.#carried = options.unsaved;
    this.#doc.on("update", this.#onUpdate);
    this.#connect();
  }

  get link(): LinkState {
    return this.#link;
  }

  /** null until the server has said it. */
  get readOnly(): boolean | null {
    return this.#readOnly;
  }

  /** What the link says and whether the board is locked; null until the server has said it. */
  get right(): LinkRight | null {
    return this.#right;
  }

  /** What is in the way where the server answers and sockets to it do not open. */
  get blocked(): Blocked | null {
    if (this.#blockedAttempts < blockedAfterAttempts) return null;
    if (this.#answer === "otherHost") return "byHost";
    // Ordinary requests have to fail as well.
    return this.#blockedAttempts > blockedAfterAttempts ? "byProxy" : null;
  }

  get notSaved(): NotSavedCode | null {
    return this.#notSaved;
  }

  /** Number of changes that are not yet durable on the server. */
  get unsaved(): number {
    let sum = this.#carried + this.#waiting.length;
    for (const changes of this.#unanswered) sum += changes;
    return sum;
  }

  reconnectNow(): void {
    if (this.#link.kind === "offline") this.#connect();
  }

  /** Tries again with something else, after what the server was shown was refused. */
  reopen(credential: string): void {
    this.#credential = credential;
    if (this.#link.kind !== "denied") return;
    this.#attempt = 0;
    this.#connect();
  }

  /** Shows the server another token of the same person; the connection goes on by it. */
  renew(token: string): void {
    this.reopen(token);
    if (this.#readOnly !== null) this.#send({ type: "auth", auth: { kind: "token", token } });
  }

  /** Sends what is waiting for the next tick. */
  flush(): void {
    if (this.#sendTimer !== null) clearTimeout(this.#sendTimer);
    this.#sendTimer = null;
    if (this.#waiting.length === 0) return;
    const [first] = this.#waiting;
    const changes = this.#waiting.length;
    const payload = changes === 1 && first !== undefined ? first : Y.mergeUpdates(this.#waiting);
    this.#waiting = [];
    this.#sendChanges({ kind: "update", payload }, changes);
    this.#lastSentAtMs = performance.now();
  }

  close(): void {
    if (this.#link.kind === "closed") return;
    this.flush();
    this.#options.presence.leave();
    this.#doc.off("update", this.#onUpdate);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    const socket = this.#socket;
    this.#disconnect();
    this.#link = { kind: "closed" };
    socket?.close(1000);
  }

  #changed(update: Uint8Array): void {
    if (!this.#synced) {
      this.#carried++;
      this.#options.onChange();
      return;
    }
    this.#waiting.push(update);
    const waitMs = this.#lastSentAtMs + limits.updateIntervalMs - performance.now();
    if (waitMs <= 0) this.flush();
    else this.#sendTimer ??= setTimeout(() => this.#sendWaiting(), waitMs);
    this.#options.onChange();
  }

  #sendWaiting(): void {
    // What the canvas has by now goes with it, and would wait for the next frame otherwise.
    this.#options.collect();
    this.flush();
  }

  #connect(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#setLink({ kind: "connecting" });
    this.#isPolled = this.#shallPoll();
    const open = this.#isPolled ? openPolledSocket : openWebSocket;
    this.#hasOpened = false;
    const socket: LiveSocket = open(this.#options.url, {
      opened: () => socket === this.#socket && this.#opened(),
      received: (frame) => socket === this.#socket && this.#received(frame),
      closed: (code, reason) => socket === this.#socket && this.#lost(code, reason),
    });
    this.#socket = socket;
    this.#awaitServer(connectTimeoutMs);
  }

  /**
   * Whether ordinary requests are to carry the next connection. They take turns with WebSockets, as
   * whatever is in the way of those may have gone by then, or stop these too.
   */
  #shallPoll(): boolean {
    const attempts = this.#blockedAttempts;
    if (this.#answer !== "ready" || attempts < blockedAfterAttempts) return false;
    return (attempts - blockedAfterAttempts) % 2 === 0;
  }

  #opened(): void {
    const { presence } = this.#options;
    // Once ordinary requests were the way, they are again after one WebSocket that does not open.
    this.#blockedAttempts = this.#isPolled ? blockedAfterAttempts - 1 : 0;
    this.#hasOpened = true;
    this.#send({ type: "auth", auth: { kind: "token", token: this.#credential } });
    this.#requestMissing();
    presence.connected((update) => this.#send({ type: "awareness", update }));
  }

  #requestMissing(): void {
    const payload = Y.encodeStateVector(this.#doc);
    this.#send({ type: "sync", sync: { kind: "step1", payload } });
  }

  #send(message: Message): void {
    this.#socket?.send(encodeFrame(this.#options.boardId, message));
  }

  #sendChanges(sync: SyncMessage, changes: number): void {
    this.#unanswered.push(changes);
    this.#send({ type: "sync", sync });
  }

  #received(frame: Uint8Array): void {
    this.#awaitServer(silenceMs);
    try {
      if (frame.length === 1 && frame[0] === frameType.ping) {
        this.#socket?.send(pongFrame);
        return;
      }
      const { address, message } = decodeFrame(frame);
      if (address === this.#options.boardId) this.#handle(message);
    } catch (cause) {
      if (!(cause instanceof FrameError)) throw cause;
      // Not a server that speaks this protocol, or one whose frames are cut on the way.
      this.#socket?.close(closeCode.badFrame, cause.code);
    }
  }

  #handle(message: Message): void {
    switch (message.type) {
      case "auth":
        this.#authenticated(message.auth);
        break;
      case "sync":
        this.#receiveSync(message.sync);
        break;
      case "awareness":
        this.#options.presence.receive(message.update);
        break;
      case "syncStatus":
        this.#answered(message.durable);
        break;
      case "stateless":
        this.#noticed(message.payload);
        break;
      case "close":
        // The board was closed under the socket; a new one opens it again.
        this.#socket?.close(closeCode.boardClosed);
        break;
      case "queryAwareness":
      case "unknown":
        break;
    }
  }

  #authenticated(auth: AuthMessage): void {
    if (auth.kind === "authenticated") {
      const wasReadOnly = this.#readOnly === true;
      this.#readOnly = auth.readOnly;
      if (wasReadOnly && !auth.readOnly) this.#offerNow();
      this.#options.onChange();
    } else if (auth.kind === "denied") {
      if (passingReasons.has(auth.reason)) {
        this.#socket?.close();
        return;
      }
      const socket = this.#socket;
      this.#disconnect();
      socket?.close(1000);
      this.#setLink({ kind: "denied", reason: auth.reason });
    }
  }

  #receiveSync({ kind, payload }: SyncMessage): void {
    if (kind === "step1") {
      this.#sendDifference(payload);
      return;
    }
    this.#options.collect();
    Y.applyUpdate(this.#doc, payload, this);
    if (kind !== "step2" || this.#link.kind === "online") return;
    this.#attempt = 0;
    this.#setLink({ kind: "online" });
  }

  /** Answers the server's state vector with all that it lacks. */
  #sendDifference(stateVector: Uint8Array): void {
    // From here on changes travel one by one: they come after what this difference holds.
    this.flush();
    this.#synced = true;
    const payload = Y.encodeStateAsUpdate(this.#doc, stateVector);
    const changes = this.#carried;
    this.#carried = 0;
    this.#sendChanges({ kind: "step2", payload }, changes);
    this.#options.onChange();
  }

  #answered(durable: boolean): void {
    const changes = this.#unanswered.shift();
    if (changes === undefined) return;
    if (durable) {
      if (this.#unanswered.length === 0 && this.#carried === 0) {
        this.#notSaved = null;
        this.#offerAgainMs = offerAgainMinMs;
      }
    } else if (changes > 0) {
      this.#carried += changes;
      this.#notSaved ??= "CHANGE_REFUSED";
      this.#offerLater();
    }
    this.#options.onChange();
  }

  #noticed(payload: string): void {
    let json: unknown;
    try {
      json = JSON.parse(payload);
    } catch {
      return;
    }
    const notice = noticeSchema.safeParse(json);
    if (!notice.success) return;
    switch (notice.data.kind) {
      case "notSaved":
        this.#notSaved = notice.data.code;
        break;
      case "savedAgain":
        this.#notSaved = null;
        this.#offerNow();
        break;
      case "role":
        this.#right = notice.data;
        break;
      case "tokenRefused":
        // The token before goes on until it ends; then the server says so.
        break;
      case "link":
        this.#credential = this.#options.onNewLink(notice.data.token, notice.data.session);
        break;
    }
    this.#options.onChange();
  }

  /** Refused changes are offered again, less and less often. */
  #offerLater(): void {
    if (this.#offerTimer !== null) return;
    this.#offerTimer = setTimeout(() => this.#offerNow(), this.#offerAgainMs);
    this.#offerAgainMs = Math.min(this.#offerAgainMs * 2, offerAgainMaxMs);
  }

  /** The server answers step 1 with its own, and that with our difference goes out. */
  #offerNow(): void {
    if (this.#offerTimer !== null) clearTimeout(this.#offerTimer);
    this.#offerTimer = null;
    if (this.#synced && this.#carried > 0) this.#requestMissing();
  }

  #awaitServer(ms: number): void {
    if (this.#silenceTimer !== null) clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      const socket = this.#socket;
      this.#lost(1006, "");
      socket?.close();
    }, ms);
  }

  #lost(code: number, reason: string): void {
    this.#disconnect();
    if (code === closeCode.denied) {
      this.#setLink({ kind: "denied", reason });
      return;
    }
    if (!this.#hasOpened) void this.#askWhy();
    const waitMs = backOffMs(this.#attempt++, Math.random());
    this.#retryTimer = setTimeout(() => this.#connect(), waitMs);
    this.#setLink({ kind: "offline", nextAttemptAtMs: Date.now() + waitMs });
  }

  /** A browser does not tell why a socket did not open; an ordinary request does, in part. */
  async #askWhy(): Promise<void> {
    const answer = await this.#options.askServer();
    // Meanwhile another may have opened.
    if (this.#hasOpened || this.#link.kind === "closed") return;
    this.#answer = answer;
    this.#blockedAttempts = answer === "none" ? 0 : this.#blockedAttempts + 1;
    this.#options.onChange();
  }

  /** Lets go of the socket; what is not answered goes with the next difference. */
  #disconnect(): void {
    this.#socket = null;
    for (const timer of [this.#sendTimer, this.#offerTimer, this.#silenceTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
    this.#sendTimer = null;
    this.#offerTimer = null;
    this.#silenceTimer = null;
    this.#carried = this.unsaved;
    this.#waiting = [];
    this.#unanswered = [];
    this.#synced = false;
    this.#options.presence.disconnected();
  }

  #setLink(link: LinkState): void {
    this.#link = link;
    this.#options.onChange();
  }
}
