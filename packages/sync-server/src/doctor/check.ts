import type { Inspected } from "@boardwalk/persistence";
import { BoardCheck } from "./board-check.ts";
import { Findings } from "./findings.ts";
import { formatBytes, type Progress } from "./progress.ts";

/** What a home holds, and what is wrong with it. */
export type CheckReport = {
  readonly counts: CheckCounts;
  readonly findings: Findings;
};

export type CheckCounts = {
  boards: number;
  documents: number;
  /** Updates in the documents' logs, beside their snapshots. */
  updates: number;
  versions: number;
  records: number;
  assets: number;
  bytes: number;
};

/** Checks all that a home holds; see `inspectHome` for what it rejects with. */
export async function checkHome(
  contents: AsyncIterable<Inspected>,
  progress: Progress,
): Promise<CheckReport> {
  const counts: CheckCounts = {
    boards: 0,
    documents: 0,
    updates: 0,
    versions: 0,
    records: 0,
    assets: 0,
    bytes: 0,
  };
  const findings = new Findings();
  const boards = new BoardCheck(findings);
  for await (const piece of contents) {
    switch (piece.kind) {
      case "fault":
      case "note":
        findings[piece.kind](piece.subject, piece.message);
        break;
      case "document":
        counts.documents += 1;
        counts.updates += piece.stored.updates.length;
        counts.bytes += piece.stored.snapshotBytes + piece.stored.logBytes;
        boards.document(piece.name, piece.stored);
        break;
      case "version":
        counts.versions += 1;
        counts.bytes += piece.update.length;
        boards.version(piece.document, piece.id, piece.update);
        break;
      case "record":
        counts.records += 1;
        counts.bytes += piece.value.length;
        boards.record(piece.key, piece.value);
        break;
      case "asset":
        counts.assets += 1;
        counts.bytes += piece.bytes;
        boards.asset(piece.sha256, piece.bytes);
        break;
    }
    progress.tell(() => describeCounts(counts));
  }
  progress.end();
  counts.boards = boards.boards;
  boards.conclude();
  return { counts, findings };
}

/** `3 documents, 40 updates, …` */
export function describeCounts(counts: Omit<CheckCounts, "boards">): string {
  const { documents, updates, versions, records, assets, bytes } = counts;
  return (
    `${plural(documents, "document")} with ${plural(updates, "update")}, ` +
    `${plural(versions, "version")}, ` +
    `${plural(records, "record")}, ${plural(assets, "asset")}, ${formatBytes(bytes)} in all`
  );
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
