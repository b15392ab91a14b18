import { randomFillSync } from "node:crypto";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { storesOn } from "../contract/test-contract-stores.ts";
import { openStore } from "../open-store.ts";
import { mountMemory, unmount } from "../test-memory-disk.ts";
import { isSkipped, PostgresServer } from "./test-postgres-server.ts";

const DISK_BYTES = 96 * 1024 * 1024;

describe.skipIf(isSkipped)("a database on a full disk", () => {
  let disk = "";
  let isMounted = false;
  afterAll(async () => {
    if (isMounted) unmount(disk);
    if (disk !== "") await rm(disk, { recursive: true });
  });
  // Registered later, and so run before the disk is taken away.
  const file = PostgresServer.forFile(async () => {
    disk = await mkdtemp(join(tmpdir(), "boardwalk-disk-"));
    isMounted = mountMemory(disk, `size=${DISK_BYTES}`);
    return disk;
  });
  let databaseUrl = "";
  const stores = storesOn(async () => {
    databaseUrl = await file.server.createDatabase();
    return (options) => openStore({ dataDir: "nowhere", databaseUrl, ...options });
  });

  it("refuses, stays readable, recovers by itself, and loses nothing acknowledged", async ({
    skip,
  }) => {
    if (!isMounted) skip("no tmpfs can be mounted on this machine");
    const store = await stores.open({ minCompactionBytes: 1e9 });
    const kept: number[] = [];
    const update = (number: number): Buffer => {
      const bytes = randomFillSync(Buffer.alloc(3000)); // Must not compress.
      bytes.fill(0xff, 0, 4); // Nothing that Yjs could make a document of.
      bytes.writeUInt32BE(number, 4);
      return bytes;
    };
    const numbers = async (): Promise<number[]> => {
      const stored = await store.updates.load("a");
      expect(stored).toMatchObject({ damage: null, lastSequence: kept.length });
      return (stored?.updates ?? []).map((bytes) => Buffer.from(bytes).readUInt32BE(4));
    };
    let next = 0;
    for (let round = 0; round < 2; round++) {
      const { bavail, bsize } = await statfs(disk);
      await writeFile(join(disk, "filler"), Buffer.alloc(Math.max(0, bavail * bsize - 200_000)));
      let refusal: unknown = null;
      for (const endNext = next + 900; refusal === null && next < endNext; next++) {
        refusal = await store.updates.append("a", update(next)).then(
          () => null,
          (error: unknown) => error,
        );
        if (refusal === null) kept.push(next);
      }
      expect(refusal).toMatchObject({ code: "STORE_FULL" });
      expect(await numbers()).toEqual(kept);

      await rm(join(disk, "filler"));
      for (const endNext = next + 5; next < endNext; next++) {
        await store.updates.append("a", update(next));
        kept.push(next);
      }
      expect(await numbers()).toEqual(kept);
    }
  });
});
