import { MAX_DOCUMENT_BYTES, MAX_VALUE_BYTES } from "@boardwalk/persistence";
import { describe, expect, it } from "vitest";
import { type Head, pieceBytes } from "./archive-part.ts";
import { ArchiveSummary } from "./archive-summary.ts";

const piece = new Uint8Array(pieceBytes);
const sha256 = "0".repeat(64);

/** Whether a value of so many bytes is taken, after others of the same head. */
function isTaken(head: Head, bytes: number, valuesBefore: number): boolean {
  const summary = new ArchiveSummary();
  summary.take({ head });
  for (let index = 0; index < valuesBefore; index++) summary.take({ piece, isLast: true });
  try {
    for (let left = bytes; left > 0; left -= pieceBytes) {
      summary.take({ piece: piece.subarray(0, left), isLast: left <= pieceBytes });
    }
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "ARCHIVE_TOO_LARGE" });
    return false;
  }
}

describe("what an archive of a server may hold", () => {
  it.each<[what: string, head: Head, valuesBefore: number, maxBytes: number]>([
    ["a snapshot", { type: "document", name: "a", updates: 2 }, 0, MAX_DOCUMENT_BYTES],
    ["an update after it", { type: "document", name: "a", updates: 2 }, 1, MAX_VALUE_BYTES],
    ["a version", { type: "version", document: "a", details: "" }, 0, MAX_DOCUMENT_BYTES],
    ["a record", { type: "record", key: "a" }, 0, MAX_VALUE_BYTES],
    ["a file", { type: "asset", sha256 }, 0, MAX_VALUE_BYTES],
  ])("is %s no larger than is kept", (_, head, valuesBefore, maxBytes) => {
    expect(isTaken(head, maxBytes, valuesBefore)).toBe(true);
    expect(isTaken(head, maxBytes + 1, valuesBefore)).toBe(false);
  });
});
