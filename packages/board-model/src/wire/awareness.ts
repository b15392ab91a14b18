import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { encode } from "./encode.ts";
import { FrameError } from "./frame.ts";

/** One client's entry in an awareness update; `state` is JSON, `null` (as text) when it has left. */
export interface AwarenessEntry {
  readonly clientId: number;
  readonly clock: number;
  readonly state: string;
}

export const absentState = "null";

/** Reads the body of an awareness frame without parsing the states. Throws FrameError. */
export function decodeAwareness(update: Uint8Array, maxEntries: number): AwarenessEntry[] {
  try {
    const decoder = decoding.createDecoder(update);
    const count = decoding.readVarUint(decoder);
    if (count > maxEntries) throw new FrameError("Too many clients in one awareness update");
    const entries: AwarenessEntry[] = [];
    for (let index = 0; index < count; index++) {
      entries.push({
        clientId: decoding.readVarUint(decoder),
        clock: decoding.readVarUint(decoder),
        state: decoding.readVarString(decoder),
      });
    }
    return entries;
  } catch (cause) {
    if (cause instanceof FrameError) throw cause;
    throw new FrameError("Not an awareness update", { cause });
  }
}

export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  return encode((encoder) => {
    encoding.writeVarUint(encoder, entries.length);
    for (const entry of entries) {
      encoding.writeVarUint(encoder, entry.clientId);
      encoding.writeVarUint(encoder, entry.clock);
      encoding.writeVarString(encoder, entry.state);
    }
  });
}
