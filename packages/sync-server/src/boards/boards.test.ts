import { viewTokenOf } from "@boardwalk/board-model";
import { openStore } from "@boardwalk/persistence";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { temporaryFolder } from "../test-server.ts";
import { boardRecordKey } from "./board-record.ts";
import { Boards } from "./boards.ts";
import { newBoardId, newToken } from "./secret.ts";

async function openBoards() {
  const dataDir = await temporaryFolder();
  const store = await openStore({ dataDir, logger: pino({ level: "silent" }) });
  onTestFinished(() => store.close());
  return { boards: new Boards({ store }), store, dataDir };
}

describe("Boards", () => {
  it("makes a board together with its document", async () => {
    const { boards, store } = await openBoards();
    const { id, name } = await boards.create("Plan");
    const stored = await store.updates.load(id);
    const document = new Y.Doc();
    for (const update of stored?.updates ?? []) Y.applyUpdate(document, update);
    expect(name).toBe("Plan");
    expect(document.getMap("board").get("name")).toBe("Plan");
  });

  it("names a board when nobody does", async () => {
    const { boards } = await openBoards();
    expect((await boards.create()).name).toBe("Untitled board");
  });

  it("tells the owner's key and the two links apart", async () => {
    const { boards } = await openBoards();
    const board = await boards.create();
    const roleOf = async (token: string) => (await boards.authorise(board.id, token)).role;
    expect(await roleOf(board.ownerKey)).toBe("owner");
    expect(await roleOf(board.editToken)).toBe("edit");
    expect(await roleOf(board.viewToken)).toBe("view");
    expect(board.viewToken).toBe(viewTokenOf(board.editToken));
  });

  it("keeps different links apart by id", async () => {
    const { boards } = await openBoards();
    const board = await boards.create();
    const tokens = [board.ownerKey, board.editToken, board.viewToken];
    const grants = await Promise.all(tokens.map((token) => boards.authorise(board.id, token)));
    expect(new Set(grants.map(({ linkId }) => linkId)).size).toBe(3);
  });

  it("does not open a board for the token of another", async () => {
    const { boards } = await openBoards();
    const [board, other] = [await boards.create(), await boards.create()];
    for (const token of [other.ownerKey, other.editToken, other.viewToken, newToken(), "x"]) {
      await expect(boards.authorise(board.id, token)).rejects.toMatchObject({
        code: "TOKEN_INVALID",
      });
    }
  });

  it.each([undefined, null, ""])("misses a token that is %j", async (token) => {
    const { boards } = await openBoards();
    const { id } = await boards.create();
    await expect(boards.authorise(id, token)).rejects.toMatchObject({ code: "TOKEN_MISSING" });
  });

  it.each([newBoardId(), "", "../etc", "__proto__", "constructor", "a".repeat(1_000)])(
    "knows no board %j",
    async (id) => {
      const { boards } = await openBoards();
      const notFound = { code: "BOARD_NOT_FOUND" };
      await expect(boards.get(id)).rejects.toMatchObject(notFound);
      await expect(boards.authorise(id, newToken())).rejects.toMatchObject(notFound);
    },
  );

  it("keeps no secret in a readable form", async () => {
    const { boards, store, dataDir } = await openBoards();
    const board = await boards.create();
    await store.close();
    const content = await contentOf(dataDir);
    // The id is stored as it is, so the search does find what is there.
    expect(content.includes(board.id)).toBe(true);
    for (const secret of [board.ownerKey, board.editToken, board.viewToken]) {
      expect(content.includes(secret)).toBe(false);
      expect(content.includes(Buffer.from(secret, "base64url"))).toBe(false);
    }
  });

  it("opens a board after a restart", async () => {
    const { boards, store, dataDir } = await openBoards();
    const board = await boards.create();
    await store.close();
    const reopened = await openStore({ dataDir, logger: pino({ level: "silent" }) });
    onTestFinished(() => reopened.close());
    const grant = await new Boards({ store: reopened }).authorise(board.id, board.viewToken);
    expect(grant.role).toBe("view");
  });

  it.each(["{", '{"formatVersion":2}', '{"formatVersion":1,"links":[]}'])(
    "refuses a stored record that reads %s",
    async (text) => {
      const { boards, store } = await openBoards();
      const key = boardRecordKey(newBoardId());
      await store.commit([{ type: "put", key, value: Buffer.from(text) }]);
      await expect(boards.get(key.slice("board/".length))).rejects.toThrow(key);
    },
  );
});

async function contentOf(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(
    await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))),
  );
}
