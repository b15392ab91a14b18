import { isSkipped, PostgresServer } from "@boardwalk/persistence/test-postgres-server";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { editLink, RawClient, viewLink } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

const picture = Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAA=", "base64");

describe.skipIf(isSkipped)("a server with its boards in PostgreSQL", () => {
  const file = PostgresServer.forFile();
  let dataDir = "";
  beforeAll(async () => {
    dataDir = await temporaryFolder();
  });
  afterAll(() => removeFolder(dataDir));

  const start = (databaseUrl: string): Promise<ServerProcess> =>
    ServerProcess.start({ dataDir, env: { DATABASE_URL: databaseUrl } });

  it("has them after a kill, with their files, and nothing in its folder", async () => {
    const databaseUrl = await file.server.createDatabase();
    let server = await start(databaseUrl);
    try {
      const board = await server.createBoard("Plan");
      const writer = await RawClient.join(server.url, editLink(board));
      writer.change((document) => document.getMap("m").set("key", "value"));
      expect(await writer.answered(1)).toBe(true);
      const upload = await fetch(`${server.url}/api/boards/${board.id}/assets`, {
        method: "POST",
        headers: { authorization: `Bearer ${board.editToken}` },
        body: picture,
      });
      expect(upload.status).toBe(201);
      const { url: picturePath } = (await upload.json()) as { url: string };

      await server.kill();
      server = await start(databaseUrl);
      const reader = await RawClient.join(server.url, viewLink(board));
      expect(reader.document.getMap("m").toJSON()).toEqual({ key: "value" });
      const download = await fetch(server.url + picturePath);
      expect(Buffer.from(await download.arrayBuffer()).equals(picture)).toBe(true);
      expect(await server.stop()).toBe(0);
      expect(await readdir(dataDir)).toEqual([]);
    } finally {
      await server.kill();
    }
  });

  it("saves what was changed while the database was away", async () => {
    const server = await start(await file.server.createDatabase());
    try {
      const board = await server.createBoard();
      const writer = await RawClient.join(server.url, editLink(board));
      await file.server.kill();
      expect(await server.status("/health")).toBe(200);
      expect(await server.status("/ready")).toBe(503);
      writer.change((document) => document.getMap("m").set("key", "value"));
      await writer.until(() => writer.notices.some(({ kind }) => kind === "notSaved"));
      expect(writer.notices).toContainEqual({ kind: "notSaved", code: "STORE_UNAVAILABLE" });

      await file.server.start();
      await writer.until(() => writer.notices.some(({ kind }) => kind === "savedAgain"));
      await expect.poll(() => server.status("/ready")).toBe(200);
      const reader = await RawClient.join(server.url, viewLink(board));
      expect(reader.document.getMap("m").toJSON()).toEqual({ key: "value" });
    } finally {
      await server.kill();
    }
  });
});
