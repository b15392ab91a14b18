import {
  assetPath,
  BoardInfo,
  importedBoardSchema,
  limits,
  type CreatedBoard,
  type ImportedBoard,
} from "@boardwalk/board-model";
import { openStore } from "@boardwalk/persistence";
import { mkdir, readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { BoardHistory } from "./board-history.ts";
import { bytesAt, picture, showPicture, shownSrc, uploadPicture } from "./board-picture.ts";
import { runDoctor } from "./doctor-process.ts";
import { Random } from "./random.ts";
import { editLink, RawClient, viewLink } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

const random = new Random(4);

let folder = "";
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => removeFolder(folder));

async function start(name: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const temporary = join(folder, `${name}-tmp`);
  await mkdir(temporary, { recursive: true });
  const options = { dataDir: join(folder, name), env: { TMPDIR: temporary, ...env } };
  const server = await ServerProcess.start(options);
  onTestFinished(() => server.kill());
  return server;
}

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function exportBoard(server: ServerProcess, boardId: string, token: string): Promise<Response> {
  return fetch(`${server.url}/api/boards/${boardId}/archive`, { headers: bearer(token) });
}

async function exported(server: ServerProcess, board: CreatedBoard): Promise<Buffer> {
  const answer = await exportBoard(server, board.id, board.ownerKey);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

function importBoard(server: ServerProcess, archive: Uint8Array, headers = {}): Promise<Response> {
  return fetch(`${server.url}/api/boards/import`, { method: "POST", headers, body: archive });
}

async function imported(server: ServerProcess, archive: Uint8Array): Promise<ImportedBoard> {
  const answer = await importBoard(server, archive);
  expect(answer.status).toBe(201);
  return importedBoardSchema.parse(await answer.json());
}

async function refusal(answer: Response): Promise<[number, string]> {
  const { error } = (await answer.json()) as { error: { code: string } };
  return [answer.status, error.code];
}

/** Draws a picture on the board, and gives its hash. */
async function draw(server: ServerProcess, board: CreatedBoard): Promise<string> {
  const address = await uploadPicture(server, board);
  await show(server, board, address);
  return address.slice(address.lastIndexOf("/") + 1);
}

async function show(server: ServerProcess, board: CreatedBoard, address: string): Promise<void> {
  const client = await RawClient.join(server.url, editLink(board));
  await showPicture(client, address);
  await client.close();
}

async function withStore<T>(
  name: string,
  work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>,
): Promise<T> {
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const store = await openStore({ dataDir: join(folder, name), logger });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Frames put together by hand, as docs/archive-format.md has them. */
function archiveOf(...things: (object | Uint8Array)[]): Buffer {
  const frame = (type: number, payload: Uint8Array): Buffer => {
    const header = Buffer.alloc(9);
    header.writeUInt8(type, 0);
    header.writeUInt32BE(payload.length, 1);
    header.writeUInt32BE(crc32(payload, crc32(header.subarray(0, 5))), 5);
    return Buffer.concat([header, payload]);
  };
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const frames = things.map((thing) =>
    thing instanceof Uint8Array ? frame(3, thing) : frame(1, json(thing)),
  );
  const bytes = Buffer.concat([Buffer.from("boardwalk archive\n"), ...frames]);
  const heads = things.filter((thing) => !(thing instanceof Uint8Array)).length;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return Buffer.concat([bytes, frame(4, json({ heads, sha256 }))]);
}

const createdAt = new Date(0).toISOString();
const beginning = { type: "archive", format: 1, kind: "board", createdAt };
const boardHead = { type: "board", id: "A".repeat(22), createdAt, locked: false, links: [] };
const documentHead = { type: "document", name: "a", updates: 1 };
const emptyDocument = Y.encodeStateAsUpdate(new Y.Doc());

describe("the archive of a board", () => {
  it("makes the same board on another server, with pictures, versions and links", async () => {
    const first = await start("first");
    const board = await first.createBoard("Größe / Plan");
    const sha256 = await draw(first, board);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    for (const link of [
      { role: "view", name: "Parents", expiresAt, password: "secret word" },
      { role: "edit", name: "Class 4b" },
    ]) {
      const made = await fetch(`${first.url}/api/boards/${board.id}/links`, {
        method: "POST",
        headers: { ...bearer(board.ownerKey), "content-type": "application/json" },
        body: JSON.stringify(link),
      });
      expect(made.status).toBe(201);
    }
    const kept = await new BoardHistory(first.url, board).keep({ name: "Before", author: "Ada" });
    const answer = await exportBoard(first, board.id, board.ownerKey);
    expect(answer.headers.get("content-disposition")).toBe(
      `attachment; filename="Gr__e   Plan.boardwalk"; filename*=UTF-8''${encodeURIComponent("Größe   Plan.boardwalk")}`,
    );
    const archive = Buffer.from(await answer.arrayBuffer());
    const text = archive.toString("latin1");
    expect(text).not.toContain(board.ownerKey);
    expect(text).not.toContain(createHash("sha256").update(board.editToken).digest("hex"));

    const second = await start("second");
    const made = await imported(second, archive);
    expect(made.name).toBe("Größe / Plan");
    expect(made.id).not.toBe(board.id);
    const moved = assetPath(made.id, sha256);
    const file = await fetch(second.url + moved);
    expect(file.headers.get("content-type")).toBe("image/gif");
    expect(Buffer.from(await file.arrayBuffer()).equals(picture)).toBe(true);
    for (const link of [editLink(made), viewLink(made)]) {
      const reader = await RawClient.join(second.url, link);
      expect(new BoardInfo(reader.document).name).toBe("Größe / Plan");
      expect(shownSrc(reader.document)).toBe(moved);
      await reader.close();
    }
    expect(made.links.map(({ token: _token, url: _url, ...link }) => link)).toEqual([
      { role: "view", name: "Parents", expiresAt, hadPassword: true },
      { role: "edit", name: "Class 4b", expiresAt: null, hadPassword: false },
    ]);
    for (const { token, role } of made.links) {
      const seen = await fetch(`${second.url}/api/boards/${made.id}`, { headers: bearer(token) });
      expect(await seen.json()).toMatchObject({ role });
    }
    const former = await fetch(`${second.url}/api/boards/${made.id}`, {
      headers: bearer(board.editToken),
    });
    expect(former.status).toBe(401);

    expect(await readdir(join(folder, "second-tmp"))).toEqual([]);
    const { id: _id, bytes: _bytes, ...details } = kept;
    const history = new BoardHistory(second.url, made);
    const version = (await history.versions()).find(({ name }) => name === "Before");
    expect(version).toMatchObject(details);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, await history.document(version?.id ?? ""));
    expect(shownSrc(doc)).toBe(moved);
    await second.stop();
    expect((await runDoctor(["check", "--data-dir", join(folder, "second")])).exitCode).toBe(0);
  });

  it("has the pictures that were pasted from other boards, also from one that is gone", async () => {
    const first = await start("first", { TRASH_DAYS: "0" });
    const [board, gone] = [await first.createBoard(), await first.createBoard()];
    const [shown, shownBefore] = [
      await uploadPicture(first, gone),
      await uploadPicture(first, gone, Buffer.concat([picture, Buffer.from("another")])),
    ];
    await show(first, board, shownBefore);
    const kept = await new BoardHistory(first.url, board).keep({ name: "Before" });
    await show(first, board, shown);
    await new BoardHistory(first.url, gone, gone.ownerKey).deleteBoard();
    await expect.poll(async () => first.metric("boardwalk_boards_removed_total")).toBe(1);
    const archive = await exported(first, board);
    // The board it was on first may be on the other server too.
    const second = await start("second");
    for (const server of [first, second]) {
      const made = await imported(server, archive);
      const reader = await RawClient.join(server.url, editLink(made));
      const moved = String(shownSrc(reader.document));
      expect(moved).toBe(shown.replace(gone.id, made.id));
      expect(await bytesAt(server, moved)).toEqual(picture);
      const history = new BoardHistory(server.url, made);
      const version = (await history.versions()).find(({ name }) => name === kept.name);
      const doc = new Y.Doc();
      Y.applyUpdate(doc, await history.document(version?.id ?? ""));
      const movedBefore = String(shownSrc(doc));
      expect(movedBefore).toBe(shownBefore.replace(gone.id, made.id));
      expect((await bytesAt(server, movedBefore))?.length).toBe(picture.length + 7);
      await reader.close();
    }
  });

  it("is for the owner, and made a board by whoever may make boards", async () => {
    const server = await start("open");
    const board = await server.createBoard();
    expect((await exportBoard(server, board.id, board.editToken)).status).toBe(403);
    expect((await exportBoard(server, board.id, board.viewToken)).status).toBe(403);
    expect((await exportBoard(server, board.id, "")).status).toBe(401);
    const archive = await exported(server, board);
    const key = "a-key-for-our-school";
    const closed = await start("closed", { BOARD_CREATION: "key", BOARD_CREATION_KEY: key });
    expect(await refusal(await importBoard(closed, archive))).toEqual([
      401,
      "CREATION_KEY_MISSING",
    ]);
    expect((await importBoard(closed, archive, bearer(key))).status).toBe(201);
  });
});

describe("an archive that is refused", () => {
  it("leaves nothing behind", async () => {
    const server = await start("target");
    const board = await server.createBoard();
    await draw(server, board);
    const whole = await exported(server, board);
    const fileHead = (content: Uint8Array, mimeType: string) => ({
      type: "asset",
      sha256: createHash("sha256").update(content).digest("hex"),
      mimeType,
    });
    const html = Buffer.from("<html><script>alert(1)</script></html>");
    const huge = Buffer.concat([picture, Buffer.alloc(1024 * 1024 - picture.length)]);
    const cases: [string, Buffer, [number, string]][] = [
      ["hardly anything", Buffer.from("b"), [400, "ARCHIVE_KIND"]],
      ["a picture", picture, [400, "ARCHIVE_KIND"]],
      ["no board", archiveOf(beginning), [400, "ARCHIVE_DAMAGED"]],
      ["no document", archiveOf(beginning, boardHead), [400, "ARCHIVE_DAMAGED"]],
      ["later", archiveOf({ ...beginning, format: 2, more: true }), [400, "ARCHIVE_FORMAT"]],
      ["a server", archiveOf({ ...beginning, kind: "server" }), [400, "ARCHIVE_KIND"]],
      [
        "a server's record",
        archiveOf(beginning, boardHead, { type: "record", key: "board/a" }, Buffer.from("{}")),
        [400, "ARCHIVE_DAMAGED"],
      ],
      [
        "a document that is none",
        archiveOf(beginning, boardHead, documentHead, Buffer.from("garbage")),
        [400, "ARCHIVE_DAMAGED"],
      ],
      [
        "a board of a later format",
        archiveOf(beginning, boardHead, documentHead, documentOf("format", 2)),
        [400, "ARCHIVE_FORMAT"],
      ],
      [
        "a version of nothing known",
        archiveOf(
          beginning,
          boardHead,
          documentHead,
          emptyDocument,
          { type: "version", document: "a", details: Buffer.from("{}").toString("base64") },
          emptyDocument,
        ),
        [400, "ARCHIVE_DAMAGED"],
      ],
      [
        "two documents",
        archiveOf(beginning, boardHead, documentHead, emptyDocument, documentHead, emptyDocument),
        [400, "ARCHIVE_DAMAGED"],
      ],
      [
        "a page that passes for a picture",
        archiveOf(
          beginning,
          boardHead,
          documentHead,
          emptyDocument,
          fileHead(html, "image/png"),
          html,
        ),
        [400, "ARCHIVE_DAMAGED"],
      ],
      ["cut off", whole.subarray(0, whole.length - 1), [400, "ARCHIVE_DAMAGED"]],
      ["longer", Buffer.concat([whole, huge]), [400, "ARCHIVE_DAMAGED"]],
    ];
    for (let count = 0; count < 8; count++) {
      const bytes = Buffer.from(whole);
      const at = 18 + random.below(bytes.length - 18);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      cases.push([`byte ${at} changed`, bytes, [400, "ARCHIVE_DAMAGED"]]);
    }
    for (const [what, archive, told] of cases) {
      expect([what, await refusal(await importBoard(server, archive))]).toEqual([what, told]);
    }
    expect(await announced(server, limits.archiveBytes + 1)).toBe(413);
    expect(await readdir(join(folder, "target-tmp"))).toEqual([]);
    expect(await server.status("/ready")).toBe(200);
    await server.stop();
    await withStore("target", async (store) => {
      const names: string[] = [];
      for await (const name of store.updates.names()) names.push(name);
      expect(names).toEqual([board.id]);
      let assets = 0;
      for await (const _asset of store.assets.entries()) assets += 1;
      expect(assets).toBe(1);
    });
  });
});

function documentOf(key: string, value: unknown): Uint8Array {
  const doc = new Y.Doc();
  doc.getMap("board").set(key, value);
  return Y.encodeStateAsUpdate(doc);
}

/** The status of an upload that says it will have so many bytes. */
function announced(server: ServerProcess, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const upload = request(`${server.url}/api/boards/import`, {
      method: "POST",
      headers: { "content-length": bytes, "content-type": "application/octet-stream" },
    });
    upload.once("response", (answer) => {
      resolve(answer.statusCode ?? 0);
      upload.destroy();
    });
    upload.once("error", reject);
    upload.write("boardwalk archive\n");
  });
}
