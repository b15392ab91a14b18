import { openStore, type Store } from "@boardwalk/persistence";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import * as Y from "yjs";
import { encodeArchive } from "../archive/archive-writer.ts";
import { archiveFormat, type ArchivePart } from "../archive/archive-part.ts";
import { archiveStore } from "../archive/server-archive.ts";
import { temporaryFolder } from "../test-server.ts";
import { formatBytes } from "./progress.ts";
import { restoreCommand } from "./restore-command.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** Repeats what the test does to the archive. */
const seed = 7;

let folder = "";
let archivePath = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  archivePath = join(folder, "archive");
});

async function restore(): Promise<{ exitCode: number; output: string }> {
  let output = "";
  const terminal = { write: (text: string) => (output += text) };
  const home = { dataDir: join(folder, "target"), databaseUrl: null };
  const exitCode = await restoreCommand({ home, archivePath }, terminal);
  return { exitCode, output };
}

async function fill(store: Store): Promise<void> {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, "some text, ".repeat(50));
  await store.updates.append("one", Y.encodeStateAsUpdate(doc));
  doc.getText("t").insert(0, "and more");
  await store.updates.append("one", Y.encodeStateAsUpdate(doc));
  await store.versions.create("one", Buffer.from("details"));
  await store.commit([{ type: "put", key: "board/one", value: Buffer.from("record") }]);
  // More than one piece.
  await store.assets.put(Readable.from([Buffer.alloc(2_500_000, 3)]), { maxBytes: 3_000_000 });
}

/** Writes the archive of a small store. */
async function writeArchive(): Promise<Buffer> {
  const store = await openStore({ dataDir: join(folder, "source"), logger: silent });
  await fill(store);
  await writeFile(archivePath, encodeArchive(archiveStore(store, new Date(0))));
  await store.close();
  return readFile(archivePath);
}

async function writeParts(parts: readonly ArchivePart[]): Promise<void> {
  await writeFile(archivePath, encodeArchive(Readable.from(parts)));
}

const beginning: ArchivePart = {
  head: {
    type: "archive",
    format: archiveFormat,
    kind: "server",
    createdAt: new Date(0).toISOString(),
  },
};

describe("an archive of a store", () => {
  it("brings back documents, versions, records and assets as they were", async () => {
    const first = await writeArchive();
    expect((await restore()).exitCode).toBe(0);
    const store = await openStore({ dataDir: join(folder, "target"), logger: silent });
    await writeFile(archivePath, encodeArchive(archiveStore(store, new Date(0))));
    await store.close();
    expect((await readFile(archivePath)).equals(first)).toBe(true);
  });

  it("says how far it has come, first with checking and then with restoring", async () => {
    const { length } = await writeArchive();
    // Long enough between any two looks at the clock to say it again.
    let nowMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 10_000));
    onTestFinished(() => clock.mockRestore());
    const lines = (await restore()).output.split("\n");
    for (const done of ["checked", "restored"]) {
      const told = lines.filter((line) => line.endsWith(` of ${formatBytes(length)} ${done}`));
      expect(told.length).toBeGreaterThan(2);
      expect(told.at(-1)).toBe(`${formatBytes(length)} of ${formatBytes(length)} ${done}`);
    }
    expect(lines.findLastIndex((line) => line.endsWith("checked"))).toBeLessThan(
      lines.findIndex((line) => line.endsWith("restored")),
    );
  });

  it("is refused whichever byte is changed, before there is anything", async () => {
    const whole = await writeArchive();
    let state = seed;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % limit;
    };
    // The heads are in the first bytes, a large file in the middle, the end in the last.
    const places = [
      ...Array.from({ length: 60 }, () => below(2_000)),
      ...Array.from({ length: 20 }, () => below(whole.length)),
      ...Array.from({ length: 60 }, () => whole.length - 1 - below(200)),
    ];
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
      await writeFile(archivePath, bytes);
      const { exitCode, output } = await restore();
      expect([at, exitCode]).toEqual([at, 2]);
      expect(output).toContain("Nothing was changed");
    }
    expect(await readdir(folder)).not.toContain("target");
  });

  it("is refused wherever it is cut off, or goes on", async () => {
    const whole = await writeArchive();
    const lengths = [0, 1, 17, 18, 26, 27, 500, whole.length >> 1, whole.length - 1];
    for (const length of lengths) {
      await writeFile(archivePath, whole.subarray(0, length));
      expect([length, (await restore()).exitCode]).toEqual([length, 2]);
    }
    await writeFile(archivePath, Buffer.concat([whole, Buffer.from([0])]));
    expect((await restore()).output).toContain("something behind its end");
    await writeFile(archivePath, Buffer.concat([whole, whole]));
    expect((await restore()).exitCode).toBe(2);
    expect(await readdir(folder)).not.toContain("target");
  });

  it.each<[string, readonly ArchivePart[], string]>([
    [
      "of a later format",
      [{ head: { type: "archive", format: 2, kind: "server", createdAt: "soon" } }],
      "has format 2; this version reads up to 1",
    ],
    [
      "of one board",
      [
        {
          head: { type: "archive", format: 1, kind: "board", createdAt: new Date(0).toISOString() },
        },
      ],
      "an archive of one board, not of a whole server",
    ],
    ["that begins in the middle", [{ head: { type: "record", key: "a" } }], "beginning is missing"],
    ["that begins twice", [beginning, beginning], "begins twice"],
    [
      "that lacks an update",
      [
        beginning,
        { head: { type: "document", name: "a", updates: 2 } },
        { piece: Buffer.from("1"), isLast: true },
      ],
      "a value is missing",
    ],
    [
      "with a value of nothing",
      [beginning, { piece: Buffer.from("1"), isLast: true }],
      "belongs to nothing",
    ],
    [
      "with another file than it says",
      [
        beginning,
        { head: { type: "asset", sha256: "0".repeat(64) } },
        { piece: Buffer.from("1"), isLast: true },
      ],
      "is not the one it is named by",
    ],
  ])("%s is refused", async (_what, parts, told) => {
    await writeParts(parts);
    const { exitCode, output } = await restore();
    expect(output).toContain(told);
    expect(output).toContain("Nothing was changed");
    expect(exitCode).toBe(2);
  });

  it("tells what was damaged when it was made", async () => {
    const damage = { type: "damage", subject: "document a", message: "is damaged" } as const;
    await writeParts([beginning, { head: damage }]);
    const { exitCode, output } = await restore();
    expect(output).toContain("- document a: is damaged");
    expect(exitCode).toBe(1);
  });
});
