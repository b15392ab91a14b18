import { describe, expect, it } from "vitest";
import { badgeOf, badgeText, wouldLoseWork, type BadgeSource } from "./save-badge.ts";

const online: BadgeSource = {
  status: "online",
  blocked: null,
  unsaved: 0,
  notSaved: null,
  keptLocally: true,
};

describe("the save badge", () => {
  it.each<[string, Partial<BadgeSource>]>([
    ["Saved", {}],
    ["Saving…", { unsaved: 3 }],
    ["Connecting…", { status: "connecting", unsaved: 3 }],
    ["Offline, kept on this device", { status: "offline", unsaved: 3 }],
    ["Offline, all saved", { status: "offline" }],
    ["Offline, not kept: do not close this page", { status: "offline", keptLocally: false }],
    ["Blocked, kept on this device", { status: "offline", blocked: "byProxy", unsaved: 1 }],
    ["Blocked, all saved", { status: "offline", blocked: "byProxy" }],
    [
      "Blocked, not kept: do not close this page",
      { status: "offline", blocked: "byProxy", keptLocally: false },
    ],
    ["Not saved: the server is full", { notSaved: "STORE_FULL", unsaved: 1 }],
    ["Not saved: the server cannot write", { notSaved: "STORE_UNAVAILABLE", unsaved: 1 }],
    ["Not saved: the server refused a change", { notSaved: "CHANGE_REFUSED" }],
    // What the server said before the connection was lost is not known to be so any more.
    ["Offline, kept on this device", { status: "offline", notSaved: "STORE_FULL", unsaved: 1 }],
  ])("says %j for %j", (expected, state) => {
    expect(badgeText(badgeOf({ ...online, ...state }))).toBe(expected);
  });

  it("is never Saved while a change is not durable", () => {
    for (const status of ["connecting", "online", "offline", "denied"] as const) {
      for (const keptLocally of [true, false]) {
        const badge = badgeOf({ ...online, status, keptLocally, unsaved: 1 });
        expect(badgeText(badge).toLowerCase()).not.toMatch(/all saved|^saved/);
      }
    }
  });
});

describe("leaving the page", () => {
  it("loses work only where it is neither saved nor kept", () => {
    expect(wouldLoseWork({ unsaved: 1, keptLocally: false })).toBe(true);
    expect(wouldLoseWork({ unsaved: 1, keptLocally: true })).toBe(false);
    expect(wouldLoseWork({ unsaved: 0, keptLocally: false })).toBe(false);
  });
});
