import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { encode } from "./encode.ts";

/**
 * The frames of the Hocuspocus protocol: `varString(address) varUint(type) body`. The address is
 * the board's id, for clients that share one socket between several providers followed by a NUL
 * and a session id. Plain y-websocket frames are the same without the address.
 */
export const frameType = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  stateless: 5,
  close: 7,
  syncStatus: 8,
  ping: 9,
  pong: 10,
} as const;

export const syncType = { step1: 0, step2: 1, update: 2 } as const;

export const authType = { token: 0, denied: 1, authenticated: 2 } as const;

/** Ping and Pong stand alone: one byte, no address. */
export const pingFrame: Uint8Array = Uint8Array.of(frameType.ping);
export const pongFrame: Uint8Array = Uint8Array.of(frameType.pong);

export type SyncMessage = {
  readonly kind: "step1" | "step2" | "update";
  /** A state vector for step 1, an update for the others. */
  readonly payload: Uint8Array;
};

export type Message =
  | { readonly type: "sync"; readonly sync: SyncMessage }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "queryAwareness" }
  | { readonly type: "auth"; readonly auth: AuthMessage }
  | { readonly type: "stateless"; readonly payload: string }
  | { readonly type: "close"; readonly reason: string }
  | { readonly type: "syncStatus"; readonly durable: boolean }
  | { readonly type: "unknown"; readonly code: number };

export type AuthMessage =
  /** From the client: a token. From the server: a request for one (the token is then empty). */
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "denied"; readonly reason: string }
  | { readonly kind: "authenticated"; readonly readOnly: boolean };

export type AddressedMessage = { readonly address: string; readonly message: Message };

/** A frame that cannot be read. */
export class FrameError extends Error {
  readonly code = "BAD_FRAME";
}

const syncKinds = ["step1", "step2", "update"] as const;

function readMessage(decoder: decoding.Decoder): Message {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case frameType.sync: {
      const kind = syncKinds[decoding.readVarUint(decoder)];
      if (kind === undefined) throw new FrameError("Unknown kind of sync message");
      return { type: "sync", sync: { kind, payload: decoding.readVarUint8Array(decoder) } };
    }
    case frameType.awareness:
      return { type: "awareness", update: decoding.readVarUint8Array(decoder) };
    case frameType.queryAwareness:
      return { type: "queryAwareness" };
    case frameType.auth:
      return { type: "auth", auth: readAuth(decoder) };
    case frameType.stateless:
      return { type: "stateless", payload: decoding.readVarString(decoder) };
    case frameType.close:
      return {
        type: "close",
        reason: decoding.hasContent(decoder) ? decoding.readVarString(decoder) : "",
      };
    case frameType.syncStatus:
      return { type: "syncStatus", durable: decoding.readVarUint(decoder) === 1 };
    default:
      return { type: "unknown", code: type };
  }
}

function readAuth(decoder: decoding.Decoder): AuthMessage {
  const kind = decoding.readVarUint(decoder);
  switch (kind) {
    case authType.token:
      return {
        kind: "token",
        token: decoding.hasContent(decoder) ? decoding.readVarString(decoder) : "",
      };
    case authType.denied:
      return { kind: "denied", reason: decoding.readVarString(decoder) };
    case authType.authenticated:
      return { kind: "authenticated", readOnly: decoding.readVarString(decoder) === "readonly" };
    default:
      throw new FrameError("Unknown kind of auth message");
  }
}

function decode<T>(frame: Uint8Array, read: (decoder: decoding.Decoder) => T): T {
  try {
    return read(decoding.createDecoder(frame));
  } catch (cause) {
    if (cause instanceof FrameError) throw cause;
    throw new FrameError("The frame ends too early or is not of this protocol", { cause });
  }
}

/** Reads a frame of the Hocuspocus protocol. Throws FrameError. */
export function decodeFrame(frame: Uint8Array): AddressedMessage {
  return decode(frame, (decoder) => {
    const address = decoding.readVarString(decoder);
    return { address, message: readMessage(decoder) };
  });
}

/** Reads a frame of the plain y-websocket protocol. Throws FrameError. */
export function decodePlainFrame(frame: Uint8Array): Message {
  return decode(frame, readMessage);
}

function writeMessage(encoder: encoding.Encoder, message: Message): void {
  if (message.type === "unknown") {
    encoding.writeVarUint(encoder, message.code);
    return;
  }
  encoding.writeVarUint(encoder, frameType[message.type]);
  switch (message.type) {
    case "sync":
      encoding.writeVarUint(encoder, syncType[message.sync.kind]);
      encoding.writeVarUint8Array(encoder, message.sync.payload);
      break;
    case "awareness":
      encoding.writeVarUint8Array(encoder, message.update);
      break;
    case "queryAwareness":
      break;
    case "auth":
      writeAuth(encoder, message.auth);
      break;
    case "stateless":
      encoding.writeVarString(encoder, message.payload);
      break;
    case "close":
      encoding.writeVarString(encoder, message.reason);
      break;
    case "syncStatus":
      encoding.writeVarUint(encoder, message.durable ? 1 : 0);
      break;
  }
}

function writeAuth(encoder: encoding.Encoder, auth: AuthMessage): void {
  encoding.writeVarUint(encoder, authType[auth.kind]);
  switch (auth.kind) {
    case "token":
      encoding.writeVarString(encoder, auth.token);
      break;
    case "denied":
      encoding.writeVarString(encoder, auth.reason);
      break;
    case "authenticated":
      encoding.writeVarString(encoder, auth.readOnly ? "readonly" : "read-write");
      break;
  }
}

export function encodeFrame(address: string, message: Message): Uint8Array {
  return encode((encoder) => {
    encoding.writeVarString(encoder, address);
    writeMessage(encoder, message);
  });
}

export function encodePlainFrame(message: Message): Uint8Array {
  return encode((encoder) => writeMessage(encoder, message));
}

/** Board id and session of an address; see above. */
export function boardIdOf(address: string): string {
  const end = address.indexOf("\0");
  return end === -1 ? address : address.slice(0, end);
}
