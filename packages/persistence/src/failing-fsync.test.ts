import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { storesForTests } from "./test-stores.ts";

const stores = storesForTests();
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

it(
  "undoes a commit whose fsync failed after its bytes were written",
  { timeout: 60_000 },
  ({ skip }) => {
    const shim = join(stores.folder, "failing-fsync.so");
    try {
      execFileSync("cc", ["-shared", "-fPIC", "-o", shim, fileOf("test-failing-fsync.c"), "-ldl"]);
    } catch (error) {
      if (process.env["CI"]) throw error;
      process.stderr.write("skipped: no C compiler here to make fsync fail with\n");
      skip("no C compiler");
    }
    const trigger = join(stores.folder, "fail");
    const output = execFileSync(
      process.execPath,
      [fileOf("test-failing-fsync.ts"), stores.dataDir, trigger],
      { env: { LD_PRELOAD: shim, FAIL_FSYNC_WHILE: trigger }, encoding: "utf8" },
    );
    expect(JSON.parse(output)).toMatchObject({
      outcome: "STORE_WRITE",
      changed: 1,
      deleted: 1,
      added: null,
      a: 1,
      b: null,
      after: [2, null],
      stats: { failedCommits: 1, queuedOperations: 0, queuedBytes: 0 },
    });
  },
);
