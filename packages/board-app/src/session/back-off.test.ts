import { describe, expect, it } from "vitest";
import { backOffMs, reconnectBackOff } from "./back-off.ts";

describe("the wait before a reconnect", () => {
  it("doubles up to its limit and is spread over more than half of it", () => {
    const longest = [0, 1, 2, 3, 20].map((attempt) => backOffMs(attempt, 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, reconnectBackOff.maxMs]);
    for (const attempt of [0, 3, 50]) {
      expect(backOffMs(attempt, 0)).toBeLessThan(backOffMs(attempt, 1) / 2);
      expect(backOffMs(attempt, 0)).toBeGreaterThan(0);
    }
  });
});
