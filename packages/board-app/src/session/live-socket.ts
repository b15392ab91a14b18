/** What is heard of a connection that carries frames; nothing after `closed`. */
export type SocketEvents = {
  opened(): void;
  received(frame: Uint8Array): void;
  /** With the code and the reason of a WebSocket's end. */
  closed(code: number, reason: string): void;
};

/** A connection that carries whole frames in order, however they travel. */
export interface LiveSocket {
  readonly isOpen: boolean;
  /** Sends nothing while the connection is not open. */
  send(frame: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** `url`: of the server's `/sync`, as `ws:` or `wss:`. */
export function openWebSocket(url: string, events: SocketEvents): LiveSocket {
  const webSocket = new WebSocket(url);
  webSocket.binaryType = "arraybuffer";
  webSocket.onopen = () => events.opened();
  webSocket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
  };
  webSocket.onclose = ({ code, reason }) => events.closed(code, reason);
  return {
    get isOpen() {
      return webSocket.readyState === WebSocket.OPEN;
    },
    send: (frame) => {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.send(frame as Uint8Array<ArrayBuffer>);
    },
    close: (code, reason) => webSocket.close(code, reason),
  };
}
