import { openStore, type Store } from "@boardwalk/persistence";
import { isSkipped, PostgresServer } from "@boardwalk/persistence/test-postgres-server";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { runDoctor } from "./doctor-process.ts";
import { Random } from "./random.ts";
import { editLink, RawClient, viewLink } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

const adminToken = "a-token-that-opens-everything-0123456789";
const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** Documents beside those that are drawn on: a backup has to take a while. */
const otherDocuments = 120;
const random = new Random(20_260_331);

let folder = "";
let dataDir = "";
let outPath = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  dataDir = join(folder, "data");
  outPath = join(folder, "all.backup");
});

afterEach(async () => {
  await removeFolder(folder);
});

async function start(env: Record<string, string> = { ADMIN_TOKEN: adminToken }, path = dataDir) {
  const server = await ServerProcess.start({ dataDir: path, env });
  onTestFinished(() => server.kill());
  return server;
}

function backUp(server: ServerProcess, token = adminToken) {
  return runDoctor(["backup", "--url", server.url, "--out", outPath], { ADMIN_TOKEN: token });
}

function restore(...home: string[]) {
  return runDoctor(["restore", outPath, ...home]);
}

async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ dataDir: path, logger: silent });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

let pictures = 0;

/** A megabyte, each another, that passes for a picture. */
function picture(): Uint8Array {
  pictures += 1;
  return Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(1_000_000, `${pictures} `)]);
}

async function upload(server: ServerProcess, boardId: string, token: string): Promise<string> {
  const answer = await fetch(`${server.url}/api/boards/${boardId}/assets`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: picture(),
  });
  return ((await answer.json()) as { url: string }).url;
}

/** Draws until told to stop; `acknowledged` has the keys that the server said are durable. */
function draw(client: RawClient, prefix: string) {
  const acknowledged: string[] = [];
  let isStopped = false;
  const run = async (): Promise<void> => {
    for (let index = 0; !isStopped; index++) {
      const key = `${prefix}-${index}`;
      client.change((document) => document.getMap("records").set(key, "x".repeat(index % 300)));
      await client.until(() => client.answers.length > index);
      acknowledged.push(key);
    }
  };
  const done = run();
  const stop = async (): Promise<void> => {
    isStopped = true;
    await done;
  };
  return { acknowledged, stop };
}

describe("a backup of a running server", () => {
  it("holds all that was acknowledged before it began, and opens elsewhere after a kill", async () => {
    let server = await start();
    const board = await server.createBoard("Drawn on");
    const address = await upload(server, board.id, board.editToken);
    await server.stop();
    await withStore(dataDir, async (store) => {
      for (let index = 0; index < otherDocuments; index++) {
        const doc = new Y.Doc();
        doc.getText("t").insert(0, "text ".repeat(random.below(4_000)));
        await store.updates.append(`other-${index}`, Y.encodeStateAsUpdate(doc));
      }
      for (const name of ["first", "second"]) {
        await store.versions.put(board.id, Y.encodeStateAsUpdate(new Y.Doc()), Buffer.from(name));
      }
    });

    server = await start();
    const clients = await Promise.all(
      ["a", "b"].map(() => RawClient.join(server.url, editLink(board))),
    );
    const writers = clients.map((client, index) => draw(client, `writer-${index}`));
    await Promise.all(clients.map((client) => client.until(() => client.answers.length >= 50)));
    const before = writers.flatMap(({ acknowledged }) => [...acknowledged]);
    const backup = await backUp(server);
    const meanwhile = writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
    await Promise.all(writers.map(({ stop }) => stop()));
    await server.kill();
    await rm(dataDir, { recursive: true });
    // Beside those two, the versions that the server makes by itself.
    expect(backup.output).toMatch(new RegExp(`${otherDocuments + 1} documents, [2-9] versions`));
    expect(backup.exitCode).toBe(0);
    // It was under load, and the load went on.
    expect(meanwhile).toBeGreaterThan(before.length);

    const elsewhere = join(folder, "elsewhere");
    const restored = await restore("--data-dir", elsewhere);
    expect(restored.output).toContain("Restored.");
    expect(restored.exitCode).toBe(0);
    server = await start({}, elsewhere);
    for (const link of [editLink(board), viewLink(board)]) {
      const reader = await RawClient.join(server.url, link);
      const keys = new Set(reader.document.getMap("records").keys());
      expect(before.filter((key) => !keys.has(key))).toEqual([]);
    }
    const file = Buffer.from(await (await fetch(server.url + address)).arrayBuffer());
    expect(file.subarray(0, 6).toString()).toBe("GIF89a");
    expect(file.length).toBe(1_000_006);
    await server.stop();
    const versions = await withStore(elsewhere, (store) => store.versions.list(board.id));
    const kept = versions.map(({ details }) => Buffer.from(details).toString());
    expect(kept.filter((name) => !name.startsWith("{"))).toEqual(["first", "second"]);
  });

  it("is for the operator alone, and not there unless a token is set", async () => {
    const open = await start({}, join(folder, "open"));
    expect(await open.status("/api/admin/backup")).toBe(404);
    expect((await backUp(open)).output).toContain("no ADMIN_TOKEN set");
    const server = await start();
    expect(await server.status("/api/admin/backup")).toBe(401);
    const refused = await backUp(server, `${adminToken}x`);
    expect(refused.output).toContain("This is not the ADMIN_TOKEN.");
    expect(refused.exitCode).toBe(2);
    expect((await readdir(folder)).toSorted()).toEqual(["data", "open"]);
  });

  it("is read no faster than it is taken, one at a time, and ends with whoever takes it", async () => {
    const server = await start();
    const board = await server.createBoard();
    const uploads = Array.from({ length: 40 }, () => upload(server, board.id, board.editToken));
    await Promise.all(uploads);
    const headers = { authorization: `Bearer ${adminToken}` };
    const abort = new AbortController();
    const slow = await fetch(`${server.url}/api/admin/backup`, { headers, signal: abort.signal });
    const reader = slow.body?.getReader();
    await reader?.read();
    const second = await fetch(`${server.url}/api/admin/backup`, { headers });
    expect(second.status).toBe(429);
    await second.body?.cancel();
    expect(await server.status("/ready")).toBe(200);
    // Forty megabytes wait to be read; the server holds a few of them.
    expect(await server.metric("process_resident_memory_bytes")).toBeLessThan(400_000_000);
    abort.abort();
    const third = await backUp(server);
    if (third.exitCode !== 0) expect(third.output).toContain("Another backup");

    // A server that stops cuts it off, and then there is none.
    await rm(outPath, { force: true });
    const cut = await fetch(`${server.url}/api/admin/backup`, { headers });
    const stopped = server.stop();
    await expect(cut.arrayBuffer()).rejects.toThrow("terminated");
    expect(await stopped).toBe(0);
  });
});

describe("restoring", () => {
  it("goes only into an empty home, and no server starts on half of one", async () => {
    const server = await start();
    await server.createBoard();
    expect((await backUp(server)).exitCode).toBe(0);
    const again = await backUp(server);
    expect(again.output).toContain("EEXIST");
    expect(again.exitCode).toBe(2);
    await server.stop();
    const occupied = await restore("--data-dir", dataDir);
    expect(occupied.output).toContain("something in the data folder");
    expect(occupied.exitCode).toBe(2);
    await withStore(dataDir, (store) =>
      store.commit([{ type: "put", key: "restore/unfinished", value: Buffer.from("{}") }]),
    );
    await expect(start()).rejects.toThrow("Empty it, and restore the backup again");
    const checked = await runDoctor(["check", "--data-dir", dataDir]);
    expect(checked.output).toContain("a backup was being restored");
    expect(checked.exitCode).toBe(1);
  });

  it("refuses what is damaged before there is anything", async () => {
    const server = await start();
    await server.createBoard();
    await backUp(server);
    const bytes = await readFile(outPath);
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    await writeFile(outPath, bytes);
    const target = join(folder, "target");
    const { exitCode, output } = await restore("--data-dir", target);
    expect(output).toContain("Nothing was changed.");
    expect(exitCode).toBe(2);
    expect(await readdir(folder)).not.toContain("target");
  });
});

describe.skipIf(isSkipped)("moving between a folder and a database", () => {
  const file = PostgresServer.forFile();

  it("loses nothing there and back", async () => {
    let server = await start();
    const board = await server.createBoard("Moved");
    const client = await RawClient.join(server.url, editLink(board));
    client.change((document) => document.getMap("records").set("there", "and back"));
    expect(await client.answered(1)).toBe(true);
    const address = await upload(server, board.id, board.editToken);
    await backUp(server);
    await server.stop();

    const databaseUrl = await file.server.createDatabase();
    expect((await restore("--database-url", databaseUrl)).exitCode).toBe(0);
    const checked = await runDoctor(["check", "--database-url", databaseUrl]);
    expect(checked.output).toContain("Sound");
    expect(checked.exitCode).toBe(0);
    server = await start({ ADMIN_TOKEN: adminToken, DATABASE_URL: databaseUrl });
    expect(await server.status(address)).toBe(200);
    await rm(outPath);
    expect((await backUp(server)).exitCode).toBe(0);
    await server.stop();

    const back = join(folder, "back");
    expect((await restore("--data-dir", back)).exitCode).toBe(0);
    expect((await runDoctor(["check", "--data-dir", back])).exitCode).toBe(0);
    server = await start({}, back);
    const reader = await RawClient.join(server.url, viewLink(board));
    expect(reader.document.getMap("records").get("there")).toBe("and back");
    expect(await server.status(address)).toBe(200);
  });
});
