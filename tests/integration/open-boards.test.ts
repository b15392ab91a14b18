import { closeCode } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import type * as Y from "yjs";
import { FileServer } from "./file-server.ts";
import { Random } from "./random.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const file = new FileServer();

function put(key: string, value: unknown = 1): (document: Y.Doc) => void {
  return (document) => document.getMap("records").set(key, value);
}

/** Resolves when no board is in memory. */
async function emptied(): Promise<void> {
  await expect.poll(() => file.server.metric("boardwalk_boards_open")).toBe(0);
}

describe("boards that people come to and leave", () => {
  it(`lose nothing and never split in two (SEED=${seed})`, async () => {
    console.log(`SEED=${seed}`);
    const random = new Random(seed);
    const board = await file.server.createBoard();
    const acknowledged: string[] = [];
    let closedUnderUs = 0;

    /** A board may be closed under whoever comes in that very moment: then they come again. */
    const comeIn = async (link: Link): Promise<RawClient> => {
      for (;;) {
        const client = await RawClient.connect(file.server.url, link.boardId);
        client.authenticate(link.token);
        client.sendStep1();
        const over = client.closed.then(({ code }) => code);
        const code = await Promise.race([
          client.synced().then(
            () => 0,
            () => over,
          ),
          over,
        ]);
        if (code === 0) return client;
        expect(code).toBe(closeCode.boardClosed);
        closedUnderUs++;
      }
    };
    const leave = (client: RawClient) => {
      const way = random.below(3);
      if (way === 0) client.terminate();
      else if (way === 1) client.send({ type: "close", reason: "" });
      else void client.close();
    };

    for (let round = 0; round < 120; round++) {
      const passerBy = await comeIn(editLink(board));
      const key = `round-${round}`;
      passerBy.change(put(`${key}-passer-by`));
      if (random.below(2) === 0) {
        expect(await passerBy.answered(1)).toBe(true);
        acknowledged.push(`${key}-passer-by`);
      }
      const reads = Array.from({ length: random.below(3) }, async () =>
        fetch(`${file.server.url}/api/boards/${board.id}`, {
          headers: { authorization: `Bearer ${board.viewToken}` },
        }),
      );
      leave(passerBy);
      const [one, other] = await Promise.all([comeIn(editLink(board)), comeIn(editLink(board))]);
      one.change(put(`${key}-one`));
      other.change(put(`${key}-other`));
      await one.until(() => one.document.getMap("records").has(`${key}-other`));
      await other.until(() => other.document.getMap("records").has(`${key}-one`));
      expect(await one.answered(1)).toBe(true);
      expect(await other.answered(1)).toBe(true);
      acknowledged.push(`${key}-one`, `${key}-other`);
      for (const response of await Promise.all(reads)) expect(response.status).toBe(200);
      const unseen = acknowledged.filter((seen) => !one.document.getMap("records").has(seen));
      expect(unseen).toEqual([]);
      leave(one);
      leave(other);
      // Now and then the board is gone from memory before the next round.
      if (round % 10 === 9) await emptied();
    }
    expect(acknowledged.length).toBeGreaterThan(240);
    expect(closedUnderUs).toBeLessThan(20);
    await emptied();
    await file.restart();
    const reader = await file.join(viewLink(board));
    const missing = acknowledged.filter((key) => !reader.document.getMap("records").has(key));
    expect(missing).toEqual([]);
  });

  it("are one board to two who come in while its name is read", async () => {
    const board = await file.server.createBoard();
    const readName = async () =>
      fetch(`${file.server.url}/api/boards/${board.id}`, {
        headers: { authorization: `Bearer ${board.viewToken}` },
      });
    for (let round = 0; round < 40; round++) {
      // Reading loads the board and lets go of it, just when the first comes in.
      const one = await RawClient.connect(file.server.url, board.id);
      const [response] = await Promise.all([
        readName(),
        (async () => {
          await readName();
          one.authenticate(board.editToken);
          one.sendStep1();
          await one.synced();
        })(),
      ]);
      expect(response.status).toBe(200);
      const other = await RawClient.join(file.server.url, editLink(board));
      const key = `round-${round}`;
      one.change(put(key));
      await other.until(() => other.document.getMap("records").has(key));
      await Promise.all([one.close(), other.close()]);
    }
    await emptied();
  });

  it("leave the memory when they are empty", async () => {
    const boards = await Promise.all(
      Array.from({ length: 20 }, async () => file.server.createBoard()),
    );
    const clients = await Promise.all(boards.map(async (board) => file.join(editLink(board))));
    expect(await file.server.metric("boardwalk_boards_open")).toBeGreaterThanOrEqual(20);
    for (const client of clients) client.change(put("last"));
    await Promise.all(clients.map(async (client) => client.close()));
    await emptied();
    for (const board of boards.slice(0, 3)) {
      expect((await file.join(viewLink(board))).document.getMap("records").has("last")).toBe(true);
    }
  });
});
