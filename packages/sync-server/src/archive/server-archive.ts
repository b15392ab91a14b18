import type { Store } from "@boardwalk/persistence";
import { StoreError } from "@boardwalk/persistence";
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { archiveFormat, type ArchivePart, type HeadOf } from "./archive-part.ts";
import { piecesOf } from "./archive-writer.ts";

/**
 * Everything that a store holds, while it is in use. What was acknowledged before the first part
 * was asked for is in it, unless it is deleted meanwhile; what comes meanwhile may be in it. Each
 * document is as it was at one moment.
 *
 * Records come first: a document without the record of its board does no harm, but not the other
 * way round. One document, version or asset is in memory at a time.
 */
export async function* archiveStore(
  store: Store,
  createdAt: Date,
): AsyncGenerator<ArchivePart, void, undefined> {
  yield {
    head: {
      type: "archive",
      format: archiveFormat,
      kind: "server",
      createdAt: createdAt.toISOString(),
    },
  };
  const { damagedEntries } = store.stats();
  for await (const [key, value] of store.records.entries("")) {
    yield { head: { type: "record", key } };
    yield* piecesOf(value);
  }
  const lost = store.stats().damagedEntries - damagedEntries;
  if (lost > 0) yield damageOf("records", `${lost} are damaged and not in the archive`);
  for await (const name of store.updates.names()) {
    yield* archiveDocument(store, name);
    yield* archiveVersions(store, name);
  }
  for await (const { sha256 } of store.assets.entries()) yield* archiveAsset(store, sha256, {});
}

/** Nothing where there is no such document any more. */
export async function* archiveDocument(store: Store, name: string): AsyncGenerator<ArchivePart> {
  const stored = await store.updates.load(name);
  if (stored === null) return;
  const { snapshot, updates, damage } = stored;
  const values = snapshot === null ? updates : [snapshot, ...updates];
  if (damage !== null) yield damageOf(`document ${name}`, "parts of it are damaged or missing");
  yield { head: { type: "document", name, updates: values.length } };
  for (const value of values) yield* turnsBetween(piecesOf(value));
}

export async function* archiveVersions(store: Store, name: string): AsyncGenerator<ArchivePart> {
  const { damagedEntries } = store.stats();
  const versions = await store.versions.list(name);
  const lost = store.stats().damagedEntries - damagedEntries;
  if (lost > 0) yield damageOf(`document ${name}`, `${lost} versions are damaged and not in it`);
  for (const { id, details } of versions) {
    const head: HeadOf<"version"> = {
      type: "version",
      document: name,
      details: Buffer.from(details).toString("base64"),
    };
    try {
      const update = await store.versions.load(name, id);
      // Thinned out meanwhile.
      if (update === null) continue;
      yield { head };
      yield* turnsBetween(piecesOf(update));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "STORE_DAMAGED") throw error;
      yield damageOf(`document ${name}`, "a version is damaged and not in the archive");
    }
  }
}

/** Held as a whole: what is damaged shows only at its end, and must not be in the archive. */
export async function* archiveAsset(
  store: Store,
  sha256: string,
  { mimeType }: { mimeType?: string },
): AsyncGenerator<ArchivePart> {
  const file = await store.assets.open(sha256);
  if (file === null) return;
  const hash = createHash("sha256");
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.stream as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    chunks.push(chunk);
  }
  if (hash.digest("hex") !== sha256) {
    yield damageOf(`asset ${sha256}`, "is damaged and not in the archive");
    return;
  }
  yield { head: { type: "asset", sha256, ...(mimeType === undefined ? {} : { mimeType }) } };
  yield* turnsBetween(piecesOf(Buffer.concat(chunks)));
}

/** A megabyte takes milliseconds to sum up and send: others get their turn between two. */
async function* turnsBetween(parts: Iterable<ArchivePart>): AsyncGenerator<ArchivePart> {
  for (const part of parts) {
    if ("piece" in part && !part.isLast) await nextTurn();
    yield part;
  }
}

function damageOf(subject: string, message: string): ArchivePart {
  return { head: { type: "damage", subject, message } };
}
