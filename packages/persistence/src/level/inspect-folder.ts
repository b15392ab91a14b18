import { join } from "node:path";
import { describeDamage, fault, type Inspected, note } from "../inspection.ts";
import { readError, StoreError } from "../store-error.ts";
import { encodeVersionId } from "../version-rules.ts";
import { DataFolder } from "./data-folder.ts";
import { type Level, readKeys, readRange } from "./database.ts";
import { type DocumentImage, isPresent, readDocument } from "./document-image.ts";
import { readDamaged } from "./file-mending.ts";
import { readCommitNumber } from "./failed-batch.ts";
import { decodeFrame } from "./frame.ts";
import { inspectAssets, inspectSetAside } from "./inspect-files.ts";
import * as keys from "./keys.ts";
import { isOpenHere, lockedError } from "./level-store.ts";
import { openThroughLinks } from "./level-through-links.ts";
import { readContent, readVersions } from "./version-image.ts";
import { unfinishedRange, VersionKeys, versionRange } from "./version-keys.ts";

/** Of keys that should not be there, no more are counted. */
const KEYS_COUNTED = 1000;

/**
 * Everything that a data folder holds, and what is wrong with it. The folder is not changed, and
 * nobody can open it meanwhile. One document is in memory at a time.
 *
 * Rejects with STORE_ABSENT, STORE_FORMAT, STORE_LOCKED or STORE_READ when nothing can be said of
 * it, and with STORE_DAMAGED when it cannot be opened at all.
 */
export async function* inspectFolder(path: string): AsyncGenerator<Inspected, void, undefined> {
  const folder = await DataFolder.find(path);
  if (isOpenHere(folder.path)) throw lockedError(folder.path, "this process");
  for (const { file, soundness } of await readDamaged(folder.logPath)) {
    const more = soundness === "mended" ? "is damaged; the next start mends it" : "is damaged";
    yield fault(`file ${join("log", file)}`, more);
  }
  const opened = await openThroughLinks(folder.logPath).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== "STORE_ABSENT") throw error;
    throw new StoreError("STORE_DAMAGED", `The database is missing from ${folder.path}`, error);
  });
  try {
    if (opened.droppedBytes > 0) {
      yield fault("the database's log", `${opened.droppedBytes} bytes of it cannot be read`);
    }
    yield* inspectLevel(opened.level);
    yield* inspectAssets(folder.assetsPath);
    yield* inspectSetAside(folder.setAsidePath);
  } catch (error) {
    throw readError(error);
  } finally {
    await opened.close();
  }
}

async function* inspectLevel(level: Level): AsyncGenerator<Inspected> {
  if ((await readCommitNumber(level)) === null) {
    yield fault("the commit number", "its bytes are damaged; numbering will start anew");
  }
  yield* inspectDocuments(level);
  yield* inspectVersions(level);
  yield* inspectRecords(level);
  yield* inspectDeletions(level);
  yield* inspectQuarantine(level);
  for (let space = 0; space < 256; space++) {
    if (keys.isKnownSpace(space)) continue;
    const found = await readKeys(level, keys.spaceRange(space), { limit: KEYS_COUNTED });
    if (found.length === 0) continue;
    const count = found.length < KEYS_COUNTED ? `${found.length}` : `${KEYS_COUNTED} or more`;
    yield fault(`space ${space} of the database`, `holds ${count} keys that no version writes`);
  }
}

async function* inspectDocuments(level: Level): AsyncGenerator<Inspected> {
  const { lt } = keys.documentRange();
  let { gte } = keys.documentRange();
  for (;;) {
    const [key] = await readKeys(level, { gte, lt }, { limit: 1 });
    if (key === undefined) return;
    const name = keys.parseDocumentName(key);
    if (name === null) {
      yield unknownKey(key);
      gte = Buffer.concat([key, Buffer.of(0)]);
    } else {
      yield* judge(name, await readDocument(level, name));
      gte = new keys.DocumentKeys(name).all().lt;
    }
  }
}

function* judge(name: string, image: DocumentImage): Generator<Inspected> {
  const { snapshot, updates, logBytes, lastSequence, damage } = image;
  const snapshotBytes = snapshot?.length ?? 0;
  const stored = { snapshot, updates, logBytes, lastSequence, snapshotBytes, damage };
  for (const message of describeDamage(damage)) yield fault(`document ${name}`, message);
  if (image.unreadable) {
    yield fault(`document ${name}`, "a block of the database that may hold parts of it is damaged");
  }
  if (image.stale.length > 0) {
    yield note(`document ${name}`, `${image.stale.length} values are left over, to be removed`);
  }
  if (isPresent(image)) yield { kind: "document", name, stored };
}

/** Reads every version of every document. */
async function* inspectVersions(level: Level): AsyncGenerator<Inspected> {
  const { lt } = versionRange();
  let { gte } = versionRange();
  for (;;) {
    const [key] = await readKeys(level, { gte, lt }, { limit: 1 });
    if (key === undefined) break;
    const name = keys.parseDocumentName(key);
    if (name === null) {
      yield unknownKey(key);
      gte = Buffer.concat([key, Buffer.of(0)]);
      continue;
    }
    const blocks = new UnreadableBlocks(`versions of document ${name}`);
    for (const version of await readVersions(level, name, blocks.add)) {
      const id = encodeVersionId(version.number);
      const update = await readContent(level, name, version);
      if (update === null) yield fault(`version ${id} of document ${name}`, "is damaged");
      else yield { kind: "version", document: name, id, update };
    }
    yield* blocks.faults();
    gte = new VersionKeys(name).all().lt;
  }
  const unfinished = await readKeys(level, unfinishedRange(), { limit: KEYS_COUNTED });
  if (unfinished.length > 0) {
    yield note("versions", `${unfinished.length} are left over, to be removed`);
  }
}

async function* inspectRecords(level: Level): AsyncGenerator<Inspected> {
  const blocks = new UnreadableBlocks("records");
  for await (const [stored, value] of readRange(level, keys.recordRange(""), blocks.add)) {
    const key = keys.parseRecordKey(stored);
    const payload = decodeFrame(stored, "record", value);
    if (key === null) yield unknownKey(stored);
    else if (payload === null)
      yield fault(`record ${key}`, `its ${value.length} bytes are damaged`);
    else yield { kind: "record", key, value: payload };
  }
  yield* blocks.faults();
}

async function* inspectDeletions(level: Level): AsyncGenerator<Inspected> {
  const blocks = new UnreadableBlocks("deletions");
  for await (const [key, value] of readRange(level, keys.deletionRange(), blocks.add)) {
    const name = keys.parseDeletionKey(key);
    if (name === null) yield unknownKey(key);
    else if (decodeFrame(key, "deletion", value) === null) {
      yield fault(`deletion of document ${name}`, "its mark is damaged");
    } else yield note(`document ${name}`, "its deletion will be finished by the next start");
  }
  yield* blocks.faults();
}

async function* inspectQuarantine(level: Level): AsyncGenerator<Inspected> {
  const blocks = new UnreadableBlocks("quarantine");
  let values = 0;
  let bytes = 0;
  for await (const [, value] of readRange(level, keys.quarantineRange(), blocks.add)) {
    values += 1;
    bytes += value.length;
  }
  if (values > 0) {
    yield note("quarantine", `${values} damaged values were set aside earlier, ${bytes} bytes`);
  }
  yield* blocks.faults();
}

/** Blocks of the database that could not be read; whatever was there cannot be named. */
class UnreadableBlocks {
  readonly #subject: string;
  #count = 0;
  readonly add = (): void => {
    this.#count += 1;
  };

  constructor(subject: string) {
    this.#subject = subject;
  }

  *faults(): Generator<Inspected> {
    if (this.#count === 0) return;
    yield fault(this.#subject, "a block of the database that may hold some of them is damaged");
  }
}

function unknownKey(key: Uint8Array): Inspected {
  return fault(`key ${Buffer.from(key).toString("hex")}`, "has no form that a version writes");
}
