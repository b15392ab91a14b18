import { BoardDocument, BoardInfo, parseAssetPath } from "@boardwalk/board-model";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { LeveldbPersistence } from "y-leveldb";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { runDoctor } from "./doctor-process.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import { expectEventually, openPlain, plainSynced } from "./stock-clients.ts";

const yWebsocketPath = fileURLToPath(new URL("../bench/servers/y-websocket.ts", import.meta.url));
const leveldownPath = fileURLToPath(
  new URL("../regressions/y-leveldb-of-leveldown", import.meta.url),
);
const redPixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

let folder = "";
let source = "";
let dataDir = "";
let linksPath = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  source = join(folder, "source");
  dataDir = join(folder, "data");
  linksPath = join(folder, "links.jsonl");
});

afterEach(async () => {
  await removeFolder(folder);
});

function importFolder(from = source) {
  return runDoctor(["import-y-leveldb", from, "--data-dir", dataDir, "--links", linksPath]);
}

type ImportedLink = { room: string; board: string; ownerKey: string; editUrl: string };

async function links(): Promise<Map<string, ImportedLink>> {
  const lines = (await readFile(linksPath, "utf8")).trimEnd().split("\n");
  const parsed = lines.map((line) => JSON.parse(line) as ImportedLink);
  return new Map(parsed.map((link) => [link.room, link]));
}

async function startServer(): Promise<ServerProcess> {
  const server = await ServerProcess.start({ dataDir });
  onTestFinished(() => server.kill());
  return server;
}

/** The document of an imported room, as a stock client gets it from the server. */
async function openRoom(server: ServerProcess, room: string): Promise<Y.Doc> {
  const link = (await links()).get(room);
  const token = link?.editUrl.split("#")[1];
  if (link === undefined || token === undefined) throw new Error(`${room} was not imported`);
  const client = openPlain(server.url, { boardId: link.board, token });
  onTestFinished(() => client.destroy());
  await plainSynced(client);
  return client.doc;
}

/** The records of a board as its page reads them. */
function recordsOf(doc: Y.Doc) {
  const document = new BoardDocument(doc, {
    read: () => ({}),
    repair: (richText) => richText,
    write: () => {},
  });
  const records = [...document.ids()].flatMap((id) => document.read(id) ?? []);
  document.close();
  return new Map(records.map((record) => [record.id, record]));
}

async function startYWebsocket(): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [yWebsocketPath], {
    env: { ...process.env, YPERSISTENCE: source },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
    output += text;
    const ready = /ready at http(:\/\/\S+)/.exec(output);
    if (ready?.[1] !== undefined) return { url: `ws${ready[1]}`, child };
  }
  throw new Error(`y-websocket did not start: ${output}`);
}

/** Writes documents as y-leveldb does. */
async function writeDocuments(
  documents: Readonly<Record<string, (doc: Y.Doc) => void>>,
): Promise<void> {
  const persistence = new LeveldbPersistence(source);
  for (const [name, work] of Object.entries(documents)) {
    const doc = new Y.Doc();
    work(doc);
    await persistence.storeUpdate(name, Y.encodeStateAsUpdate(doc));
  }
  await persistence.destroy();
}

/** Names, sizes and times of all files, to see that nothing was touched. */
async function listing(path: string): Promise<string[]> {
  const files = await readdir(path);
  return Promise.all(
    files.toSorted().map(async (file) => {
      const { size, mtimeMs, ino } = await stat(join(path, file));
      return `${file} ${size} ${mtimeMs} ${ino}`;
    }),
  );
}

const page = { id: "page:page", typeName: "page", name: "Page 1", index: "a1", meta: {} };

function frame(id: string, index: string, name: string) {
  const props = { w: 320, h: 180, name, color: "black" };
  const place = { x: 1, y: 2, rotation: 0, index, parentId: page.id, isLocked: false, opacity: 1 };
  return { id, typeName: "shape", type: "frame", ...place, meta: {}, props };
}

function picture(id: string, src: string) {
  const props = { name: "p.png", src, w: 1, h: 1, mimeType: "image/png", isAnimated: false };
  return { id, typeName: "asset", type: "image", meta: {}, props: { ...props, fileSize: 70 } };
}

describe("the folder of a y-websocket server", () => {
  it("becomes boards that stock clients go on with, and stays as it is", async () => {
    const { url, child } = await startYWebsocket();
    const client = new WebsocketProvider(url, "my room", new Y.Doc(), {
      WebSocketPolyfill: WebSocket as never,
      disableBc: true,
    });
    onTestFinished(() => client.destroy());
    await plainSynced(client);
    for (const letter of "typed here, to the end") {
      const text = client.doc.getText("body");
      text.insert(text.length, letter);
    }
    client.doc.getMap("mine").set("last", "a-mark-that-can-be-found");

    const busy = await importFolder();
    expect(busy.output).toContain("open in another process");
    expect(busy.exitCode).toBe(2);

    // y-leveldb does not say when something is on disk.
    const isWritten = async (): Promise<boolean> => {
      const logs = (await readdir(source)).filter((name) => name.endsWith(".log"));
      const contents = await Promise.all(
        logs.map((name) => readFile(join(source, name), "latin1")),
      );
      return contents.some((content) => content.includes("a-mark-that-can-be-found"));
    };
    while (!(await isWritten()));
    child.kill("SIGKILL");
    await once(child, "close");

    const before = await listing(source);
    // y-websocket knows a room by how its address is written.
    const { exitCode, output } = await importFolder();
    expect(output).toContain('"my%20room" is board');
    expect(exitCode).toBe(0);
    expect(await listing(source)).toEqual(before);
    expect((await stat(linksPath)).mode & 0o777).toBe(0o600);

    const server = await startServer();
    const doc = await openRoom(server, "my%20room");
    expect(doc.getText("body").toJSON()).toBe("typed here, to the end");
    expect(doc.getMap("mine").get("last")).toBe("a-mark-that-can-be-found");
    expect(new BoardInfo(doc).name).toBe("my room");
    doc.getText("body").insert(0, "Also ");
    const other = await openRoom(server, "my%20room");
    await expectEventually(() => other.getText("body").toJSON().startsWith("Also typed"));

    const { ownerKey, board } = (await links()).get("my%20room") ?? { ownerKey: "", board: "" };
    const answer = await fetch(`${server.url}/api/boards/${board}`, {
      headers: { authorization: `Bearer ${ownerKey}` },
    });
    expect(await answer.json()).toMatchObject({ role: "owner", name: "my room" });
  });

  it("is imported as leveldown left it when it was killed", async () => {
    await cp(leveldownPath, source, { recursive: true });
    const { exitCode, output } = await importFolder();
    expect(output).toContain("1 values beside the documents were left out");
    expect(exitCode).toBe(0);
    const server = await startServer();
    const records = recordsOf(await openRoom(server, "drawing"));
    // The later of two values counts, and text of before rich text has become rich text.
    expect(records.get("shape:one")).toMatchObject({ x: 40, props: { geo: "rectangle" } });
    const props = records.get("shape:two")?.props;
    expect(JSON.stringify(props)).toContain('"richText":{"type":"doc"');
    expect(JSON.stringify(props)).toContain('"text":"Hello"');
    const notes = await openRoom(server, "notes/2024 ä");
    expect(notes.getText("body").toJSON()).toBe("plain text that is no drawing");
    expect((await runDoctor(["check", "--data-dir", dataDir])).exitCode).toBe(2);
    await server.stop();
    expect((await runDoctor(["check", "--data-dir", dataDir])).exitCode).toBe(0);
  });
});

describe("drawings", () => {
  it("are found as maps of records and as maps of maps, with pictures made files", async () => {
    await writeDocuments({
      map: (doc) => {
        const records = doc.getMap("tl_map");
        const file = picture("asset:inline", redPixel);
        const away = picture("asset:away", "https://example.org/p.png");
        for (const record of [page, frame("shape:one", "a1", "One"), file, away]) {
          records.set(record.id, record);
        }
        records.set("shape:bad", { ...frame("shape:bad", "a2", "Bad"), opacity: "much" });
        records.set("camera:1", { id: "camera:1", typeName: "camera", x: 0, y: 0, z: 1, meta: {} });
      },
      nested: (doc) => {
        const record = new Y.Map(Object.entries(frame("shape:two", "a1", "Two")));
        doc.getMap("records of ours").set("shape:two", record);
      },
    });
    const { exitCode, output } = await importFolder();
    expect(output).toContain("document map: 1 records cannot be shown");
    expect(output).toContain("document map: 1 pictures are not in it");
    expect(exitCode).toBe(0);

    const server = await startServer();
    const map = await openRoom(server, "map");
    const records = recordsOf(map);
    expect([...records.keys()].toSorted()).toEqual([
      "asset:away",
      "asset:inline",
      "document:document",
      "page:page",
      "shape:one",
    ]);
    // What was there is there, the record that cannot be shown too.
    expect(map.getMap("tl_map").has("shape:bad")).toBe(true);
    const { src } = (records.get("asset:inline") as { props: { src: string } } | undefined)
      ?.props ?? { src: "" };
    expect(parseAssetPath(src)).not.toBeNull();
    const file = await fetch(server.url + src);
    expect(file.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await file.arrayBuffer()).toString("base64")).toBe(redPixel.split(",")[1]);
    expect(recordsOf(await openRoom(server, "nested")).get("shape:two")).toMatchObject({ y: 2 });
  });

  it("of a later tldraw are kept, and said not to be shown", async () => {
    await writeDocuments({
      later: (doc) => {
        doc.getMap("tl_later").set(page.id, page);
        const schema = { schemaVersion: 2, sequences: { "com.tldraw.page": 99 } };
        doc.getMap("meta").set("schema", schema);
      },
    });
    const { exitCode, output } = await importFolder();
    expect(output).toContain("document later: was drawn with a later tldraw");
    expect(exitCode).toBe(0);
    const doc = await openRoom(await startServer(), "later");
    expect(doc.getMap("tl_later").has(page.id)).toBe(true);
    expect(new BoardInfo(doc).format).toBe(1);
  });

  it("of boards are taken as they are", async () => {
    const first = await ServerProcess.start({ dataDir });
    const board = await first.createBoard("Moved before");
    const client = openPlain(first.url, { boardId: board.id, token: board.editToken });
    await plainSynced(client);
    await writeDocuments({
      [board.id]: (doc) => Y.applyUpdate(doc, Y.encodeStateAsUpdate(client.doc)),
    });
    client.destroy();
    await first.stop();
    const { output } = await importFolder();
    expect(output).toContain("a board of this kind");
    const doc = await openRoom(await startServer(), board.id);
    expect(new BoardInfo(doc).name).toBe("Moved before");
    expect([...recordsOf(doc).keys()]).toContain("page:page");
  });
});

describe("what is damaged or in the way", () => {
  it("is told, and all that can be read is imported", async () => {
    await writeDocuments({
      whole: (doc) => doc.getText("t").insert(0, "whole"),
      broken: (doc) => doc.getText("t").insert(0, "broken"),
    });
    const persistence = new LeveldbPersistence(source);
    await persistence.storeUpdate("broken", Y.encodeStateAsUpdate(new Y.Doc()));
    const doc = new Y.Doc();
    doc.getText("t").insert(0, "more, ");
    await persistence.storeUpdate("broken", Y.encodeStateAsUpdate(doc));
    await persistence._transact(async (level) => {
      await level.put(["v1", "broken", "update", 1], Buffer.from("garbage"));
      await level.del(["v1", "broken", "update", 0]);
      await level.put(["v1", "broken", "update", 4], Y.encodeStateAsUpdate(doc));
    });
    await persistence.destroy();
    const { exitCode, output } = await importFolder();
    expect(output).toContain("document broken: 1 of 3 updates are damaged");
    expect(output).toContain("document broken: 1 of its updates are missing");
    expect(exitCode).toBe(1);
    const server = await startServer();
    expect((await openRoom(server, "whole")).getText("t").toJSON()).toBe("whole");
    expect((await openRoom(server, "broken")).getText("t").toJSON()).toBe("more, ");
  });

  it("stops it before anything is made", async () => {
    expect((await importFolder()).exitCode).toBe(2);
    await writeDocuments({ one: (doc) => doc.getText("t").insert(0, "1") });
    await writeFile(linksPath, "");
    const refused = await importFolder();
    expect(refused.output).toContain("EEXIST");
    expect(refused.exitCode).toBe(2);
    expect(await readFile(linksPath, "utf8")).toBe("");
    linksPath += ".2";
    const server = await startServer();
    const locked = await importFolder();
    expect(locked.output).toContain("already open in another process");
    expect(locked.exitCode).toBe(2);
    expect(await server.status("/ready")).toBe(200);
  });
});
