import { encodeFrame, encodePlainFrame, type Message } from "@boardwalk/board-model";

const finalBinaryFrame = 0x82;

/**
 * A message for many: encoded once for all who are addressed alike, down to the WebSocket frame, so
 * that what is left for each of them is one write.
 */
export class SharedMessage {
  readonly message: Message;
  readonly #frames = new Map<string | null, Buffer>();

  constructor(message: Message) {
    this.message = message;
  }

  /** The bytes for a TCP connection; `address` is null for the plain protocol. */
  bytesFor(address: string | null): Buffer {
    let bytes = this.#frames.get(address);
    if (bytes === undefined) {
      bytes = webSocketFrame(
        address === null ? encodePlainFrame(this.message) : encodeFrame(address, this.message),
      );
      this.#frames.set(address, bytes);
    }
    return bytes;
  }
}

/** A whole binary message as a server sends it: not masked, not compressed. */
export function webSocketFrame(payload: Uint8Array): Buffer {
  const { length } = payload;
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = finalBinaryFrame;
  frame[1] = headBytes === 2 ? length : headBytes === 4 ? 126 : 127;
  if (headBytes === 4) frame.writeUInt16BE(length, 2);
  if (headBytes === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, headBytes);
  return frame;
}
