import { crc32 } from "node:zlib";
import { type Damage, findGaps } from "../stored-document.ts";
import { type Level, readKeys, readRange } from "./database.ts";
import { decodeFrame } from "./frame.ts";
import { decodeHead, type Head } from "./head.ts";
import { DocumentKeys } from "./keys.ts";

export type DamagedValue = { key: Uint8Array; value: Uint8Array; sequence: number | null };

/** Everything the disk holds of one document at one moment, judged. */
export type DocumentImage = {
  readonly keys: DocumentKeys;
  /** The newest generation that is whole. */
  readonly generation: number;
  readonly head: Head | null;
  readonly snapshot: Uint8Array | null;
  readonly updates: Uint8Array[];
  readonly logBytes: number;
  readonly lastSequence: number;
  /** The highest generation whose head is there, whole or not. */
  readonly topGeneration: number;
  /** A generation that no key has used. */
  readonly freeGeneration: number;
  /** Damaged values not yet set aside. */
  readonly damaged: readonly DamagedValue[];
  /** Keys that nothing needs any more: former generations, updates within the snapshot. */
  readonly stale: readonly Uint8Array[];
  /** Where the log begins after a snapshot that is lost and not yet declared so. */
  readonly lostSequence: number | null;
  /** Part of the range could not be read: what was there may not even be missed. */
  readonly unreadable: boolean;
  readonly damage: Damage | null;
};

type Chunk = {
  key: Uint8Array;
  value: Uint8Array;
  index: number;
  /** null when it is damaged. */
  payload: Uint8Array | null;
};
/** Of a log, of which there may be 50,000: what need not be kept of each is left to the collector. */
type Entry =
  | { sequence: number; update: Uint8Array }
  | { sequence: number; update: null; key: Uint8Array; value: Uint8Array };
type Generation = {
  head: { key: Uint8Array; value: Uint8Array; decoded: Head | null } | null;
  chunks: Chunk[];
  /** Of the payloads of all chunks so far. */
  crc: number;
};

/** Reads a document. Damage does not make it reject; only a failing disk does. */
export async function readDocument(level: Level, name: string): Promise<DocumentImage> {
  const keys = new DocumentKeys(name);
  const generations = new Map<number, Generation>();
  const entries: Entry[] = [];
  const damaged: DamagedValue[] = [];
  let unreadable = false;

  const contents = readRange(level, keys.all(), () => {
    unreadable = true;
  });
  for await (const [key, value] of contents) {
    const parsed = keys.parse(key);
    if (parsed === null) {
      damaged.push({ key, value, sequence: null });
    } else if (parsed.kind === "entry") {
      // Checked as it comes in, like chunks: to check all at once would hold up the event loop.
      const update = decodeFrame(key, "update", value);
      const { sequence } = parsed;
      if (update === null) entries.push({ sequence, update, key, value });
      // Copied to where many lie together: a buffer each is what the collector has most work with.
      else entries.push({ sequence, update: Buffer.from(update) });
    } else {
      const generation = generations.get(parsed.generation) ?? { head: null, chunks: [], crc: 0 };
      generations.set(parsed.generation, generation);
      if (parsed.kind === "chunk") {
        const payload = decodeFrame(key, "chunk", value);
        if (payload !== null) generation.crc = crc32(payload, generation.crc);
        generation.chunks.push({ key, value, index: parsed.index, payload });
      } else {
        generation.head = { key, value, decoded: decodeHead(key, value) };
      }
    }
  }

  const chosen = chooseGeneration(generations);
  const log = readLog(keys, entries, chosen.head?.coveredSequence ?? 0);
  const lastSequence = Math.max(chosen.coveredSequence, log.lastSequence);
  const base = chosen.head?.coveredSequence ?? 0;
  const gaps = findGaps(log.sequences, base, lastSequence);
  const lost = chosen.head?.state === "lost" || isSnapshotLost(chosen, log, unreadable);
  // Without its snapshot a log starts late: that is one loss, not a range of lost updates.
  const missing = lost && gaps[0]?.first === base + 1 ? gaps.slice(1) : gaps;

  for (const value of [...log.damaged, ...chosen.broken]) damaged.push(value);
  // Chunks without a head are a compaction cut short, unless it was the head that went missing.
  const stale = [...chosen.stale, ...log.stale];
  if (gaps.length === 0 && !lost) stale.push(...chosen.orphans.map(({ key }) => key));
  else damaged.push(...chosen.orphans.map(({ key, value }) => ({ key, value, sequence: null })));

  const damagedSequences = [...log.setAside, ...log.damaged.map(({ sequence }) => sequence)]
    .filter((sequence) => sequence !== null)
    .sort((a, b) => a - b);
  const damagedBytes =
    log.setAsideBytes + damaged.reduce((bytes, { value }) => bytes + value.length, 0);
  const intact = damaged.length === 0 && log.setAside.length === 0 && gaps.length === 0 && !lost;

  return {
    keys,
    generation: chosen.generation,
    head: chosen.head,
    snapshot: chosen.snapshot,
    updates: log.updates,
    logBytes: log.updates.reduce((bytes, update) => bytes + update.length, 0),
    lastSequence,
    topGeneration: chosen.topGeneration,
    freeGeneration: Math.max(0, ...generations.keys()) + 1,
    damaged,
    stale,
    lostSequence:
      lost && chosen.head === null ? (log.sequences[0] ?? chosen.coveredSequence + 1) - 1 : null,
    unreadable,
    damage: intact
      ? null
      : { damagedSequences, missingSequences: missing, snapshotLost: lost, damagedBytes },
  };
}

/** Whether anything of the document is there to be opened. */
export function isPresent(image: DocumentImage): boolean {
  return (
    image.updates.length > 0 ||
    image.damage !== null ||
    (image.head !== null && image.head.state !== "deleted")
  );
}

/** The same of a document that was not read: it rarely takes more than its heads to tell. */
export async function isStored(level: Level, keys: DocumentKeys): Promise<boolean> {
  const [heads, [lastEntry]] = await Promise.all([
    level.iterator({ ...keys.heads(), reverse: true }).all(),
    readKeys(level, keys.entries(), { reverse: true, limit: 1 }),
  ]);
  const entry = lastEntry === undefined ? null : keys.parse(lastEntry);
  const [newest] = heads;
  if (newest === undefined && entry !== null) return true;
  const head = newest === undefined ? null : decodeHead(...newest);
  if (head === null) return isPresent(await readDocument(level, keys.name));
  if (head.state !== "deleted") return true;
  return entry?.kind === "entry" && entry.sequence > head.coveredSequence;
}

type Chosen = {
  generation: number;
  head: Head | null;
  snapshot: Uint8Array | null;
  /** The highest sequence any readable head speaks of. */
  coveredSequence: number;
  topGeneration: number;
  /** A head does not say what it covers. */
  unknownCover: boolean;
  broken: DamagedValue[];
  stale: Uint8Array[];
  orphans: Chunk[];
};

function chooseGeneration(generations: Map<number, Generation>): Chosen {
  const chosen: Chosen = {
    generation: 0,
    head: null,
    snapshot: null,
    coveredSequence: 0,
    topGeneration: 0,
    unknownCover: false,
    broken: [],
    stale: [],
    orphans: [],
  };
  for (const number of [...generations.keys()].sort((a, b) => b - a)) {
    const generation = generations.get(number);
    if (generation === undefined) continue;
    const { head, chunks } = generation;
    if (chosen.head !== null) {
      if (head !== null) chosen.stale.push(head.key);
      chosen.stale.push(...chunks.map(({ key }) => key));
      continue;
    }
    if (head === null) {
      chosen.orphans.push(...chunks);
      continue;
    }
    chosen.topGeneration = Math.max(chosen.topGeneration, number);
    const decoded = head.decoded;
    if (decoded === null) {
      chosen.unknownCover = true;
    } else {
      chosen.coveredSequence = Math.max(chosen.coveredSequence, decoded.coveredSequence);
    }
    const snapshot = decoded === null ? null : joinChunks(decoded, generation);
    if (decoded === null || (decoded.state === "snapshot" && snapshot === null)) {
      chosen.broken.push({ key: head.key, value: head.value, sequence: null });
      chosen.broken.push(...chunks.map(({ key, value }) => ({ key, value, sequence: null })));
      continue;
    }
    chosen.generation = number;
    chosen.head = decoded;
    chosen.snapshot = snapshot;
    if (decoded.state !== "snapshot") chosen.orphans.push(...chunks);
  }
  return chosen;
}

/** Whether there was a snapshot, of which no whole one is left to stand before the log. */
function isSnapshotLost(chosen: Chosen, log: Log, unreadable: boolean): boolean {
  if (chosen.head !== null) return false;
  if (chosen.unknownCover) return true;
  const traces =
    chosen.broken.length > 0 ||
    chosen.orphans.length > 0 ||
    (unreadable && log.sequences.length > 0);
  return traces && log.sequences[0] !== 1;
}

/** The snapshot a head describes, or null unless every byte of it is there. */
function joinChunks(head: Head, { chunks, crc }: Generation): Uint8Array | null {
  if (head.state !== "snapshot" || crc !== head.snapshotCrc) return null;
  const payloads: Uint8Array[] = [];
  for (const { index, payload } of chunks) {
    if (payload === null || index !== payloads.length) return null;
    payloads.push(payload);
  }
  if (payloads.length !== head.chunkCount) return null;
  const snapshot = Buffer.concat(payloads);
  return snapshot.length === head.snapshotBytes ? snapshot : null;
}

type Log = {
  updates: Uint8Array[];
  /** Numbers that are there, whole or not, ascending. */
  sequences: number[];
  lastSequence: number;
  damaged: DamagedValue[];
  setAside: number[];
  setAsideBytes: number;
  stale: Uint8Array[];
};

function readLog(keys: DocumentKeys, entries: readonly Entry[], coveredSequence: number): Log {
  const log: Log = {
    updates: [],
    sequences: [],
    lastSequence: 0,
    damaged: [],
    setAside: [],
    setAsideBytes: 0,
    stale: [],
  };
  for (const entry of entries) {
    const { sequence } = entry;
    if (sequence <= coveredSequence) {
      log.stale.push(keys.entry(sequence));
      continue;
    }
    log.sequences.push(sequence);
    log.lastSequence = sequence;
    if (entry.update !== null) {
      log.updates.push(entry.update);
      continue;
    }
    const { key, value } = entry;
    const formerBytes = decodeFrame(key, "setAside", value);
    if (formerBytes !== null && formerBytes.length === 4) {
      log.setAside.push(sequence);
      log.setAsideBytes += Buffer.from(formerBytes).readUInt32BE(0);
    } else {
      log.damaged.push({ key, value, sequence });
    }
  }
  return log;
}
