import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mountMemory, unmount } from "../test-memory-disk.ts";
import { storesForTests } from "./test-stores.ts";

const stores = storesForTests();

/** Opens a store in a process of its own; `outcome` is "opened" or the code of the refusal. */
function openElsewhere(dataDir: string): { outcome: Promise<string>; kill(): Promise<void> } {
  const source = `
    import { LevelStore } from ${JSON.stringify(new URL("./level-store.ts", import.meta.url).href)};
    const opening = LevelStore.open({ dataDir: process.argv[1], logger: console });
    console.log(await opening.then(() => "opened", (error) => error.code));
    await opening.then(() => setInterval(() => {}, 1000), () => {});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const outcome = once(child.stdout, "data").then(([data]) => String(data).trim());
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return { outcome, kill };
}

describe("opening and closing", () => {
  it("refuses a folder that another process has open, also after refusing itself", async () => {
    const dataDir = join(stores.folder, "data");
    const store = await stores.open();
    await expect(stores.open()).rejects.toMatchObject({ code: "STORE_LOCKED" });
    // LevelDB alone would have dropped its lock when the same process tried again.
    expect(await openElsewhere(dataDir).outcome).toBe("STORE_LOCKED");
    await store.close();

    const holder = openElsewhere(dataDir);
    expect(await holder.outcome).toBe("opened");
    const refused = stores.open();
    await expect(refused).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await expect(refused).rejects.toThrow(`${dataDir} is already open in another process`);
    await holder.kill();
    await stores.open();
  });

  it("refuses a folder it cannot create or write", async () => {
    const file = join(stores.folder, "file");
    await writeFile(file, "");
    const opening = stores.open({}, join(file, "data"));
    await expect(opening).rejects.toMatchObject({ code: "STORE_UNWRITABLE" });
    await expect(opening).rejects.toThrow(`${join(file, "data")} cannot be written (ENOTDIR)`);
  });

  it("refuses a read-only file system", async ({ skip }) => {
    const path = join(stores.folder, "read-only");
    await mkdir(path);
    if (!mountMemory(path, "ro")) skip("no mounts here");
    try {
      const opening = stores.open({}, path);
      await expect(opening).rejects.toMatchObject({ code: "STORE_UNWRITABLE" });
      await expect(opening).rejects.toThrow(path);
    } finally {
      unmount(path);
    }
  });

  it("refuses a later format, and a format it cannot know", async () => {
    const path = join(stores.folder, "data", "format.json");
    await (await stores.open()).close();
    const today = await readFile(path, "utf8");
    expect(today).toBe('{"kind":"boardwalk-store","format":1}\n');
    const refusals = [
      ['{"kind":"boardwalk-store","format":2}', "STORE_FORMAT"],
      ['{"kind":"something-else","format":1}', "STORE_DAMAGED"],
      ["{", "STORE_DAMAGED"],
    ] as const;
    for (const [text, code] of refusals) {
      await writeFile(path, text);
      await expect(stores.open()).rejects.toMatchObject({ code });
    }
    await rm(path);
    await expect(stores.open()).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    await writeFile(path, today);
    await stores.open();
  });

  it("refuses a database that LevelDB cannot open", async () => {
    await (await stores.open()).close();
    await writeFile(join(stores.folder, "data", "log", "CURRENT"), "MANIFEST-999999\n");
    await expect(stores.open()).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });
});
