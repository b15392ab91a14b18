import type { Store } from "@boardwalk/persistence";
import type { Document } from "@hocuspocus/server";
import type { Logger } from "pino";
import { BoardLog } from "./board-log.ts";
import { syncLimits } from "./limits.ts";
import { PresenceRelay } from "./presence-relay.ts";
import type { SyncChannel } from "./sync-channel.ts";

/** A board that is open on this server: its document, its log, and who is there. */
export class LiveBoard {
  readonly document: Document;
  readonly log: BoardLog;
  readonly presence = new PresenceRelay();
  readonly #channels = new Set<SyncChannel>();
  readonly #onUpdate = (): void => this.#paceBroadcasts();
  #lastUpdateAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    document: Document,
    { store, logger, onSavedAgain }: { store: Store; logger: Logger; onSavedAgain: () => void },
  ) {
    this.document = document;
    this.log = new BoardLog(document, document.name, {
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
    document.on("beforeTransaction", this.#onUpdate);
  }

  get channels(): ReadonlySet<SyncChannel> {
    return this.#channels;
  }

  join(channel: SyncChannel): void {
    this.#channels.add(channel);
    this.presence.join(channel);
    const code = this.log.notSaved;
    if (code !== null) channel.notify({ kind: "notSaved", code });
  }

  leave(channel: SyncChannel): void {
    this.#channels.delete(channel);
    this.presence.leave(channel);
  }

  #notify(notice: Parameters<SyncChannel["notify"]>[0]): void {
    for (const channel of this.#channels) channel.notify(notice);
  }

  /** A change on a quiet board goes out with this turn of the loop; many soon after one another share a tick. */
  #paceBroadcasts(): void {
    const nowMs = performance.now();
    const isBusy = nowMs - this.#lastUpdateAtMs < syncLimits.flushIntervalMs;
    this.document.flushDelay = isBusy ? syncLimits.flushIntervalMs : 0;
    this.#lastUpdateAtMs = nowMs;
  }

  close(): void {
    this.document.off("beforeTransaction", this.#onUpdate);
    this.log.close();
    this.presence.close();
  }
}
