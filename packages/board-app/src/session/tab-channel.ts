import * as Y from "yjs";
import { databaseName } from "./local-copy.ts";

/**
 * Shares what is done in one tab with the other tabs of this browser that have the same board open,
 * also without the network. Changes that came from elsewhere reach each tab by itself.
 */
export class TabChannel {
  readonly #doc: Y.Doc;
  readonly #channel: BroadcastChannel;
  readonly #onUpdate: (update: Uint8Array, origin: unknown) => void;

  /**
   * @param isLocal whether changes of this origin were made in this tab
   * @param beforeRemoteChanges called before changes of another tab go into the document
   */
  constructor(
    boardId: string,
    doc: Y.Doc,
    isLocal: (origin: unknown) => boolean,
    beforeRemoteChanges: () => void,
  ) {
    this.#doc = doc;
    this.#channel = new BroadcastChannel(databaseName(boardId));
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof Uint8Array)) return;
      beforeRemoteChanges();
      Y.applyUpdate(doc, data, this);
    };
    this.#onUpdate = (update, origin) => {
      if (origin !== this && isLocal(origin)) this.#channel.postMessage(update);
    };
    doc.on("update", this.#onUpdate);
  }

  close(): void {
    this.#doc.off("update", this.#onUpdate);
    this.#channel.close();
  }
}
