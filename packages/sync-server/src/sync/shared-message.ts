import { encodeFrame, encodePlainFrame, type Message } from "@boardwalk/board-model";

const finalBinaryFrame = 0x82;

/**
 * A message for many: encoded once for all who are addressed alike, down to the WebSocket frame, so
 * that what is left for each of them is one write.
 */
export class SharedMessage {
  readonly message: Message;
  /** Most boards are known to everyone by one address. */
  #first: { readonly address: string | null; readonly bytes: Buffer } | null = null;
  #others: Map<string | null, Buffer> | null = null;

  constructor(message: Message) {
    this.message = message;
  }

  /** The bytes for a TCP connection; `address` is null for the plain protocol. */
  bytesFor(address: string | null): Buffer {
    if (this.#first?.address === address) return this.#first.bytes;
    const known = this.#others?.get(address);
    if (known !== undefined) return known;
    const bytes = webSocketFrame(
      address === null ? encodePlainFrame(this.message) : encodeFrame(address, this.message),
    );
    if (this.#first === null) this.#first = { address, bytes };
    else (this.#others ??= new Map()).set(address, bytes);
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
