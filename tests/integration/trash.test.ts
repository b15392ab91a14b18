import { closeCode, type CreatedBoard } from "@boardwalk/board-model";
import { openStore } from "@boardwalk/persistence";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { BoardHistory } from "./board-history.ts";
import { bytesAt, picture, showPicture, uploadPicture } from "./board-picture.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { onEachServedHome } from "./served-home.ts";
import { ServerProcess } from "./server-process.ts";

async function codeOf(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { error: { code: string } };
  return [response.status, body.error.code];
}

async function put(client: RawClient, key: string): Promise<void> {
  const before = client.answers.length;
  client.change((document) => document.getMap("records").set(key, "{}"));
  expect(await client.answered(before + 1)).toBe(true);
}

/** Why this client was refused, as its last Auth message says. */
function denialOf(client: RawClient): string | null {
  const last = client.heard.findLast((message) => message.type === "auth");
  return last?.type === "auth" && last.auth.kind === "denied" ? last.auth.reason : null;
}

const deleted = [410, "BOARD_DELETED"];

onEachServedHome((served, newHome) => {
  const join = (link: Link): Promise<RawClient> => served.join(link);

  function ownerOf(board: CreatedBoard): BoardHistory {
    return new BoardHistory(served.server.url, board, board.ownerKey);
  }

  describe("a deleted board", () => {
    it("puts everyone out at once, and opens for nobody by socket or by REST", async () => {
      const board = await served.server.createBoard();
      const [ann, eve] = [await join(editLink(board)), await join(viewLink(board))];
      const plain = await RawClient.joinPlain(served.server.url, editLink(board));
      onTestFinished(() => plain.terminate());
      await put(ann, "shape:a");
      for (const token of [board.editToken, board.viewToken]) {
        const link = new BoardHistory(served.server.url, board, token);
        expect(await codeOf(await link.ask("DELETE", ""))).toEqual([403, "NOT_ALLOWED"]);
      }
      const { deletedAt, goneAt } = await ownerOf(board).deleteBoard();
      expect(Date.parse(goneAt) - Date.parse(deletedAt)).toBe(30 * 24 * 60 * 60_000);
      for (const client of [ann, eve]) {
        expect((await client.closed).code).toBe(closeCode.denied);
        expect(denialOf(client)).toBe("BOARD_DELETED");
      }
      expect(await plain.closed).toEqual({ code: closeCode.denied, reason: "BOARD_DELETED" });

      const late = await RawClient.connect(served.server.url, board.id);
      onTestFinished(() => late.terminate());
      late.authenticate(board.editToken);
      await late.until(() => denialOf(late) !== null);
      expect(denialOf(late)).toBe("BOARD_DELETED");
      const latePlain = await RawClient.connectPlain(served.server.url, editLink(board));
      expect(await latePlain.closed).toEqual({ code: closeCode.denied, reason: "BOARD_DELETED" });

      const editor = new BoardHistory(served.server.url, board);
      expect(await codeOf(await editor.ask("GET", ""))).toEqual(deleted);
      expect(await codeOf(await editor.ask("PATCH", "", { name: "x" }))).toEqual(deleted);
      expect(await codeOf(await editor.ask("GET", "/versions"))).toEqual(deleted);
      expect(await codeOf(await editor.ask("DELETE", ""))).toEqual(deleted);
      expect(await codeOf(await editor.ask("POST", "/undelete"))).toEqual(deleted);
      expect(await codeOf(await ownerOf(board).ask("GET", "/links"))).toEqual(deleted);
      // Asked again, as when the answer was lost.
      expect(await ownerOf(board).deleteBoard()).toEqual({ deletedAt, goneAt });
    });

    it("leaves its pictures to the boards that they were pasted into", async () => {
      const [board, other] = [await served.server.createBoard(), await served.server.createBoard()];
      const address = await uploadPicture(served.server, board);
      await showPicture(await join(editLink(other)), address);
      await ownerOf(board).deleteBoard();
      expect(await bytesAt(served.server, address)).toEqual(picture);
    });

    it("is taken back as it was, with what was acknowledged, its links and its versions", async () => {
      const board = await served.server.createBoard("Plans");
      const ann = await join(editLink(board));
      await put(ann, "shape:a");
      const kept = await new BoardHistory(served.server.url, board).keep({ name: "Kept" });
      await put(ann, "shape:b");
      await ownerOf(board).deleteBoard();
      await served.server.kill();
      await served.startAgain();
      expect(await codeOf(await ownerOf(board).ask("GET", ""))).toEqual(deleted);
      const back = await ownerOf(board).ask("POST", "/undelete");
      expect(back.status).toBe(200);
      expect(await back.json()).toMatchObject({ id: board.id, name: "Plans", role: "owner" });
      expect((await ownerOf(board).ask("POST", "/undelete")).status).toBe(200);
      await served.server.kill();
      await served.startAgain();
      const reader = await join(viewLink(board));
      expect(reader.document.getMap("records").has("shape:b")).toBe(true);
      expect(await new BoardHistory(served.server.url, board).versions()).toContainEqual(kept);
      await put(await join(editLink(board)), "shape:c");
    });

    it("is really gone at once where the trash keeps nothing, with people on it", async () => {
      const otherHome = await newHome();
      const other = await ServerProcess.start({ ...otherHome, env: { TRASH_DAYS: "0" } });
      onTestFinished(() => other.kill());
      const [board, stays] = [await other.createBoard(), await other.createBoard()];
      const ann = await RawClient.join(other.url, editLink(board));
      await put(ann, "shape:a");
      const address = await uploadPicture(other, board);
      await showPicture(await RawClient.join(other.url, editLink(stays)), address);
      await new BoardHistory(other.url, board).keep();
      const owner = new BoardHistory(other.url, board, board.ownerKey);
      await owner.deleteBoard();
      expect((await ann.closed).code).toBe(closeCode.denied);
      await expect
        .poll(async () => codeOf(await owner.ask("GET", "")))
        .toEqual([404, "BOARD_NOT_FOUND"]);
      expect(await codeOf(await owner.ask("POST", "/undelete"))).toEqual([404, "BOARD_NOT_FOUND"]);
      expect(await other.metric("boardwalk_boards_removed_total")).toBe(1);
      // Another board shows it.
      expect(await bytesAt(other, address)).toEqual(picture);
      expect(await other.stop()).toBe(0);

      const store = await openStore({ ...otherHome, logger: pino({ level: "silent" }) });
      onTestFinished(() => store.close());
      const names: string[] = [];
      for await (const name of store.updates.names()) names.push(name);
      for await (const [key] of store.records.entries("")) names.push(key);
      const asset = address.replace(/^.*boards\/(.*)\/assets/, "asset/$1");
      expect(names.filter((name) => name.includes(board.id))).toEqual([asset]);
      expect(names.filter((name) => name.includes(stays.id)).length).toBeGreaterThan(1);
      expect(await store.versions.list(board.id)).toEqual([]);
    });
  });
});
