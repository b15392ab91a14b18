import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { DocumentKeys, deletionRange } from "./keys.ts";
import { replay } from "../contract/test-contract-stores.ts";
import { parseVersionId } from "../version-rules.ts";
import type { FailingRead } from "./test-failing-read.ts";
import type { FailingTable } from "./test-failing-table.ts";
import { storesForTests, withLevel } from "./test-stores.ts";
import { unfinishedRange, VersionKeys, versionRange } from "./version-keys.ts";

const stores = storesForTests();
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let shim = "";
beforeEach(({ skip }) => {
  shim = join(stores.folder, "disk-faults.so");
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-o", shim, fileOf("test-disk-faults.c"), "-ldl"]);
  } catch (error) {
    if (process.env["CI"]) throw error;
    process.stderr.write("skipped: no C compiler on this machine to make disk faults with\n");
    skip("no C compiler");
  }
});

function run(
  file: string,
  args: string[],
  faults: Record<string, string>,
): { output: string; signal: string | null } {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [fileOf(file), ...args], {
    env: { ...process.env, LD_PRELOAD: shim, ...faults },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return { output: stdout, signal };
}

describe("a commit whose fsync fails", () => {
  it("is refused, and undone although its bytes were written", () => {
    const trigger = join(stores.folder, "fail");
    const { output } = run("test-failing-fsync.ts", [stores.dataDir, trigger], {
      FAIL_FSYNC_WHILE: trigger,
    });
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
  });
});

describe("a disk that cannot be read", () => {
  it("is said to fail, and what is on it is not taken for damaged or absent", () => {
    const trigger = join(stores.folder, "fail");
    const { output } = run("test-failing-read.ts", [stores.dataDir, trigger], {
      FAIL_READ_WHILE: trigger,
    });
    const { openedFailing, failing, after, damagedEntries } = JSON.parse(output) as FailingRead;
    // Not "STORE_DAMAGED", for which one would restore a backup.
    expect(openedFailing).toBe("STORE_READ");
    const whole = Array.from({ length: 12 }, () => true);
    for (const outcomes of [failing.documents, failing.records]) {
      expect(outcomes).toContain("STORE_READ");
      // What is in a table that is open already is read as ever.
      expect(["STORE_READ", true]).toEqual(expect.arrayContaining(outcomes));
    }
    expect(failing).toMatchObject({ versions: "STORE_READ", names: "STORE_READ" });
    expect(after).toEqual({ documents: whole, records: whole, versions: whole, names: 12 });
    expect(damagedEntries).toBe(0);
  });
});

describe("a disk that cannot read one table", () => {
  it("keeps from nobody what is in the others, and loses nothing of what is in it", () => {
    const trigger = join(stores.folder, "fail");
    const { output } = run("test-failing-table.ts", [stores.folder, trigger], {
      FAIL_READ_WHILE: trigger,
    });
    const tables = JSON.parse(output) as FailingTable[];
    for (const { table, updatesInTable, recordsInTable, opened, failing, after } of tables) {
      const acknowledged = updatesInTable.map((_, index) => failing?.appended[index] === true);
      expect([table, after]).toEqual([
        table,
        {
          loaded: acknowledged.map((isChanged) => (isChanged ? 2 : 1)),
          appended: acknowledged.map(() => true),
          names: updatesInTable.length,
          records: 600,
          damagedEntries: 0,
        },
      ]);
      if (failing === null) {
        // An opening looks for what is left to do, between the documents and the records.
        expect([opened, updatesInTable.at(-1), recordsInTable > 0]).toEqual([
          "STORE_READ",
          1,
          true,
        ]);
        continue;
      }
      const first = updatesInTable.findIndex((updates) => updates > 0);
      for (const [index, updates] of updatesInTable.entries()) {
        const found = [table, index, failing.loaded[index], failing.appended[index]];
        if (updates > 0) expect(found[2]).toBe("STORE_READ");
        // LevelDB looks there for more of the one before, too.
        else if (index !== first - 1) expect(found).toEqual([table, index, 1, true]);
      }
      expect([updatesInTable.length, "STORE_READ"]).toContain(failing.names);
      expect(failing.records).toBe(recordsInTable > 0 ? "STORE_READ" : 600);
      expect(failing.damagedEntries).toBe(0);
    }
    expect(tables.flatMap(({ setAside }) => setAside)).toEqual([]);
    expect(tables.filter(({ failing }) => failing === null)).toHaveLength(1);
    // A document of more tables than one was changed while its last could not be read, or refused.
    const ends = tables.filter(({ updatesInTable: [, , , fourth] }) => fourth === 3);
    const outcomes = ends.map(({ failing }) => failing?.appended[3]);
    expect(outcomes).toEqual([true, "STORE_READ"]);
  });
});

describe("a process that dies at any of its commits", () => {
  it("leaves a document that opens whole, and finishes its deletion at the next start", async () => {
    const entries = Array.from({ length: 40 }, (_, index) => `entry ${index}`);
    const keys = new DocumentKeys("a");
    for (let death = 1; ; death++) {
      const dataDir = join(stores.folder, `death-${death}`);
      const { output, signal } = run("test-short-life.ts", [dataDir], {
        KILL_AT_FSYNC: String(death),
      });
      const store = await stores.open({ minCompactionBytes: 1e9 }, dataDir);
      const stored = await store.updates.load("a");
      expect(stored?.damage ?? null).toBeNull();
      if (output.includes("deleted")) expect(stored).toBeNull();
      else if (output.includes("appended")) {
        // Between asking for the deletion and its acknowledgement it may have happened or not.
        if (stored !== null || !output.includes("deleting")) {
          expect(replay(stored).getArray("l").toJSON()).toEqual(entries);
          expect(stored?.lastSequence).toBe(40);
        }
      }
      const versions = await store.versions.list("a");
      const found = versions.map(({ details }) => String(Buffer.from(details)));
      if (output.includes("deleted")) expect(found).toEqual([]);
      else if (output.includes("unmade first")) {
        if (!output.includes("deleting")) expect(found).toEqual(["second"]);
      } else if (output.includes("made second")) expect(found).toContain("second");
      else if (output.includes("made first")) expect(found).toContain("first");
      for (const { id } of versions) {
        const document = new Y.Doc();
        Y.applyUpdate(document, (await store.versions.load("a", id)) ?? Uint8Array.of());
        expect(document.getArray("l").toJSON()).toEqual(entries);
      }
      await store.settled();
      expect((await store.updates.load("a"))?.lastSequence).toBe(stored?.lastSequence);
      await store.close();
      // Of versions nothing is left but what belongs to those that count.
      const versionKeys = new VersionKeys("a");
      const numbers = new Set(versions.map(({ id }) => parseVersionId(id)));
      const left = await withLevel(dataDir, async (level) => [
        ...(await level.keys(deletionRange()).all()),
        ...(await level.keys(unfinishedRange()).all()),
        ...(await level.keys(versionRange()).all()).filter(
          (key) => !numbers.has(versionKeys.parse(key)),
        ),
        ...(stored === null ? await level.keys(keys.all()).all() : []),
      ]);
      expect(left).toEqual([]);
      if (signal === null) {
        // It lived: every commit of that life has been one's last.
        expect(output).toContain("compacted 1");
        expect(output).toContain(`commits ${death - 1}`);
        expect(death).toBeGreaterThan(20);
        return;
      }
      expect(signal).toBe("SIGKILL");
    }
  });
});
