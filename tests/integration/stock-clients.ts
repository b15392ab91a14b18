import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { vi } from "vitest";
import { WebSocket } from "ws";
import type { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { Link } from "./raw-client.ts";

const patienceMs = 60_000;

function socketUrl(url: string, path: string): string {
  return `${url.replace(/^http/, "ws")}${path}`;
}

/** A stock Hocuspocus client as an application would make it. */
export function openHocuspocus(
  url: string,
  link: Link,
  options: { sessionAwareness?: boolean; socket?: HocuspocusProviderWebsocket } = {},
): HocuspocusProvider {
  const { socket, ...rest } = options;
  const connection =
    socket === undefined ? { url: socketUrl(url, "/sync") } : { websocketProvider: socket };
  const provider = new HocuspocusProvider({
    ...connection,
    ...rest,
    name: link.boardId,
    token: link.token,
    document: new Y.Doc(),
  });
  if (socket !== undefined) provider.attach();
  return provider;
}

/** A socket that several Hocuspocus clients share. */
export function openSharedSocket(url: string): HocuspocusProviderWebsocket {
  return new HocuspocusProviderWebsocket({
    url: socketUrl(url, "/sync"),
    WebSocketPolyfill: WebSocket,
  });
}

/** A stock y-websocket client as an application would make it. */
export function openPlain(url: string, link: Link): WebsocketProvider {
  return new WebsocketProvider(socketUrl(url, "/yjs"), link.boardId, new Y.Doc(), {
    params: { token: link.token },
    // Its type is the browser's class.
    WebSocketPolyfill: WebSocket as never,
    // It would reach other clients of this process without the server.
    disableBc: true,
  });
}

export async function hocuspocusSynced(provider: HocuspocusProvider): Promise<void> {
  await expectEventually(() => provider.isSynced && provider.unsyncedChanges === 0);
}

export async function plainSynced(provider: WebsocketProvider): Promise<void> {
  await expectEventually(() => provider.synced);
}

/** Waits until it holds; what it depends on comes by a socket. */
export async function expectEventually(condition: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      if (!condition()) throw new Error(`Never so: ${String(condition)}`);
    },
    { timeout: patienceMs, interval: 5 },
  );
}

/** What one client shows of itself, as another sees it. */
export function seenBy(awareness: Awareness | null, document: Y.Doc): unknown {
  return awareness?.getStates().get(document.clientID);
}
