/**
 * The frames of RFC 6455, for a connection on which the browser has no WebSocket to make them. The
 * server sends whole messages, never parts of one.
 */

export const opcode = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
type Opcode = (typeof opcode)[keyof typeof opcode];

export type WebSocketFrame = { readonly opcode: number; readonly payload: Uint8Array };

const finalBit = 0x80;
const maskBit = 0x80;
const opcodeBits = 0x0f;
const lengthBits = 0x7f;
const [twoByteLength, eightByteLength] = [126, 127];
const keyBytes = 4;
const codeBytes = 2;

/**
 * As a client has to send it, masked: with zeros, which leave the payload as it is. The mask guards
 * old proxies against what a page makes look like a request, and these bytes are in a body anyway.
 */
export function encodeWebSocketFrame(code: Opcode, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const lengthBytes = length < twoByteLength ? 0 : length <= 0xffff ? 2 : 8;
  const start = 2 + lengthBytes + keyBytes;
  const frame = new Uint8Array(start + length);
  const view = new DataView(frame.buffer);
  frame[0] = finalBit | code;
  if (lengthBytes === 0) frame[1] = maskBit | length;
  else if (lengthBytes === 2) {
    frame[1] = maskBit | twoByteLength;
    view.setUint16(2, length);
  } else {
    frame[1] = maskBit | eightByteLength;
    view.setBigUint64(2, BigInt(length));
  }
  frame.set(payload, start);
  return frame;
}

export function encodeClose(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason);
  const payload = new Uint8Array(codeBytes + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, codeBytes);
  return encodeWebSocketFrame(opcode.close, payload);
}

/** What a Close frame says; 1005 is for one that says nothing. */
export function decodeClose(payload: Uint8Array): { code: number; reason: string } {
  if (payload.length < codeBytes) return { code: 1005, reason: "" };
  const view = new DataView(payload.buffer, payload.byteOffset);
  return { code: view.getUint16(0), reason: new TextDecoder().decode(payload.subarray(codeBytes)) };
}

/** Reads the frames out of a server's bytes, in whatever pieces they come. */
export class WebSocketFrameReader {
  #rest = new Uint8Array(0);

  /** The frames that are whole by now. */
  read(bytes: Uint8Array): WebSocketFrame[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const view = new DataView(all.buffer);
    const frames: WebSocketFrame[] = [];
    let at = 0;
    while (all.length - at >= 2) {
      const short = view.getUint8(at + 1) & lengthBits;
      const lengthBytes = short < twoByteLength ? 0 : short === twoByteLength ? 2 : 8;
      const start = at + 2 + lengthBytes;
      if (all.length < start) break;
      const length =
        lengthBytes === 0
          ? short
          : lengthBytes === 2
            ? view.getUint16(at + 2)
            : Number(view.getBigUint64(at + 2));
      if (all.length < start + length) break;
      const payload = all.subarray(start, start + length);
      frames.push({ opcode: view.getUint8(at) & opcodeBits, payload });
      at = start + length;
    }
    this.#rest = all.slice(at);
    return frames;
  }
}
