import { decodeAwareness, encodeAwareness, FrameError, limits } from "@boardwalk/board-model";
import type { AwarenessEntry } from "@boardwalk/board-model";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { BroadcastTick } from "./broadcast-tick.ts";
import { LimitError } from "./limit-error.ts";
import { syncLimits } from "./limits.ts";
import { PresenceRelay, type PresenceChannel } from "./presence-relay.ts";
import type { SharedMessage } from "./shared-message.ts";
import { TickTimer } from "./tick-timer.ts";

/** A connection that keeps what it is sent, and may be slow. */
class Receiver implements PresenceChannel {
  shownName: string | null = null;
  isSlow = false;
  readonly frames: AwarenessEntry[][] = [];

  sendAwareness({ message }: SharedMessage): boolean {
    if (this.isSlow) return false;
    if (message.type !== "awareness") throw new TypeError("Not presence");
    this.frames.push(decodeAwareness(message.update, 10_000));
    return true;
  }

  /** The names it shows, by client id, after all that it was sent. */
  get shown(): Record<number, string> {
    const shown: Record<number, string> = {};
    for (const { clientId, state } of this.frames.flat()) {
      if (state === "null") delete shown[clientId];
      else shown[clientId] = (JSON.parse(state) as { name: string }).name;
    }
    return shown;
  }
}

function named(clientId: number, clock: number, name: string): AwarenessEntry {
  return { clientId, clock, state: JSON.stringify({ name }) };
}

function gone(clientId: number, clock: number): AwarenessEntry {
  return { clientId, clock, state: "null" };
}

let relay: PresenceRelay;

beforeEach(() => {
  vi.useFakeTimers();
  relay = new PresenceRelay(new BroadcastTick(new TickTimer()));
  onTestFinished(() => {
    relay.close();
    vi.useRealTimers();
  });
});

function enter(): Receiver {
  const channel = new Receiver();
  relay.join(channel);
  return channel;
}

function say(channel: Receiver, ...entries: AwarenessEntry[]): number {
  return relay.receive(channel, encodeAwareness(entries));
}

function tick(): void {
  vi.advanceTimersByTime(limits.presenceIntervalMs + syncLimits.tickResolutionMs);
}

describe("presence", () => {
  it("reaches everyone, and who comes later", () => {
    const [ann, bob] = [enter(), enter()];
    expect(say(ann, named(1, 1, "Ann"))).toBe(0);
    tick();
    expect(bob.shown).toEqual({ 1: "Ann" });
    expect(enter().shown).toEqual({ 1: "Ann" });
  });

  it("goes out at once when it is quiet, and once a tick when it is not", () => {
    const [ann, bob] = [enter(), enter()];
    say(ann, named(1, 1, "Ann"));
    vi.advanceTimersByTime(1);
    expect(bob.frames).toHaveLength(1);
    for (let clock = 2; clock <= 50; clock++) say(ann, named(1, clock, `Ann ${clock}`));
    vi.advanceTimersByTime(1);
    expect(bob.frames).toHaveLength(1);
    tick();
    expect(bob.frames).toHaveLength(2);
    expect(bob.frames[1]).toEqual([named(1, 50, "Ann 50")]);
  });

  it("leaves with the connection", () => {
    const [ann, bob] = [enter(), enter()];
    say(ann, named(1, 5, "Ann"));
    tick();
    relay.leave(ann);
    relay.leave(ann);
    tick();
    expect(bob.frames.at(-1)).toEqual([gone(1, 5)]);
    expect(enter().frames).toEqual([]);
  });

  it("leaves when its client says so, with the clock it had or a later one", () => {
    const [ann, bob] = [enter(), enter()];
    for (const clock of [3, 4]) {
      say(ann, named(1, 3, "Ann"));
      tick();
      expect(bob.shown).toEqual({ 1: "Ann" });
      say(ann, gone(1, clock));
      tick();
      expect(bob.shown).toEqual({});
    }
  });

  it("does not go back in time, and is not repeated", () => {
    const [ann, bob] = [enter(), enter()];
    say(ann, named(1, 7, "Ann"));
    tick();
    say(ann, named(1, 6, "old"), named(1, 7, "again"), gone(1, 6), gone(99, 1));
    tick();
    expect(bob.frames).toHaveLength(1);
    expect(enter().shown).toEqual({ 1: "Ann" });
  });

  it("of another is refused: neither changed nor removed, and only that", () => {
    const [ann, eve, bob] = [enter(), enter(), enter()];
    say(ann, named(1, 1, "Ann"));
    expect(say(eve, named(1, 9, "Eve"), gone(1, 10), named(2, 1, "Eve"))).toBe(2);
    tick();
    expect(bob.shown).toEqual({ 1: "Ann", 2: "Eve" });
    relay.leave(eve);
    tick();
    expect(bob.shown).toEqual({ 1: "Ann" });
  });

  it("of who has left can be taken up by who comes back", () => {
    const [ann, bob] = [enter(), enter()];
    say(ann, named(1, 8, "Ann"));
    tick();
    relay.leave(ann);
    say(enter(), named(1, 9, "Ann again"));
    tick();
    expect(bob.shown).toEqual({ 1: "Ann again" });
  });

  it("may mention all who are here, as clients that tidy up do", () => {
    const channels = Array.from({ length: 30 }, enter);
    for (const [index, channel] of channels.entries()) say(channel, named(index, 1, "x"));
    const [first] = channels;
    if (first === undefined) throw new Error("Nobody is here");
    expect(say(first, ...channels.map((_, index) => gone(index, 1)))).toBe(29);
  });

  it("of more clients than a connection may have is refused", () => {
    const channel = enter();
    const clients = Array.from({ length: syncLimits.presenceClientsPerChannel }, (_, id) => id);
    say(channel, ...clients.map((id) => named(id, 1, "x")));
    expect(() => say(channel, named(100, 1, "x"))).toThrow(LimitError);
    // With one gone there is room for another.
    say(channel, gone(0, 1));
    expect(say(channel, named(100, 1, "x"))).toBe(0);
  });

  it.each(["", "{", "7", '"x"', "true"])("that is %j is refused", (state) => {
    const [eve, bob] = [enter(), enter()];
    expect(() => say(eve, { clientId: 1, clock: 1, state })).toThrow(FrameError);
    tick();
    expect(bob.frames).toEqual([]);
  });

  it("is measured in bytes", () => {
    const channel = enter();
    const ofBytes = (bytes: number) => `{"n":"${"é".repeat((bytes - 8) / 2)}"}`;
    const largest = ofBytes(limits.presenceBytes);
    expect(Buffer.byteLength(largest)).toBe(limits.presenceBytes);
    expect(say(channel, { clientId: 1, clock: 1, state: largest })).toBe(0);
    const tooLarge = ofBytes(limits.presenceBytes + 2);
    expect(() => say(channel, { clientId: 1, clock: 2, state: tooLarge })).toThrow(LimitError);
  });

  it.each([[[]], [[5]], [[1, 1, 1]], [[255, 255, 255]]])("cannot be read from %j", (bytes) => {
    expect(() => relay.receive(enter(), Uint8Array.from(bytes))).toThrow(FrameError);
  });

  it("from a connection that is not here is nothing", () => {
    const [ann, bob] = [enter(), enter()];
    relay.leave(ann);
    expect(say(ann, named(1, 1, "Ann"))).toBe(0);
    tick();
    expect(bob.frames).toEqual([]);
  });

  it("reaches a slow reader later, with who has left meanwhile", () => {
    const [ann, bob, slow] = [enter(), enter(), enter()];
    say(ann, named(1, 1, "Ann"));
    say(bob, named(2, 1, "Bob"));
    tick();
    slow.isSlow = true;
    relay.leave(ann);
    tick();
    say(bob, named(2, 2, "Bobby"));
    tick();
    expect(slow.shown).toEqual({ 1: "Ann", 2: "Bob" });
    slow.isSlow = false;
    say(bob, named(2, 3, "Robert"));
    tick();
    expect(slow.shown).toEqual({ 2: "Robert" });
    expect(slow.frames).toHaveLength(2);
    // What it was told late it is not told again.
    say(bob, named(2, 4, "Rob"));
    tick();
    expect(slow.frames.at(-1)).toEqual([named(2, 4, "Rob")]);
  });

  it("reaches who was too slow to be told at the door", () => {
    const ann = enter();
    say(ann, named(1, 1, "Ann"));
    tick();
    const slow = new Receiver();
    slow.isSlow = true;
    relay.join(slow);
    slow.isSlow = false;
    say(enter(), named(2, 1, "Bob"));
    tick();
    expect(slow.shown).toEqual({ 1: "Ann", 2: "Bob" });
  });

  it("does not pile up for a slow reader", () => {
    const slow = enter();
    slow.isSlow = true;
    for (let id = 1; id <= syncLimits.missedPresence + 500; id++) {
      const passerBy = enter();
      say(passerBy, named(id, 1, "x"));
      relay.leave(passerBy);
      if (id % 100 === 0) tick();
    }
    slow.isSlow = false;
    say(enter(), named(0, 1, "last"));
    tick();
    expect(slow.frames).toHaveLength(1);
    expect(slow.frames[0]?.length).toBe(syncLimits.missedPresence);
    expect(slow.frames[0]).toContainEqual(named(0, 1, "last"));
  });

  it("is silent after it was closed", () => {
    const [ann, bob] = [enter(), enter()];
    say(ann, named(1, 1, "Ann"));
    relay.close();
    tick();
    expect(bob.frames).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
