import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import * as Y from "yjs";
import { BroadcastTick } from "./broadcast-tick.ts";
import { syncLimits } from "./limits.ts";
import type { SharedMessage } from "./shared-message.ts";
import { liveDocumentOf } from "./test-live-document.ts";
import { TickTimer } from "./tick-timer.ts";
import { UpdateRelay, type UpdateChannel } from "./update-relay.ts";

/** A connection that applies what it is sent. */
class Receiver implements UpdateChannel {
  readonly document = new Y.Doc();
  messages = 0;

  sendUpdate({ message }: SharedMessage): void {
    if (message.type !== "sync") throw new TypeError("Not a change");
    this.messages++;
    Y.applyUpdate(this.document, message.sync.payload);
  }

  get records(): unknown {
    return this.document.getMap("records").toJSON();
  }
}

const [ann, bob, eve] = [new Receiver(), new Receiver(), new Receiver()];
let document: Y.Doc;

beforeEach(() => {
  vi.useFakeTimers();
  document = new Y.Doc();
  const tick = new BroadcastTick(new TickTimer());
  const channels = [ann, bob, eve];
  for (const channel of channels) channel.messages = 0;
  const relay = new UpdateRelay(liveDocumentOf(document), channels, tick);
  onTestFinished(() => {
    tick.close();
    relay.close();
    vi.useRealTimers();
  });
});

function change(origin: Receiver | null, key: string): void {
  document.transact(() => document.getMap("records").set(key, 1), origin);
}

function waitForTick(): void {
  vi.advanceTimersByTime(syncLimits.flushIntervalMs + syncLimits.tickResolutionMs);
}

describe("changes of a board", () => {
  it("go out at once when it is quiet, and once a tick when it is not", () => {
    change(ann, "a");
    vi.advanceTimersByTime(1);
    expect(bob.messages).toBe(1);
    for (let step = 0; step < 10; step++) change(ann, `a${step}`);
    vi.advanceTimersByTime(1);
    expect(bob.messages).toBe(1);
    waitForTick();
    expect(bob.messages).toBe(2);
    expect(bob.records).toEqual(document.getMap("records").toJSON());
  });

  it("do not come back to whoever made all of them", () => {
    change(ann, "a");
    change(ann, "b");
    waitForTick();
    expect([ann.messages, bob.messages, eve.messages]).toEqual([0, 1, 1]);
  });

  it("reach everyone when several made them, or the server did", () => {
    change(ann, "a");
    change(bob, "b");
    waitForTick();
    expect([ann.messages, bob.messages, eve.messages]).toEqual([1, 1, 1]);
    change(null, "c");
    waitForTick();
    expect([ann.messages, bob.messages, eve.messages]).toEqual([2, 2, 2]);
    for (const { records } of [ann, bob, eve]) expect(records).toHaveProperty("c");
  });

  it("go out before the tick when they are much", () => {
    change(ann, "a");
    waitForTick();
    change(ann, "b".repeat(syncLimits.joinedUpdateBytes));
    expect(bob.messages).toBe(2);
  });
});
