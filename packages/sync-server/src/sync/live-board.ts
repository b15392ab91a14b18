import type { Store, StoredDocument } from "@boardwalk/persistence";
import type { Document } from "@hocuspocus/server";
import {
  BoardInfo,
  canEdit,
  closeCode,
  decodePresence,
  personKeyOf,
  type PersonHere,
  type Presence,
} from "@boardwalk/board-model";
import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import type * as Y from "yjs";
import type { BoardChange } from "../boards/boards.ts";
import { BoardAccess } from "./board-access.ts";
import { BoardLog, NotSavedError } from "./board-log.ts";
import { BroadcastTick } from "./broadcast-tick.ts";
import { DocumentSize } from "./document-size.ts";
import { EncodedBoard } from "./encoded-board.ts";
import { FrameJoiner } from "./frame-joiner.ts";
import { PresenceRelay } from "./presence-relay.ts";
import { LiveDocument, type Taken } from "./live-document.ts";
import type { SoundUpdate } from "./sound-update.ts";
import type { SyncChannel } from "./sync-channel.ts";
import type { TickTimer } from "./tick-timer.ts";
import { UpdateRelay } from "./update-relay.ts";

/** Is told of people's work on open boards. */
export interface WorkListener {
  /** With each change that someone on the board makes. */
  edited(board: LiveBoard, editor: SyncChannel): void;
  /** When a connection ends; its presence can still be asked for. */
  left(board: LiveBoard, channel: SyncChannel): void;
}

/** A board that is open on this server: its document, its log, and who is there. */
export class LiveBoard {
  readonly name: string;
  readonly log: BoardLog;
  readonly size: DocumentSize;
  readonly encoded: EncodedBoard;
  readonly presence: PresenceRelay;
  readonly access = new BoardAccess({
    onExpiry: () => this.#review(),
    grants: () => [...this.#channels].map(({ grant }) => grant),
  });
  readonly #document: LiveDocument;
  readonly #channels = new Set<SyncChannel>();
  readonly #tick: BroadcastTick;
  readonly #updates: UpdateRelay;
  /** Those to whom a change is to be acknowledged on the tick. */
  readonly #acknowledged = new Set<SyncChannel>();
  readonly #work: WorkListener;
  readonly #logger: Logger;

  constructor(
    document: Document,
    {
      stored,
      store,
      logger,
      tickTimer,
      work,
      onSavedAgain,
    }: {
      /** What the document has just been read from. */
      stored: StoredDocument;
      store: Store;
      logger: Logger;
      tickTimer: TickTimer;
      work: WorkListener;
      onSavedAgain: () => void;
    },
  ) {
    this.name = document.name;
    this.#document = new LiveDocument(document, (err) => this.#break(err));
    this.size = new DocumentSize(this.#document, (stored.snapshot?.length ?? 0) + stored.logBytes);
    this.#work = work;
    this.#logger = logger;
    this.#tick = new BroadcastTick(tickTimer, (flush) => this.#joinWrites(flush));
    this.#document.listen((_update, origin) => {
      // Of a person it has the channel that the change came by as its origin.
      const editor = origin as SyncChannel;
      if (this.#channels.has(editor)) this.#work.edited(this, editor);
    });
    this.log = new BoardLog(this.#document, document.name, {
      store,
      logger,
      events: {
        onNotSaved: (code) => this.#notify({ kind: "notSaved", code }),
        onSavedAgain: () => {
          this.#notify({ kind: "savedAgain" });
          onSavedAgain();
        },
      },
    });
    this.encoded = new EncodedBoard(this.#document, stored);
    this.#updates = new UpdateRelay(this.#document, this.#channels, this.#tick);
    this.presence = new PresenceRelay(this.#tick);
    this.#tick.join({
      isDue: () => this.#acknowledged.size > 0,
      flush: () => {
        for (const channel of this.#acknowledged) channel.sendAcks();
        this.#acknowledged.clear();
      },
    });
  }

  /** The document, with all changes. */
  get document(): Y.Doc {
    return this.#document.current;
  }

  /** The next clock of a client, as far as its changes are here. */
  get clockOf(): (client: number) => number {
    return this.#document.clockOf;
  }

  get channels(): ReadonlySet<SyncChannel> {
    return this.#channels;
  }

  join(channel: SyncChannel): void {
    this.#channels.add(channel);
    this.access.awaitExpiry();
    this.presence.join(channel);
    const code = this.log.notSaved;
    if (code !== null) channel.notify({ kind: "notSaved", code });
  }

  /** Acts on everyone who is here: who was put out goes first, before anyone is told a new link. */
  changeAccess(
    { record, removal }: BoardChange,
    openSession: (linkId: string) => string | null,
  ): void {
    if (removal !== null) {
      for (const channel of this.#channels) {
        if (removal.connectionIds.has(channel.id)) channel.deny("REMOVED");
      }
      for (const channel of this.#channels) {
        const move = removal.moves.get(channel.grant.linkId);
        if (move === undefined) continue;
        channel.changeGrant({ ...channel.grant, linkId: move.linkId });
        const session = openSession(move.linkId);
        channel.notify({ kind: "link", token: move.token, session });
      }
    }
    this.access.change(record);
    this.#review();
  }

  /** The board was deleted: puts everyone out. */
  end(): void {
    this.access.end();
    this.#review();
  }

  #review(): void {
    for (const channel of this.#channels) {
      const standing = this.access.standingOf(channel.grant);
      if (standing.kind === "denied") channel.deny(standing.reason);
      else channel.changeGrant(standing.grant);
    }
  }

  get hasEditors(): boolean {
    return [...this.#channels].some((channel) => canEdit(channel.grant.role));
  }

  /** How many shapes and pages there are. */
  count(): { shapes: number; pages: number } {
    return new BoardInfo(this.document).count();
  }

  /** What whoever is behind a connection shows of themselves; null when it cannot be read. */
  presenceOf(channel: SyncChannel): Presence | null {
    const states = this.presence.statesOf(channel);
    const [presence = null] = states.flatMap(({ state }) => decodePresence(state) ?? []);
    return presence;
  }

  /** Applies updates of the server's own. Everything else has its turn between any two. */
  async apply(updates: readonly Uint8Array[]): Promise<void> {
    for (const update of updates) {
      if (this.#document.apply(update, null) === "broken") {
        throw new NotSavedError("STORE_UNAVAILABLE");
      }
      await setImmediate();
    }
  }

  /** Whether the document is of no more use; everyone was sent away. */
  get isBroken(): boolean {
    return this.#document.isBroken;
  }

  #break(err: unknown): void {
    this.#logger.error({ board: this.name, err }, "a board broke on a change");
    for (const { connection } of this.#channels) {
      connection.close({ code: closeCode.boardClosed, reason: "BOARD_CLOSED" });
    }
  }

  /** Takes a change of someone's, found sound with `clockOf`. */
  take(update: SoundUpdate, origin: SyncChannel): Taken {
    return this.#document.take(update, origin);
  }

  people(): PersonHere[] {
    return [...this.#channels].map((channel) => {
      const states = this.presence.statesOf(channel);
      const presence = this.presenceOf(channel);
      return {
        connectionId: channel.id,
        linkId: channel.grant.linkId,
        role: channel.grant.role,
        connectedAt: channel.connectedAt,
        name: channel.shownName ?? presence?.name ?? null,
        color: presence?.color ?? null,
        clientIds: states.map(({ clientId }) => clientId),
      };
    });
  }

  /**
   * The connections of whoever this one is of: as signed tokens say, or as far as they say so
   * themselves.
   */
  connectionsOf(connectionId: string): SyncChannel[] {
    const personOf = (channel: SyncChannel) => {
      const presence = this.presenceOf(channel);
      return presence === null ? null : personKeyOf(presence);
    };
    const named = [...this.#channels].find((channel) => channel.id === connectionId);
    if (named === undefined) return [];
    const { signed } = named.grant;
    if (signed !== null) {
      return [...this.#channels].filter(({ grant }) => grant.signed?.subject === signed.subject);
    }
    const person = personOf(named);
    return [...this.#channels].filter(
      (channel) => channel === named || (person !== null && personOf(channel) === person),
    );
  }

  /** What is on disk is told with the tick when one comes anyway, else at once. */
  acknowledge(channel: SyncChannel): void {
    if (this.#tick.isPending) this.#acknowledged.add(channel);
    else channel.sendAcks();
  }

  leave(channel: SyncChannel): void {
    this.#channels.delete(channel);
    this.#acknowledged.delete(channel);
    this.#work.left(this, channel);
    this.presence.leave(channel);
  }

  #notify(notice: Parameters<SyncChannel["notify"]>[0]): void {
    for (const channel of this.#channels) channel.notify(notice);
  }

  #joinWrites(flush: () => void): void {
    const joiner = new FrameJoiner();
    const channels = [...this.#channels];
    for (const channel of channels) channel.hold();
    try {
      flush();
    } finally {
      for (const channel of channels) channel.release(joiner);
    }
  }

  close(): void {
    this.#tick.close();
    this.#updates.close();
    this.encoded.close();
    this.access.close();
    this.#document.close();
    this.log.close();
    this.presence.close();
  }
}
