import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { FrameJoiner } from "./frame-joiner.ts";
import { syncLimits } from "./limits.ts";
import { SharedMessage } from "./shared-message.ts";
import { startSyncHost } from "./test-sync-host.ts";

describe("a large frame", () => {
  it.each([false, true])(
    "has the question whether it was read behind it (joined with others: %s)",
    async (isJoined) => {
      const { boards, syncHost, url } = await startSyncHost();
      const { id, editToken } = await boards.create();
      const webSocket = new WebSocket(`${url}/yjs/${id}?token=${editToken}`);
      const heard: string[] = [];
      webSocket.on("message", (data: Buffer) => {
        if (data.length >= syncLimits.largeFrameBytes) heard.push("large");
      });
      webSocket.on("ping", (data: Buffer) => heard.push(data.toString()));
      await expect.poll(() => syncHost.people(id)).toHaveLength(1);
      const payload = new Uint8Array(syncLimits.largeFrameBytes);
      const message = new SharedMessage({ type: "sync", sync: { kind: "update", payload } });
      await syncHost.withBoard(id, ({ channels }) => {
        for (const channel of channels) {
          if (isJoined) channel.hold();
          channel.sendUpdate(message);
          if (isJoined) channel.release(new FrameJoiner());
        }
      });
      await expect.poll(() => heard).toHaveLength(2);
      expect(heard).toEqual(["large", "read"]);
      webSocket.terminate();
    },
  );
});
