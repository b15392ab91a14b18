import { defineConfig } from "vitest/config";

/** A busy two-core machine is slow; a hang is still found. */
const patience = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000, interval: 20 } },
};

// Groups run one after the other, so that no server under test shares the machine with a browser.
// What only computes comes behind the servers' tests, and fills the gaps that they leave.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "integration",
          include: ["tests/{contracts,integration,regressions}/**/*.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          ...patience,
        },
      },
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.{ts,tsx}"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          ...patience,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...patience,
        },
      },
      {
        test: {
          name: "bench",
          include: ["tests/bench/**/*.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...patience,
        },
      },
    ],
  },
});
