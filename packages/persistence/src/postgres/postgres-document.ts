import { crc32 } from "node:zlib";
import { encodeName } from "../names.ts";
import { type Damage, findGaps, type StoredDocument } from "../stored-document.ts";
import { bytesOf, type Connections, integerOf, type Row } from "./connections.ts";
import { checksum } from "./statement.ts";

/** Everything the database holds of one document at one moment, judged. */
export type DocumentRows = StoredDocument & {
  readonly id: number;
  readonly generation: number;
  /** Size of the updates with those that are damaged, as the document's row counts them. */
  readonly countedBytes: number;
  /** Updates that are damaged and not yet set aside. */
  readonly damagedSequences: readonly number[];
  /** The snapshot is damaged and not yet set aside. */
  readonly isSnapshotBroken: boolean;
};

// One statement, and so one moment. Sorted here, where what is sorted is at hand.
const SELECT_DOCUMENT = `
  SELECT document.id, last_sequence, document.generation, covered_sequence, snapshot_bytes,
    snapshot_crc, snapshot_lost, kind, number, crc, bytes, damaged_bytes
  FROM boardwalk_documents AS document LEFT JOIN LATERAL (
    SELECT 'chunk' AS kind, index AS number, 0 AS crc, bytes, 0 AS damaged_bytes
    FROM boardwalk_snapshot_chunks AS chunk
    WHERE chunk.document = document.id AND chunk.generation = document.generation
    UNION ALL
    SELECT 'update', sequence, crc, bytes, damaged_bytes
    FROM boardwalk_updates AS entry
    WHERE entry.document = document.id AND entry.sequence > document.covered_sequence
  ) AS part ON true
  WHERE document.name = $1`;

/** Reads a document; null when there is none. Damaged rows do not make it reject. */
export async function readDocument(
  connections: Pick<Connections, "read">,
  name: string,
): Promise<DocumentRows | null> {
  const nameBytes = encodeName(name);
  const rows = await connections.read(SELECT_DOCUMENT, [nameBytes]);
  const [first] = rows;
  if (first === undefined) return null;
  const partsOf = (kind: string): Row[] =>
    rows
      .filter((row) => row["kind"] === kind)
      .sort((a, b) => integerOf(a, "number") - integerOf(b, "number"));

  const generation = integerOf(first, "generation");
  const snapshot = generation === 0 ? null : joinChunks(first, partsOf("chunk"));
  const isSnapshotBroken = generation !== 0 && snapshot === null;
  const log = readLog(nameBytes, partsOf("update"));
  const lastSequence = integerOf(first, "last_sequence");
  const missing = findGaps(log.sequences, integerOf(first, "covered_sequence"), lastSequence);
  const snapshotLost = isSnapshotBroken || first["snapshot_lost"] === true;
  const brokenBytes = isSnapshotBroken ? sizeOf(partsOf("chunk")) : 0;
  const damage: Damage = {
    damagedSequences: [...log.setAside, ...log.damaged].sort((a, b) => a - b),
    missingSequences: missing,
    snapshotLost,
    damagedBytes: log.damagedBytes + brokenBytes,
  };
  const isIntact = damage.damagedSequences.length + missing.length === 0 && !snapshotLost;
  return {
    id: integerOf(first, "id"),
    generation,
    snapshot,
    updates: log.updates,
    lastSequence,
    snapshotBytes: snapshot?.length ?? 0,
    logBytes: log.bytes,
    countedBytes: log.bytes + log.damagedBytes,
    damagedSequences: log.damaged,
    isSnapshotBroken,
    damage: isIntact ? null : damage,
  };
}

/** The snapshot that a document's row describes, or null unless every byte of it is there. */
function joinChunks(document: Row, chunks: readonly Row[]): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const bytes = bytesOf(chunk, "bytes");
    if (bytes === null || integerOf(chunk, "number") !== index) return null;
    pieces.push(bytes);
  }
  const snapshot = Buffer.concat(pieces);
  const isWhole =
    snapshot.length === integerOf(document, "snapshot_bytes") &&
    (crc32(snapshot) | 0) === integerOf(document, "snapshot_crc");
  return isWhole ? snapshot : null;
}

type Log = {
  updates: Uint8Array[];
  bytes: number;
  /** Numbers that are there, whole or not, ascending. */
  sequences: number[];
  damaged: number[];
  setAside: number[];
  damagedBytes: number;
};

function readLog(name: Uint8Array, rows: readonly Row[]): Log {
  const log: Log = {
    updates: [],
    bytes: 0,
    sequences: [],
    damaged: [],
    setAside: [],
    damagedBytes: 0,
  };
  for (const row of rows) {
    const sequence = integerOf(row, "number");
    const bytes = bytesOf(row, "bytes");
    log.sequences.push(sequence);
    if (bytes === null) {
      log.setAside.push(sequence);
      log.damagedBytes += integerOf(row, "damaged_bytes");
    } else if (checksum(name, bytes) === integerOf(row, "crc")) {
      log.updates.push(bytes);
      log.bytes += bytes.length;
    } else {
      log.damaged.push(sequence);
      log.damagedBytes += bytes.length;
    }
  }
  return log;
}

function sizeOf(rows: readonly Row[]): number {
  return rows.reduce((bytes, row) => bytes + (bytesOf(row, "bytes")?.length ?? 0), 0);
}
