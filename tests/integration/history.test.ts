import { type CreatedBoard } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import { BoardHistory } from "./board-history.ts";
import { editLink, type Link, type RawClient, viewLink } from "./raw-client.ts";
import { onEachServedHome } from "./served-home.ts";

const seed = ["document:document", "page:page"];

function keysOf(client: RawClient): string[] {
  return [...client.document.getMap("records").keys()].toSorted();
}

function presenceOf(name: string) {
  return { id: name, name, color: "#123456", page: "page:page" };
}

async function codeOf(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { error: { code: string } };
  return [response.status, body.error.code];
}

/** Resolves when the change is durable. */
async function put(client: RawClient, key: string, value: unknown = "{}"): Promise<void> {
  const before = client.answers.length;
  client.change((document) => document.getMap("records").set(key, value));
  expect(await client.answered(before + 1)).toBe(true);
}

onEachServedHome((served) => {
  const join = (link: Link): Promise<RawClient> => served.join(link);

  async function startBoard(): Promise<{ board: CreatedBoard; history: BoardHistory }> {
    const board = await served.server.createBoard();
    return { board, history: new BoardHistory(served.server.url, board) };
  }

  describe("a version kept by hand", () => {
    it("holds what was acknowledged, knows when and who, and can be read and named", async () => {
      const { board, history } = await startBoard();
      const ann = await join(editLink(board));
      ann.present(presenceOf("Ann"));
      await put(ann, "shape:a");
      const before = Date.now();
      const kept = await history.keep({ name: "First", author: "Bob" });
      expect(kept).toMatchObject({ kind: "named", name: "First", shapes: 1, pages: 1 });
      expect(kept.authors).toEqual(["Bob", "Ann"]);
      expect(Date.parse(kept.createdAt)).toBeGreaterThanOrEqual(before);
      expect(kept.bytes).toBeGreaterThan(0);
      await put(ann, "shape:b");
      const second = await history.keep({ kind: "beforeClear" });
      expect(second).toMatchObject({ kind: "beforeClear", name: "", shapes: 2, authors: ["Ann"] });
      expect((await history.keep()).authors).toEqual([]);

      expect((await history.versions()).slice(1)).toEqual([second, kept]);
      expect(await history.read(kept.id)).toEqual([...seed, "shape:a"]);
      expect(await history.read(second.id)).toEqual([...seed, "shape:a", "shape:b"]);
      expect(await history.name(second.id, "Second")).toEqual({ ...second, name: "Second" });
      expect((await history.versions())[1]?.name).toBe("Second");
    });

    it("is there after the server was killed", async () => {
      const { board, history } = await startBoard();
      const ann = await join(editLink(board));
      await put(ann, "shape:a");
      const kept = await history.keep({ name: "Kept" });
      await history.name(kept.id, "Named");
      await served.server.kill();
      await served.startAgain();
      const after = new BoardHistory(served.server.url, board);
      expect(await after.versions()).toEqual([{ ...kept, name: "Named" }]);
      expect(await after.read(kept.id)).toEqual([...seed, "shape:a"]);
    });

    it("is for those who may edit, and deleted by the owner alone", async () => {
      const { board, history } = await startBoard();
      const other = await startBoard();
      const kept = await history.keep();
      const viewer = new BoardHistory(served.server.url, board, board.viewToken);
      const stranger = new BoardHistory(served.server.url, board, other.board.editToken);
      const owner = new BoardHistory(served.server.url, board, board.ownerKey);
      const calls: [string, string, unknown?][] = [
        ["GET", "/versions"],
        ["POST", "/versions", {}],
        ["GET", `/versions/${kept.id}/document`],
        ["PATCH", `/versions/${kept.id}`, { name: "x" }],
        ["POST", `/versions/${kept.id}/restore`, {}],
        ["DELETE", `/versions/${kept.id}`],
      ];
      for (const call of calls) {
        expect(await codeOf(await viewer.ask(...call))).toEqual([403, "NOT_ALLOWED"]);
        expect(await codeOf(await stranger.ask(...call))).toEqual([401, "TOKEN_INVALID"]);
      }
      expect(await codeOf(await history.ask("DELETE", `/versions/${kept.id}`))).toEqual([
        403,
        "NOT_ALLOWED",
      ]);
      expect(await history.versions()).toEqual([kept]);

      // A version is of its own board only.
      const elsewhere = `/versions/${kept.id}`;
      const missing = [404, "VERSION_NOT_FOUND"];
      expect(await codeOf(await other.history.ask("GET", `${elsewhere}/document`))).toEqual(
        missing,
      );
      expect(await codeOf(await other.history.ask("POST", `${elsewhere}/restore`))).toEqual(
        missing,
      );
      expect((await owner.ask("DELETE", `/versions/${kept.id}`)).status).toBe(204);
      expect(await codeOf(await owner.ask("DELETE", `/versions/${kept.id}`))).toEqual(missing);
      expect(await codeOf(await history.ask("PATCH", elsewhere, { name: "x" }))).toEqual(missing);
      expect(await history.versions()).toEqual([]);
      expect(await codeOf(await history.ask("POST", "/versions", { kind: "auto" }))).toEqual([
        400,
        "BAD_REQUEST",
      ]);
    });
  });

  describe("a version kept by itself", () => {
    it("is made when the last editor has left, with the names of those who worked", async () => {
      const { board, history } = await startBoard();
      const [ann, bob] = [await join(editLink(board)), await join(editLink(board))];
      const eve = await join(viewLink(board));
      ann.present(presenceOf("Ann"));
      bob.present(presenceOf("Bob"));
      eve.present(presenceOf("Eve"));
      await put(ann, "shape:a");
      await put(bob, "shape:b");
      // Takes its presence back, as a page that is closed does.
      ann.present(null);
      ann.terminate();
      expect(await history.versions()).toEqual([]);
      // The server does not wait for the minute in which a page may come back.
      expect(await served.server.stop()).toBe(0);
      await served.startAgain();
      const after = new BoardHistory(served.server.url, board);
      const [kept, ...others] = await after.versions();
      expect(others).toEqual([]);
      expect(kept).toMatchObject({ kind: "auto", name: "", shapes: 2, pages: 1 });
      expect(kept?.authors.toSorted()).toEqual(["Ann", "Bob"]);
      expect(await after.read(kept?.id ?? "")).toEqual([...seed, "shape:a", "shape:b"]);
    });

    it("is made when the server is back, of what was done before it was killed", async () => {
      const { board } = await startBoard();
      const [ann, bob] = [await join(editLink(board)), await join(editLink(board))];
      ann.present(presenceOf("Ann"));
      bob.present(presenceOf("Bob"));
      await put(ann, "shape:a");
      await put(bob, "shape:b");
      await served.server.kill();
      await served.startAgain();
      const after = new BoardHistory(served.server.url, board);
      await expect.poll(async () => after.versions()).toHaveLength(1);
      const [kept] = await after.versions();
      expect(kept).toMatchObject({ kind: "auto", name: "", shapes: 2, pages: 1 });
      expect(kept?.authors.toSorted()).toEqual(["Ann", "Bob"]);
      expect(await after.read(kept?.id ?? "")).toEqual([...seed, "shape:a", "shape:b"]);
    });

    it("is made of what was done before a kill when the board is taken back from the trash", async () => {
      const [{ board }, other] = [await startBoard(), await startBoard()];
      const ann = await join(editLink(board));
      ann.present(presenceOf("Ann"));
      await put(ann, "shape:a");
      await put(await join(editLink(other.board)), "shape:b");
      await new BoardHistory(served.server.url, board, board.ownerKey).deleteBoard();
      await served.server.kill();
      await served.startAgain();
      // By then it may have tried the deleted one.
      const elsewhere = new BoardHistory(served.server.url, other.board);
      await expect.poll(async () => elsewhere.versions()).toHaveLength(1);
      const owner = new BoardHistory(served.server.url, board, board.ownerKey);
      expect((await owner.ask("POST", "/undelete")).status).toBe(200);
      await expect.poll(async () => owner.versions()).toHaveLength(1);
      const [kept] = await owner.versions();
      expect(kept).toMatchObject({ kind: "auto", shapes: 1, authors: ["Ann"] });
      await served.server.kill();
      await served.startAgain();
      const after = new BoardHistory(served.server.url, board);
      expect(await after.versions()).toEqual([kept]);
    });

    it("is not made where nothing was changed", async () => {
      const { board, history } = await startBoard();
      const ann = await join(editLink(board));
      await put(ann, "shape:a");
      await history.keep();
      ann.sendStep1();
      expect(await served.server.stop()).toBe(0);
      await served.startAgain();
      expect(await new BoardHistory(served.server.url, board).versions()).toHaveLength(1);
    });
  });

  describe("a restored version", () => {
    it("is seen live by everyone while they draw, and can be taken back", async () => {
      const { board, history } = await startBoard();
      const clients = [await join(editLink(board)), await join(editLink(board))] as const;
      const viewer = await join(viewLink(board));
      const [ann, bob] = clients;
      await put(ann, "shape:a", "1");
      await put(ann, "shape:b", "1");
      const kept = await history.keep({ name: "Good" });
      await put(bob, "shape:a", "2");
      await put(bob, "shape:c", "1");
      ann.change((document) => document.getMap("records").delete("shape:b"));
      expect(await ann.answered(3)).toBe(true);

      // They go on drawing meanwhile, each on a shape of their own.
      let isRestored = false;
      const draw = async (client: RawClient, key: string) => {
        for (let step = 0; !isRestored || step < 20; step++) await put(client, key, `${step}`);
      };
      const drawing = Promise.all([draw(ann, "shape:ann"), draw(bob, "shape:bob")]);
      const before = await history.restore(kept.id, "Ann");
      isRestored = true;
      await drawing;
      expect(before.kind).toBe("beforeRestore");
      const restored = (client: RawClient) => {
        const records = client.document.getMap("records");
        return records.get("shape:a") === "1" && records.has("shape:b") && !records.has("shape:c");
      };
      for (const client of [...clients, viewer]) await client.until(() => restored(client));

      // What they drew after it is there for all alike.
      await put(ann, "shape:ann", "after");
      await put(bob, "shape:bob", "after");
      const expected = [...seed, "shape:a", "shape:ann", "shape:b", "shape:bob"];
      for (const client of [...clients, viewer]) {
        await client.until(() => {
          const records = client.document.getMap("records");
          return records.get("shape:ann") === "after" && records.get("shape:bob") === "after";
        });
        expect(keysOf(client)).toEqual(expected);
      }

      const again = await history.restore(before.id, "Bob");
      for (const client of [...clients, viewer]) {
        await client.until(() => client.document.getMap("records").get("shape:a") === "2");
        await client.until(() => !client.document.getMap("records").has("shape:b"));
        expect(keysOf(client)).toContain("shape:c");
      }
      expect(again.authors).toContain("Bob");
      expect((await history.versions()).map(({ kind }) => kind)).toEqual([
        "beforeRestore",
        "beforeRestore",
        "named",
      ]);
    });

    it("is on disk when the answer comes", async () => {
      const { board, history } = await startBoard();
      const ann = await join(editLink(board));
      await put(ann, "shape:a", "1");
      const kept = await history.keep();
      await put(ann, "shape:a", "2");
      await put(ann, "shape:b");
      await history.restore(kept.id);
      await served.server.kill();
      await served.startAgain();
      const reader = await join(viewLink(board));
      expect(keysOf(reader)).toEqual([...seed, "shape:a"]);
      expect(reader.document.getMap("records").get("shape:a")).toBe("1");
    });

    it("of a later Boardwalk is refused, and nothing is changed", async () => {
      const { board, history } = await startBoard();
      const ann = await join(editLink(board));
      await put(ann, "shape:a");
      ann.change((document) => document.getMap("board").set("format", 2));
      expect(await ann.answered(2)).toBe(true);
      const kept = await history.keep();
      ann.change((document) => document.getMap("board").set("format", 1));
      await put(ann, "shape:b");
      const response = await history.ask("POST", `/versions/${kept.id}/restore`, {});
      expect(await codeOf(response)).toEqual([409, "VERSION_IS_NEWER"]);
      const reader = await join(viewLink(board));
      expect(keysOf(reader)).toEqual([...seed, "shape:a", "shape:b"]);
    });
  });
});
