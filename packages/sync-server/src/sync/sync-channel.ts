import type { Message, Notice, SyncMessage } from "@boardwalk/board-model";
import { canEdit, FrameError, limits } from "@boardwalk/board-model";
import type { Connection } from "@hocuspocus/server";
import * as decoding from "lib0/decoding";
import * as Y from "yjs";
import type { BoardGrant } from "../boards/grant.ts";
import type { LiveBoard } from "./live-board.ts";
import type { NotSaved } from "./board-log.ts";
import { Denied } from "./denied.ts";
import type { LimitName } from "./limit-error.ts";
import { syncLimits } from "./limits.ts";
import { PostponedUpdates } from "./postponed-updates.ts";
import { soundUpdateOf } from "./sound-update.ts";
import type { FrameJoiner } from "./frame-joiner.ts";
import type { PresenceChannel } from "./presence-relay.ts";
import type { SharedMessage } from "./shared-message.ts";
import type { SyncMetrics } from "./sync-metrics.ts";
import type { UpdateChannel } from "./update-relay.ts";

/** The socket's side of a channel. */
export interface ChannelSocket {
  /** Bytes written that the other end has not taken yet. */
  readonly backlogBytes: number;
  hold(): void;
  release(joiner: FrameJoiner): void;
  sendMessage(address: string, message: Message): void;
  sendShared(address: string, message: SharedMessage): void;
  noteRefusal(limit: LimitName): void;
  /** False when it was left out because the other end is slow to read. */
  sendPresence(address: string, message: SharedMessage): boolean;
  /** Says of so many changes that they are on disk. */
  sendAcks(address: string, count: number): void;
  /** Tells what a channel may do now, or makes its client come back to find out. */
  changeRight(address: string, readOnly: boolean): void;
  /** Ends a channel for good; the reason is a code. */
  deny(channel: DeniedChannel, reason: string): void;
}

/** Why a change is not taken. */
type Refusal = "CHANGE_REFUSED" | "DOCUMENT_FULL";

export type DeniedChannel = { readonly address: string; readonly connection: Connection };

/** An update without structs: it may delete, but adds nothing. */
const emptyUpdateBytes = 2;

/**
 * One board, open on one socket: applies what the client sends, and answers each change with a
 * SyncStatus once the log that holds it is on disk.
 */
export class SyncChannel implements PresenceChannel, UpdateChannel {
  readonly address: string;
  /** Names the connection to the board's owner. */
  readonly id: string;
  readonly connectedAt: string;
  readonly connection: Connection;
  readonly #board: LiveBoard;
  readonly #socket: ChannelSocket;
  readonly #metrics: SyncMetrics;
  readonly #admit: (token: string) => Promise<BoardGrant>;
  #grant: BoardGrant;
  #isRenewing = false;
  /** null while the other end reads as fast as it has to. */
  #postponed: PostponedUpdates | null = null;
  /** Changes that are on disk and not yet acknowledged. */
  #owedAcks = 0;
  #closed = false;

  constructor(options: {
    address: string;
    id: string;
    connectedAt: string;
    grant: BoardGrant;
    /** What another token allows on this board; rejects with Denied. */
    admit: (token: string) => Promise<BoardGrant>;
    connection: Connection;
    board: LiveBoard;
    socket: ChannelSocket;
    metrics: SyncMetrics;
  }) {
    this.address = options.address;
    this.id = options.id;
    this.connectedAt = options.connectedAt;
    this.#grant = options.grant;
    this.#admit = options.admit;
    this.connection = options.connection;
    this.#board = options.board;
    this.#socket = options.socket;
    this.#metrics = options.metrics;
    this.#board.join(this);
    this.#tellRole();
  }

  get grant(): BoardGrant {
    return this.#grant;
  }

  /** Under which name the others see this person, where they cannot choose it. */
  get shownName(): string | null {
    return this.#grant.signed?.name ?? null;
  }

  /**
   * A signed token that takes the place of the one this connection came by, of the same person. Any
   * other token changes nothing. Resolves with false when it was refused.
   */
  async receiveToken(token: string): Promise<boolean> {
    // One at a time: what comes meanwhile is not answered.
    if (this.#grant.signed === null || this.#isRenewing) return true;
    this.#isRenewing = true;
    try {
      const admitted = await this.#admit(token);
      const standing = this.#board.access.standingOf(admitted);
      if (standing.kind === "denied") throw new Denied(standing.reason);
      const { grant } = standing;
      if (this.#closed) return true;
      if (grant.signed?.subject !== this.#grant.signed.subject) throw new Denied("TOKEN_INVALID");
      const { role } = this.#grant;
      this.changeGrant(grant);
      this.#board.access.awaitExpiry();
      if (role === grant.role) {
        this.#send({
          type: "auth",
          auth: { kind: "authenticated", readOnly: !canEdit(grant.role) },
        });
      }
      return true;
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      this.notify({ kind: "tokenRefused", code: error.reason });
      return false;
    } finally {
      this.#isRenewing = false;
    }
  }

  /** From now on only what this grant allows counts, for what is on its way too. */
  changeGrant(grant: BoardGrant): void {
    const { role, linkRole, locked, hasViewLink } = this.#grant;
    const { shownName } = this;
    this.#grant = grant;
    if (role !== grant.role) this.#socket.changeRight(this.address, !canEdit(grant.role));
    const isSame =
      linkRole === grant.linkRole &&
      locked === grant.locked &&
      hasViewLink === grant.hasViewLink &&
      shownName === this.shownName;
    if (!isSame) this.#tellRole();
  }

  #tellRole(): void {
    const { linkRole, locked, hasViewLink } = this.#grant;
    this.notify({ kind: "role", role: linkRole, locked, hasViewLink, name: this.shownName });
  }

  /** Nothing more is taken from this connection, and nothing more is sent to it but the reason. */
  deny(reason: string): void {
    if (!this.#closed) this.#socket.deny(this, reason);
  }

  get #document(): Y.Doc {
    return this.#board.document;
  }

  receiveSync(sync: SyncMessage): void {
    if (sync.kind === "step1") this.#answerStep1(sync.payload);
    else if (!canEdit(this.#grant.role)) this.#answerReader(sync);
    else this.#apply(sync.payload);
  }

  receiveAwareness(update: Uint8Array): void {
    const refused = this.#board.presence.receive(this, update);
    if (refused > 0) this.#metrics.refusedPresence.inc(refused);
  }

  answerQueryAwareness(): void {
    this.sendAwareness(this.#board.presence.everyone());
  }

  /** Resolves when every change received so far has been answered. */
  async answered(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#board.log.whenDurable(() => resolve());
    });
    this.sendAcks();
  }

  /** Acknowledges all changes that are on disk. */
  sendAcks(): void {
    if (this.#owedAcks === 0 || this.#closed) return;
    this.#socket.sendAcks(this.address, this.#owedAcks);
    this.#metrics.acknowledgedUpdates.inc(this.#owedAcks);
    this.#owedAcks = 0;
  }

  sendAwareness(message: SharedMessage): boolean {
    return this.#socket.sendPresence(this.address, message);
  }

  /** Until `release` whatever this channel sends is joined. */
  hold(): void {
    this.#socket.hold();
  }

  release(joiner: FrameJoiner): void {
    this.#socket.release(joiner);
  }

  /** A change of others; waits while the other end has too much to read already. */
  sendUpdate(message: SharedMessage): void {
    if (this.#closed) return;
    if (this.#postponed === null && this.#socket.backlogBytes <= syncLimits.updateBacklogBytes) {
      this.#socket.sendShared(this.address, message);
      return;
    }
    this.#postponed ??= new PostponedUpdates();
    if (message.message.type === "sync") this.#postponed.add(message.message.sync.payload);
    this.#metrics.postponedUpdates.inc();
  }

  /** The other end has read all that was sent. */
  catchUp(): void {
    if (this.#postponed === null) return;
    const payload = this.#postponed.read(this.#document);
    this.#postponed = null;
    this.#send({ type: "sync", sync: { kind: "update", payload } });
  }

  #sendShared(message: SharedMessage): void {
    if (!this.#closed) this.#socket.sendShared(this.address, message);
  }

  notify(notice: Notice): void {
    this.#send({ type: "stateless", payload: JSON.stringify(notice) });
  }

  #send(message: Message): void {
    if (!this.#closed) this.#socket.sendMessage(this.address, message);
  }

  #answerStep1(stateVector: Uint8Array): void {
    if (isEmptyStateVector(stateVector)) {
      for (const message of this.#board.encoded.read()) this.#sendShared(message);
    } else {
      const payload = this.#encodeSince(stateVector);
      this.#send({ type: "sync", sync: { kind: "step2", payload } });
    }
    this.#requestMissing();
  }

  #encodeSince(stateVector: Uint8Array): Uint8Array {
    try {
      return Y.encodeStateAsUpdate(this.#document, stateVector);
    } catch (cause) {
      throw new FrameError("Not a state vector", { cause });
    }
  }

  #requestMissing(): void {
    const payload = Y.encodeStateVector(this.#document);
    this.#send({ type: "sync", sync: { kind: "step1", payload } });
  }

  /** A reader's step 2 is empty when it is honest; anything more is refused. */
  #answerReader(sync: SyncMessage): void {
    const addsNothing = sync.kind === "step2" && addsNoStructs(sync.payload);
    if (!addsNothing) this.#metrics.refusedUpdates.inc({ reason: "read_only" });
    this.#answer(addsNothing ? "nothing new" : "CHANGE_REFUSED");
  }

  #apply(update: Uint8Array): void {
    this.#metrics.receivedUpdates.inc();
    const clients = clientsOf(update);
    if (clients > limits.clientsPerUpdate) {
      this.#refuseForLimit("CLIENTS_PER_UPDATE", "CHANGE_REFUSED");
      return;
    }
    // What only deletes makes room.
    if (clients > 0 && !this.#board.size.hasRoomFor(update.length)) {
      this.#refuseForLimit("DOCUMENT_BYTES", "DOCUMENT_FULL");
      return;
    }
    const sound = soundUpdateOf(update, this.#board.clockOf);
    if (sound === null) {
      this.#metrics.refusedUpdates.inc({ reason: "malformed" });
      this.#answer("CHANGE_REFUSED");
      return;
    }
    if (sound.items > 0 && !this.#board.size.hasRoomForItems(sound.items)) {
      this.#refuseForLimit("DOCUMENT_ITEMS", "DOCUMENT_FULL");
      return;
    }
    const taken = this.#board.take(sound, this);
    if (taken === "broken") return;
    if (taken === "gap") {
      this.#metrics.refusedUpdates.inc({ reason: "gap" });
      this.#requestMissing();
    }
    this.#answer(taken === "whole" ? "taken" : "CHANGE_REFUSED");
  }

  #refuseForLimit(limit: LimitName, code: Refusal): void {
    this.#socket.noteRefusal(limit);
    this.#metrics.refusedUpdates.inc({ reason: limit.toLowerCase() });
    this.#answer(code);
  }

  /** Answers go out in the order in which the changes came: each when all before it are on disk. */
  #answer(answer: "taken" | "nothing new" | Refusal): void {
    this.#board.log.whenDurable((notSaved) => {
      if (answer === "taken" && notSaved !== null) {
        this.#metrics.refusedUpdates.inc({ reason: "not_saved" });
        this.#refuse(notSaved);
      } else if (answer === "taken" || answer === "nothing new") {
        this.#owedAcks++;
        this.#board.acknowledge(this);
      } else this.#refuse(answer);
    });
  }

  #refuse(code: NotSaved | Refusal): void {
    this.sendAcks();
    this.notify({ kind: "notSaved", code });
    this.#send({ type: "syncStatus", durable: false });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#board.leave(this);
  }
}

/** Whose changes an update holds, by its first number; 0 for one that only deletes. */
function clientsOf(update: Uint8Array): number {
  try {
    return decoding.readVarUint(decoding.createDecoder(update));
  } catch {
    // Not an update: that is found out when it is applied.
    return 0;
  }
}

function isEmptyStateVector(stateVector: Uint8Array): boolean {
  return stateVector.length === 1 && stateVector[0] === 0;
}

/** By its first number alone: all of it would take a reader's word for how long that is to take. */
function addsNoStructs(update: Uint8Array): boolean {
  return update.length <= emptyUpdateBytes || update[0] === 0;
}
