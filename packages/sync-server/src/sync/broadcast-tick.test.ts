import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { BroadcastTick } from "./broadcast-tick.ts";
import { syncLimits } from "./limits.ts";
import { TickTimer } from "./tick-timer.ts";

const { flushIntervalMs, tickResolutionMs } = syncLimits;
const longMs = 3 * flushIntervalMs;

let timer: TickTimer;

beforeEach(() => {
  vi.useFakeTimers();
  timer = new TickTimer();
  onTestFinished(() => {
    timer.close();
    vi.useRealTimers();
  });
});

/** A board's tick, and how often it came. */
function newTick() {
  const counted = { tick: new BroadcastTick(timer), count: 0 };
  counted.tick.join({ isDue: () => true, flush: () => counted.count++ });
  return counted;
}

describe("a tick", () => {
  it("comes at once at first, and then so long after the last as was asked for", () => {
    const board = newTick();
    board.tick.request(longMs);
    vi.advanceTimersByTime(1);
    expect(board.count).toBe(1);
    board.tick.request(longMs);
    vi.advanceTimersByTime(longMs - tickResolutionMs - 1);
    expect(board.count).toBe(1);
    vi.advanceTimersByTime(2 * tickResolutionMs + 1);
    expect(board.count).toBe(2);
  });

  it("that was asked for first does not keep an earlier one from coming, and comes with it", () => {
    const board = newTick();
    board.tick.flush();
    board.tick.request(longMs);
    board.tick.request(flushIntervalMs);
    expect(board.tick.isPending).toBe(true);
    vi.advanceTimersByTime(flushIntervalMs + tickResolutionMs);
    expect(board.count).toBe(2);
    expect(board.tick.isPending).toBe(false);
    vi.advanceTimersByTime(2 * longMs);
    expect(board.count).toBe(2);
  });

  it("comes at once for what may go out now, though a later one was asked for", () => {
    const board = newTick();
    board.tick.flush();
    board.tick.request(longMs);
    vi.advanceTimersByTime(flushIntervalMs + 1);
    board.tick.request(flushIntervalMs);
    vi.advanceTimersToNextTimer();
    expect(board.count).toBe(2);
    vi.advanceTimersByTime(2 * longMs);
    expect(board.count).toBe(2);
  });

  it("of a board comes whatever happens to another's", () => {
    const [one, other] = [newTick(), newTick()];
    for (const { tick } of [one, other]) {
      tick.flush();
      tick.request(flushIntervalMs);
    }
    one.tick.close();
    vi.advanceTimersByTime(flushIntervalMs + tickResolutionMs);
    expect([one.count, other.count]).toEqual([1, 2]);
  });

  it("takes no timer while none is due, nor once all is closed", () => {
    const { tick } = newTick();
    tick.flush();
    tick.request(flushIntervalMs);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(longMs);
    expect(vi.getTimerCount()).toBe(0);
    tick.request(longMs);
    timer.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
