import { defineConfig } from "vitest/config";

/** Measurements that print a table; `npm run bench:binding`. Not part of the tests. */
export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.bench.ts"],
    fileParallelism: false,
    testTimeout: 300_000,
  },
});
