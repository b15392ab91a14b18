import { isBoardId } from "@boardwalk/board-model";
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Protocol } from "./client-socket.ts";

/** The form that a key has; what is made of it, nobody reads. */
const handshakeKey = Buffer.alloc(16).toString("base64");

export type UpgradeRoute =
  | { readonly kind: "accepted"; readonly protocol: Protocol }
  | { readonly kind: "refused"; readonly status: number; readonly code: string };

/** Which protocol an upgrade request asks for; refuses other paths and other sites' pages. */
export function routeUpgrade(request: IncomingMessage, publicOrigin: string | null): UpgradeRoute {
  if (!isSameOrigin(request, publicOrigin)) {
    return { kind: "refused", status: 403, code: "ORIGIN_NOT_ALLOWED" };
  }
  const url = URL.parse(request.url ?? "", "http://localhost");
  if (url?.pathname === "/sync") return { kind: "accepted", protocol: { kind: "hocuspocus" } };
  const [, root, boardId, ...rest] = url?.pathname.split("/") ?? [];
  if (root !== "yjs" || !isBoardId(boardId) || rest.length > 0) {
    return { kind: "refused", status: 404, code: "NOT_FOUND" };
  }
  const token = url?.searchParams.get("token") ?? "";
  return { kind: "accepted", protocol: { kind: "plain", boardId, token } };
}

/** Browsers always send an Origin, and it cannot be forged in one; other programs need none. */
export function isSameOrigin(request: IncomingMessage, publicOrigin: string | null): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (publicOrigin !== null && origin === publicOrigin) return true;
  return host !== undefined && URL.parse(origin)?.host === host;
}

/** An upgrade request that nobody made, for a WebSocket that runs on something else than TCP. */
export function handshakeRequest(): IncomingMessage {
  const headers = {
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": handshakeKey,
  };
  return { method: "GET", headers } as Partial<IncomingMessage> as IncomingMessage;
}

export function refuseUpgrade(socket: Duplex, status: number, code: string): void {
  const body = JSON.stringify({ error: { code, message: STATUS_CODES[status] ?? code } });
  socket.on("error", () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}
