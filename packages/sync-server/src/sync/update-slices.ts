import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { refOfNext, skipStruct, structRef } from "./struct.ts";

/** So much is read between two chances to let others have their turn. */
const bytesReadAtOnce = 64 * 1024;

/** The struct of `client` that begins at `clock` or goes over it. */
type StructId = { readonly client: number; readonly clock: number };

/** Structs of one client, one after the other, of which only the first needs new ones of others. */
type Run = {
  readonly block: Block;
  readonly needs: readonly StructId[];
  /** Where their bytes are. */
  readonly start: number;
  end: number;
  readonly clock: number;
  endClock: number;
  structs: number;
};

/** What an update has of one client. */
type Block = {
  readonly client: number;
  readonly runs: Run[];
  /** How many of the runs are in slices, */
  taken: number;
  /** and with them all the client's structs below this clock. */
  clock: number;
  /** Its next run waits for what that needs; for ever, where there is no such thing. */
  isWaiting: boolean;
};

/**
 * Cuts an update of a whole document, of Yjs's first format, into updates of about `sliceBytes`.
 * Applied in order to an empty document they do what the whole does: each builds only on those
 * before it, so that Yjs holds nothing back. What builds on structs that are not there at all comes
 * in one last slice; deletions come after it, as in the whole. No struct is cut.
 *
 * Yields null where no slice is ready yet, for whoever asks to pause. Throws where it can tell that
 * the bytes are no update.
 */
export function* slicesOf(
  update: Uint8Array,
  sliceBytes: number,
): Generator<Uint8Array | null, void, undefined> {
  if (update.length <= sliceBytes) {
    yield update;
    return;
  }
  const decoder = decoding.createDecoder(update);
  const blocks = new Map<number, Block>();
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const block = yield* readBlock(decoder, sliceBytes);
    // Of two blocks of one client Yjs takes the later.
    blocks.set(block.client, block);
  }
  let slice: Run[] = [];
  let bytes = 0;
  for (const run of inCausalOrder(blocks)) {
    slice.push(run);
    bytes += run.end - run.start;
    if (bytes < sliceBytes) continue;
    yield encodeStructs(update, slice);
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield encodeStructs(update, slice);
  const rest = [...blocks.values()].flatMap(({ runs, taken }) => runs.slice(taken));
  if (rest.length > 0) yield encodeStructs(update, rest);
  yield* deletionSlices(decoder, sliceBytes);
}

function* readBlock(
  decoder: decoding.Decoder,
  runBytes: number,
): Generator<null, Block, undefined> {
  const structs = decoding.readVarUint(decoder);
  const client = decoding.readVarUint(decoder);
  let clock = decoding.readVarUint(decoder);
  const block: Block = { client, runs: [], taken: 0, clock: 0, isWaiting: false };
  // What the client's structs so far need of each other client; at first, of its own.
  const needed = new Map<number, number>([[client, -1]]);
  let needs: StructId[] = [];
  const need = (id: StructId): void => {
    if (id.clock <= (needed.get(id.client) ?? -1)) return;
    needed.set(id.client, id.clock);
    needs.push(id);
  };
  const needOfOther = (other: number, otherClock: number): void => {
    if (other !== client) need({ client: other, clock: otherClock });
  };
  if (clock > 0) need({ client, clock: clock - 1 });
  let run: Run | null = null;
  let pauseAt = decoder.pos + bytesReadAtOnce;
  for (let left = structs; left > 0; left--) {
    const start = decoder.pos;
    // A gap: neither this nor what follows can be had before it is filled.
    if (refOfNext(decoder) === structRef.skip) need({ client, clock });
    const length = skipStruct(decoder, needOfOther);
    if (run === null || needs.length > 0 || run.end - run.start >= runBytes) {
      run = { block, needs, start, end: start, clock, endClock: clock, structs: 0 };
      block.runs.push(run);
      needs = [];
    }
    clock += length;
    run.end = decoder.pos;
    run.endClock = clock;
    run.structs++;
    if (decoder.pos < pauseAt) continue;
    pauseAt = decoder.pos + bytesReadAtOnce;
    yield null;
  }
  return block;
}

/** All runs that can be had, each after what it needs. */
function* inCausalOrder(blocks: ReadonlyMap<number, Block>): Generator<Run, void, undefined> {
  const has = ({ client, clock }: StructId): boolean => (blocks.get(client)?.clock ?? 0) > clock;
  // Higher clients first, as Yjs takes them, which makes conflicts quick to resolve.
  for (const first of [...blocks.values()].toSorted((one, other) => other.client - one.client)) {
    const stack = [{ block: first, untilClock: Number.POSITIVE_INFINITY }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { block, untilClock } = top;
      const run = block.runs[block.taken];
      const missing = run?.needs.find((id) => !has(id));
      if (block.clock > untilClock) stack.pop();
      else if (run !== undefined && missing === undefined) {
        block.isWaiting = false;
        block.taken++;
        block.clock = run.endClock;
        yield run;
      } else {
        block.isWaiting = true;
        const other = missing && blocks.get(missing.client);
        // One that is waiting itself either has nothing more, or waits for this.
        if (missing === undefined || other === undefined || other.isWaiting) stack.pop();
        else stack.push({ block: other, untilClock: missing.clock });
      }
    }
  }
}

/** Runs as an update, those of one client in their order and with none left out between them. */
function encodeStructs(update: Uint8Array, runs: readonly Run[]): Uint8Array {
  const runsOf = Map.groupBy(runs, ({ block }) => block);
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, runsOf.size);
    for (const [{ client }, [first, ...more]] of runsOf) {
      if (first === undefined) continue;
      encoding.writeVarUint(
        encoder,
        more.reduce((sum, { structs }) => sum + structs, first.structs),
      );
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, first.clock);
      encoding.writeUint8Array(encoder, update.subarray(first.start, (more.at(-1) ?? first).end));
    }
    encoding.writeVarUint(encoder, 0); // No deletions.
  });
}

/** What an update says was deleted, as updates of its own. */
function* deletionSlices(
  decoder: decoding.Decoder,
  sliceBytes: number,
): Generator<Uint8Array, void, undefined> {
  let slice: Deleted[] = [];
  let bytes = 0;
  for (const deleted of deletedRanges(decoder, sliceBytes)) {
    slice.push(deleted);
    bytes += deleted.ranges.length;
    if (bytes < sliceBytes) continue;
    yield encodeDeletions(slice);
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield encodeDeletions(slice);
}

/** Of one client, ranges of clocks as they are written, and how many. */
type Deleted = { readonly client: number; readonly count: number; readonly ranges: Uint8Array };

function* deletedRanges(
  decoder: decoding.Decoder,
  sliceBytes: number,
): Generator<Deleted, void, undefined> {
  for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
    const client = decoding.readVarUint(decoder);
    for (let left = decoding.readVarUint(decoder); left > 0;) {
      const start = decoder.pos;
      let count = 0;
      for (; count < left && decoder.pos - start < sliceBytes; count++) {
        decoding.readVarUint(decoder); // clock
        decoding.readVarUint(decoder); // length
      }
      left -= count;
      yield { client, count, ranges: decoder.arr.subarray(start, decoder.pos) };
    }
  }
}

function encodeDeletions(slice: readonly Deleted[]): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 0); // No structs.
    encoding.writeVarUint(encoder, slice.length);
    for (const { client, count, ranges } of slice) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, count);
      encoding.writeUint8Array(encoder, ranges);
    }
  });
}
