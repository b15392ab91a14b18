import { expect, it } from "vitest";
import { KeyedBudget } from "./keyed-budget.ts";

it("a key may use up its own budget, and again when the window is over", () => {
  let nowMs = 0;
  const budget = new KeyedBudget({ max: 100, windowMs: 1_000, nowMs: () => nowMs });
  budget.spend("one", 60);
  nowMs = 400;
  expect(budget.waitMs("one")).toBe(0);
  budget.spend("one", 60);
  expect(budget.waitMs("one")).toBe(600);
  expect(budget.waitMs("other")).toBe(0);
  nowMs = 1_000;
  expect(budget.waitMs("one")).toBe(0);
  budget.spend("one", 99);
  expect(budget.waitMs("one")).toBe(0);
});
