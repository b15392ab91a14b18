import { parentPort } from "node:worker_threads";
import * as Y from "yjs";

/** Updates end to end, and the length of each. The message "replay" follows the last part. */
export type ReplayPart = { bytes: Uint8Array<ArrayBuffer>; lengths: number[] };
export type ReplayReply =
  | { snapshot: Uint8Array<ArrayBuffer> }
  /** An update that Yjs cannot apply; nothing of the log may be given up for it. */
  | { error: string };

function replay(parts: readonly ReplayPart[]): Uint8Array<ArrayBuffer> {
  // Into a document, and never by merging updates: that takes 40 times as long over a log, keeps
  // what was deleted, and grows with the log where a document grows with its content.
  const document = new Y.Doc({ gc: true });
  document.transact(() => {
    for (const { bytes, lengths } of parts) {
      let offset = 0;
      for (const length of lengths) {
        Y.applyUpdate(document, bytes.subarray(offset, offset + length));
        offset += length;
      }
    }
  });
  const encoded = Y.encodeStateAsUpdate(document);
  document.destroy();
  return new Uint8Array(encoded); // A copy with a buffer of its own, fit to be transferred.
}

let parts: ReplayPart[] = [];

parentPort?.on("message", (message: ReplayPart | "replay") => {
  if (message !== "replay") {
    parts.push(message);
    return;
  }
  let reply: ReplayReply;
  try {
    reply = { snapshot: replay(parts) };
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parts = [];
  parentPort?.postMessage(reply, "snapshot" in reply ? [reply.snapshot.buffer] : []);
});
