import { defineConfig } from "vitest/config";

/** A browser starting on a busy two-core machine is slow; a hang is still found. */
const slowTestTimeoutMs = 120_000;

// Groups run one after the other, so a server under test never shares the
// machine with a browser, and projects may differ in how many files run at once.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.{ts,tsx}"],
          testTimeout: slowTestTimeoutMs,
          hookTimeout: slowTestTimeoutMs,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["tests/{contracts,integration,regressions}/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: slowTestTimeoutMs,
          hookTimeout: slowTestTimeoutMs,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          maxWorkers: 2,
          // Two browsers on two cores: what only came too late is not a fault. The report says so.
          retry: 1,
          testTimeout: slowTestTimeoutMs,
          hookTimeout: slowTestTimeoutMs,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "bench",
          include: ["tests/bench/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: slowTestTimeoutMs,
          hookTimeout: slowTestTimeoutMs,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
