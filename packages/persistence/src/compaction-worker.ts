import { parentPort } from "node:worker_threads";
import * as Y from "yjs";

/** What a document is made of, in order. The message "replay" follows the last part. */
export type ReplayPart =
  /** A piece of the snapshot. */
  | { kind: "snapshot"; bytes: Uint8Array<ArrayBuffer> }
  /** Updates end to end, and the length of each. */
  | { kind: "updates"; bytes: Uint8Array<ArrayBuffer>; lengths: number[] };
export type ReplayReply =
  | { snapshot: Uint8Array<ArrayBuffer> }
  /** An update that Yjs cannot apply; nothing of the log may be given up for it. */
  | { error: string };

function replay(parts: readonly ReplayPart[]): Uint8Array<ArrayBuffer> {
  // Into a document, and never by merging updates: that takes 40 times as long over a log, keeps
  // what was deleted, and grows with the log where a document grows with its content.
  const document = new Y.Doc({ gc: true });
  const pieces = parts.filter(({ kind }) => kind === "snapshot").map(({ bytes }) => bytes);
  document.transact(() => {
    if (pieces.length > 0) Y.applyUpdate(document, Buffer.concat(pieces));
    for (const part of parts) {
      if (part.kind === "snapshot") continue;
      let offset = 0;
      for (const length of part.lengths) {
        Y.applyUpdate(document, part.bytes.subarray(offset, offset + length));
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
