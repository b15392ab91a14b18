import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { draftBoard } from "../boards/board-draft.ts";
import type { BoardRecord } from "../boards/board-record.ts";
import { grantOf, type BoardGrant } from "../boards/grant.ts";
import { BoardAccess } from "./board-access.ts";

const startMs = Date.parse("2026-11-25T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: startMs });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A board whose links expire so long after the start, with someone in by each. */
function boardWithExpiries(afterMs: readonly number[]) {
  const { record } = draftBoard(startMs);
  const links = record.links.slice(0, afterMs.length).map((link, index) => {
    const expiresAt = new Date(startMs + (afterMs[index] ?? 0)).toISOString();
    return { ...link, expiresAt };
  });
  const board: BoardRecord = { ...record, links };
  return { board, grants: links.map((link) => grantOf(board, link, null, startMs)) };
}

function watched(board: BoardRecord, grants: readonly BoardGrant[], lookedAt: () => void) {
  const out = new Set<string>();
  const access = new BoardAccess({
    grants: () => grants,
    onExpiry: () => {
      for (const grant of grants) {
        if (access.standingOf(grant).kind === "denied") out.add(grant.linkId);
      }
      lookedAt();
    },
  });
  onTestFinished(() => access.close());
  access.change(board);
  return out;
}

it("puts everyone out whose link expires, each in time", () => {
  const { board, grants } = boardWithExpiries([1_000, 2_000]);
  const out = watched(board, grants, () => undefined);
  vi.advanceTimersByTime(1_000);
  expect([...out]).toEqual([grants[0]?.linkId]);
  vi.advanceTimersByTime(1_000);
  expect(out.size).toBe(2);
});

it("puts out whose link expires while it looks, by a timer that was early", () => {
  const { board, grants } = boardWithExpiries([1_000]);
  let looks = 0;
  const out = watched(board, grants, () => {
    if (looks++ === 0) vi.setSystemTime(startMs + 1_000);
  });
  // The wall clock is behind the one that timers go by.
  vi.setSystemTime(startMs - 1);
  vi.advanceTimersByTime(1_000);
  vi.advanceTimersByTime(1);
  expect(looks).toBe(2);
  expect(out.size).toBe(1);
});
