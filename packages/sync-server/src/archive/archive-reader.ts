import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { ArchiveError, damaged } from "./archive-error.ts";
import {
  archiveFormat,
  type ArchiveKind,
  type ArchivePart,
  endSchema,
  frameHeaderBytes,
  frameTypes,
  type Head,
  headSchema,
  magic,
  maxFrameBytes,
  valuesAfter,
} from "./archive-part.ts";

type Frame = { readonly type: number; readonly payload: Buffer };

/**
 * The parts of an archive, in the order they were written. Each is given once its own checksum has
 * held; all that was given is to be thrown away when it rejects in the end.
 *
 * Rejects with an ArchiveError, or with the error of the source.
 */
export async function* decodeArchive(
  source: AsyncIterable<Uint8Array>,
  kind: ArchiveKind,
): AsyncGenerator<ArchivePart, void, undefined> {
  let heads = 0;
  /** Values that the last head promised and that are not through yet. */
  let awaited = 0;
  let asset: { sha256: string; hash: ReturnType<typeof createHash> } | null = null;
  for await (const frame of readFrames(source)) {
    if (frame.type === frameTypes.head) {
      const head = decodeHead(frame.payload, heads === 0 ? kind : null);
      if (awaited > 0) throw damaged(`a value is missing before a ${head.type}`);
      heads += 1;
      awaited = valuesAfter(head);
      asset = head.type === "asset" ? { sha256: head.sha256, hash: createHash("sha256") } : null;
      yield { head };
    } else if (frame.type === frameTypes.end) {
      if (awaited > 0) throw damaged("a value is missing before its end");
      if (parse(frame.payload, endSchema).heads !== heads) throw damaged("something is missing");
    } else {
      const isLast = frame.type === frameTypes.lastPiece;
      if (awaited === 0) throw damaged("there is a value that belongs to nothing");
      if (isLast) awaited -= 1;
      asset?.hash.update(frame.payload);
      if (isLast && asset !== null && asset.hash.digest("hex") !== asset.sha256) {
        throw damaged(`the file ${asset.sha256} is not the one it is named by`);
      }
      yield { piece: frame.payload, isLast };
    }
  }
}

/** Frames whose checksums hold, up to the end, which has to be there and be that of this file. */
async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const bytes = new ByteQueue(source);
  const hash = createHash("sha256");
  const beginning = await bytes.take(magic.length);
  if (beginning === null || !beginning.equals(magic)) {
    throw new ArchiveError("ARCHIVE_KIND", "This is not an archive of Boardwalk.");
  }
  hash.update(beginning);
  for (;;) {
    const header = await bytes.take(frameHeaderBytes);
    if (header === null) throw damaged("its end is missing");
    const type = header.readUInt8(0);
    const payloadBytes = header.readUInt32BE(1);
    if (payloadBytes > maxFrameBytes) throw damaged("a frame is too large to be one");
    const payload = await bytes.take(payloadBytes);
    if (payload === null) throw damaged("its end is missing");
    if (crc32(payload, crc32(header.subarray(0, 5))) !== header.readUInt32BE(5)) {
      throw damaged("a checksum does not hold");
    }
    if (!(Object.values(frameTypes) as number[]).includes(type)) {
      throw damaged(`there is a frame of type ${type}`);
    }
    if (type !== frameTypes.end) {
      hash.update(header);
      hash.update(payload);
      yield { type, payload };
      continue;
    }
    if (parse(payload, endSchema).sha256 !== hash.digest("hex")) {
      throw damaged("its checksum does not hold");
    }
    if ((await bytes.take(1)) !== null) throw damaged("there is something behind its end");
    yield { type, payload };
    return;
  }
}

/** @param first what the archive has to be of, for the head it begins with; null for others */
function decodeHead(payload: Buffer, first: ArchiveKind | null): Head {
  const head = parse(payload, headSchema);
  if ((first !== null) !== (head.type === "archive")) {
    throw damaged(first === null ? "it begins twice" : "its beginning is missing");
  }
  if (head.type !== "archive") return head;
  if (head.format > archiveFormat) throw laterFormat(head.format);
  if (head.kind !== first) {
    const [of, wanted] =
      head.kind === "server" ? ["a whole server", "one board"] : ["one board", "a whole server"];
    throw new ArchiveError("ARCHIVE_KIND", `This is an archive of ${of}, not of ${wanted}.`);
  }
  return head;
}

function laterFormat(format: number): ArchiveError {
  return new ArchiveError(
    "ARCHIVE_FORMAT",
    `The archive has format ${format}; this version reads up to ${archiveFormat}. ` +
      "Use the version that wrote it, or a later one.",
  );
}

function parse<T>(payload: Buffer, schema: { parse(value: unknown): T }): T {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString("utf8"));
  } catch (cause) {
    throw damaged("something in it is not JSON", cause);
  }
  // A later format may have other things in it.
  if (typeof value === "object" && value !== null && "format" in value) {
    const { format } = value;
    if (typeof format === "number" && format > archiveFormat) throw laterFormat(format);
  }
  try {
    return schema.parse(value);
  } catch (cause) {
    throw damaged("something in it is not as this format has it", cause);
  }
}

/** Takes bytes off a source by count, however they come. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; null when the source ends before. */
  async take(count: number): Promise<Buffer | null> {
    while (this.#pendingBytes < count) {
      const next = await this.#chunks.next();
      if (next.done === true) return null;
      const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      this.#pending.push(chunk);
      this.#pendingBytes += chunk.length;
    }
    const [first] = this.#pending;
    const joined = first !== undefined && first.length >= count ? first : this.#join();
    const taken = joined.subarray(0, count);
    this.#pending[0] = joined.subarray(count);
    this.#pendingBytes -= count;
    return taken;
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#pending);
    this.#pending = [joined];
    return joined;
  }
}
