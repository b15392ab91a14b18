import * as Y from "yjs";
import { databaseName, type Unsaved } from "./local-copy.ts";

type TabMessage =
  /** What a tab has done, or what another lacked, and what of the sender's is not saved with it. */
  | { readonly kind: "update"; readonly update: Uint8Array; readonly unsaved: Unsaved | null }
  /** Who has more than this is to send it. */
  | { readonly kind: "question"; readonly stateVector: Uint8Array };

export interface TabChannelOptions {
  /** Whether changes of this origin were made in this tab. */
  isLocal: (origin: unknown) => boolean;
  /** What of this tab is not saved, asked after each change. */
  readUnsaved: () => Unsaved | null;
  /** Called before changes of another tab go into the document. */
  beforeRemoteChanges: () => void;
  /** Called after, where something of that tab is not saved. */
  onUnsaved: (unsaved: Unsaved) => void;
}

/**
 * Shares what is done in one tab with the other tabs of this browser that have the same board open,
 * also without the network. Changes that came from elsewhere reach each tab by itself.
 */
export class TabChannel {
  readonly #doc: Y.Doc;
  readonly #options: TabChannelOptions;
  readonly #channel: BroadcastChannel;
  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== this && this.#options.isLocal(origin)) this.#sendUpdate(update);
  };

  /** Listens from now on. */
  constructor(boardId: string, doc: Y.Doc, options: TabChannelOptions) {
    this.#doc = doc;
    this.#options = options;
    this.#channel = new BroadcastChannel(databaseName(boardId));
    this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => this.#receive(data);
    doc.on("update", this.#onUpdate);
  }

  /** Asks the other tabs for what this one lacks; call when the document has what is kept here. */
  catchUp(): void {
    this.#send({ kind: "question", stateVector: Y.encodeStateVector(this.#doc) });
  }

  close(): void {
    this.#doc.off("update", this.#onUpdate);
    this.#channel.close();
  }

  #sendUpdate(update: Uint8Array): void {
    this.#send({ kind: "update", update, unsaved: this.#options.readUnsaved() });
  }

  #send(message: TabMessage): void {
    this.#channel.postMessage(message);
  }

  #receive(message: TabMessage): void {
    switch (message.kind) {
      case "update":
        this.#options.beforeRemoteChanges();
        Y.applyUpdate(this.#doc, message.update, this);
        if (message.unsaved !== null) this.#options.onUnsaved(message.unsaved);
        break;
      case "question":
        this.#sendUpdate(Y.encodeStateAsUpdate(this.#doc, message.stateVector));
        break;
    }
  }
}
