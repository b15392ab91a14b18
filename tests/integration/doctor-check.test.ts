import { assetPath } from "@boardwalk/board-model";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runDoctor } from "./doctor-process.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

let folder = "";
let dataDir = "";
let server: ServerProcess;
let boardId = "";
let sha256 = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  dataDir = join(folder, "data");
  server = await ServerProcess.start({ dataDir });
  const board = await server.createBoard("Checked");
  boardId = board.id;
  const picture = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>");
  const uploaded = await fetch(`${server.url}/api/boards/${board.id}/assets`, {
    method: "POST",
    headers: { authorization: `Bearer ${board.editToken}` },
    body: picture,
  });
  const { url } = (await uploaded.json()) as { url: string };
  sha256 = url.slice(url.lastIndexOf("/") + 1);
});

afterEach(async () => {
  if (server.isRunning) await server.kill();
  await removeFolder(folder);
});

describe("checking a data folder", () => {
  it("says that it is sound after a kill, with what it holds", async () => {
    await server.kill();
    const { exitCode, output } = await runDoctor(["check", "--data-dir", dataDir]);
    expect(output).toContain("1 board: 1 document with 1 update, 0 versions, 2 records, 1 asset");
    expect(output).toContain("Sound");
    expect(exitCode).toBe(0);
    // As it was: the server takes it up again.
    server = await ServerProcess.start({ dataDir });
    expect(await server.status(assetPath(boardId, sha256))).toBe(200);
  });

  it("takes the folder from DATA_DIR, as the server does", async () => {
    await server.stop();
    expect((await runDoctor(["check"], { DATA_DIR: dataDir })).exitCode).toBe(0);
  });

  it("cannot be done while a server has it open, nor where there is none", async () => {
    const open = await runDoctor(["check", "--data-dir", dataDir]);
    expect(open.output).toContain("Stop the server");
    expect(open.exitCode).toBe(2);
    const absent = await runDoctor(["check", "--data-dir", join(folder, "absent")]);
    expect(absent.output).toContain("There is no data folder");
    expect(absent.exitCode).toBe(2);
  });

  it("finds that a picture is missing, and which board it belongs to", async () => {
    await server.stop();
    await rm(join(dataDir, "assets", sha256.slice(0, 2), sha256));
    const { exitCode, output } = await runDoctor(["check", "--data-dir", dataDir]);
    expect(output).toContain(`board ${boardId}: its picture or video ${sha256} is missing`);
    expect(exitCode).toBe(1);
  });

  it("finds bytes flipped in the database's log by whatever was lost with them", async () => {
    await server.kill();
    const log = join(dataDir, "log");
    const [file = ""] = (await readdir(log)).filter((name) => name.endsWith(".log"));
    const bytes = await readFile(join(log, file));
    // In the record that every batch of this short log begins in.
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(join(log, file), bytes);
    const { exitCode, output } = await runDoctor(["check", "--data-dir", dataDir]);
    expect(output).toContain("the database's log:");
    expect(output).toContain("Keep a copy");
    expect(exitCode).toBe(1);
  });

  it("calls a folder damaged whose database does not open", async () => {
    await server.stop();
    const [manifest = ""] = (await readdir(join(dataDir, "log"))).filter((name) =>
      name.startsWith("MANIFEST"),
    );
    await rename(join(dataDir, "log", manifest), join(folder, "lost"));
    const { exitCode, output } = await runDoctor(["check", "--data-dir", dataDir]);
    expect(output).toContain("cannot be opened");
    expect(exitCode).toBe(1);
  });
});
