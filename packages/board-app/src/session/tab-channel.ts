import * as Y from "yjs";
import { databaseName } from "./local-copy.ts";

/** A tab's state vector: what the others have beyond it is its answer. */
interface Question {
  readonly stateVector: Uint8Array;
}

/**
 * Shares what is done in one tab with the other tabs of this browser that have the same board open,
 * also without the network. Changes that came from elsewhere reach each tab by itself.
 *
 * Messages are updates, and questions for what came before this tab listened.
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
      if (isQuestion(data)) {
        this.#channel.postMessage(Y.encodeStateAsUpdate(doc, data.stateVector));
      } else if (data instanceof Uint8Array) {
        beforeRemoteChanges();
        Y.applyUpdate(doc, data, this);
      }
    };
    this.#onUpdate = (update, origin) => {
      if (origin !== this && isLocal(origin)) this.#channel.postMessage(update);
    };
    doc.on("update", this.#onUpdate);
  }

  /** Asks the other tabs for what this one lacks; call when the document has what is kept here. */
  catchUp(): void {
    this.#channel.postMessage({ stateVector: Y.encodeStateVector(this.#doc) } satisfies Question);
  }

  close(): void {
    this.#doc.off("update", this.#onUpdate);
    this.#channel.close();
  }
}

function isQuestion(data: unknown): data is Question {
  return (
    typeof data === "object" &&
    data !== null &&
    "stateVector" in data &&
    data.stateVector instanceof Uint8Array
  );
}
