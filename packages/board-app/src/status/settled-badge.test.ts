import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { badgeText, type BadgeSource } from "./save-badge.ts";
import { announcedAfterMs, SettledBadge, shownAfterMs } from "./settled-badge.ts";

/** What a session says, set by the test. */
class ScriptedState {
  state: BadgeSource = {
    status: "online",
    blocked: null,
    unsaved: 0,
    notSaved: null,
    keptLocally: true,
  };
  readonly #listeners = new Set<() => void>();

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(change: Partial<BadgeSource>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function watch() {
  const session = new ScriptedState();
  const settled = new SettledBadge(session);
  const shown: string[] = [];
  const heard: string[] = [];
  const stop = settled.subscribe(() => {
    const { badge, announcement } = settled.getView();
    if (shown.at(-1) !== badgeText(badge)) shown.push(badgeText(badge));
    if (announcement !== "" && heard.at(-1) !== announcement) heard.push(announcement);
  });
  return { session, shown, heard, stop };
}

describe("the settled badge", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("does not flicker while strokes are saved quickly", () => {
    const { session, shown, heard } = watch();
    for (let stroke = 0; stroke < 50; stroke++) {
      session.set({ unsaved: 1 });
      vi.advanceTimersByTime(shownAfterMs - 1);
      session.set({ unsaved: 0 });
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(announcedAfterMs);
    expect(shown).toEqual([]);
    expect(heard).toEqual([]);
  });

  it("shows a save that takes long, and its end at once, without a word", () => {
    const { session, shown, heard } = watch();
    session.set({ unsaved: 1 });
    vi.advanceTimersByTime(shownAfterMs);
    expect(shown).toEqual(["Saving…"]);
    session.set({ unsaved: 0 });
    expect(shown).toEqual(["Saving…", "Saved"]);
    vi.advanceTimersByTime(announcedAfterMs * 2);
    expect(heard).toEqual([]);
  });

  it("shows at once that the connection is lost, and says it once while it keeps trying", () => {
    const { session, shown, heard } = watch();
    session.set({ status: "offline", unsaved: 1 });
    expect(shown).toEqual(["Offline, kept on this device"]);
    for (let attempt = 0; attempt < 10; attempt++) {
      session.set({ status: "connecting" });
      vi.advanceTimersByTime(50);
      session.set({ status: "offline" });
      vi.advanceTimersByTime(1_000);
    }
    expect(shown).toEqual(["Offline, kept on this device"]);
    expect(heard).toEqual(["Offline, kept on this device"]);
    session.set({ status: "online", unsaved: 0 });
    vi.advanceTimersByTime(announcedAfterMs);
    expect(shown.at(-1)).toBe("Saved");
    expect(heard).toEqual(["Offline, kept on this device", "Online again, everything is saved"]);
  });

  it("says when something is kept on this device alone, and not at every stroke", () => {
    const { session, shown, heard } = watch();
    session.set({ status: "offline" });
    vi.advanceTimersByTime(announcedAfterMs);
    for (let unsaved = 1; unsaved <= 10; unsaved++) {
      session.set({ unsaved });
      vi.advanceTimersByTime(announcedAfterMs);
    }
    expect(shown).toEqual(["Offline, all saved", "Offline, kept on this device"]);
    expect(heard).toEqual(shown);
  });

  it("shows an attempt to connect that takes long", () => {
    const { session, shown } = watch();
    session.set({ status: "offline" });
    session.set({ status: "connecting" });
    vi.advanceTimersByTime(shownAfterMs);
    expect(shown.at(-1)).toBe("Connecting…");
  });

  it("says nothing of an interruption that is over before it would be heard", () => {
    const { session, heard } = watch();
    session.set({ status: "offline" });
    vi.advanceTimersByTime(announcedAfterMs / 2);
    session.set({ status: "online" });
    vi.advanceTimersByTime(announcedAfterMs * 3);
    expect(heard).toEqual([]);
  });

  it("leaves no timer behind", () => {
    const { session, stop } = watch();
    session.set({ unsaved: 1 });
    session.set({ status: "offline" });
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
