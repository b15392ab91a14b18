import * as encoding from "lib0/encoding";

/** Most frames are smaller; what is larger grows a buffer of its own and lets go of it. */
const keptBytes = 4 * 1024;
const kept = new Uint8Array(keptBytes);
const encoder = encoding.createEncoder();

/**
 * What `write` writes, as bytes of their own. One encoder serves all: a new one for each of
 * thousands of frames a second is mostly work for the garbage collector. Not to be nested.
 */
export function encode(write: (encoder: encoding.Encoder) => void): Uint8Array {
  encoder.cbuf = kept;
  encoder.cpos = 0;
  encoder.bufs = [];
  write(encoder);
  return encoding.toUint8Array(encoder);
}
