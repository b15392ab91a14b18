import { closeCode, isToken, viewTokenOf, type CreatedBoard } from "@boardwalk/board-model";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BoardOwner, enterPassword } from "./board-owner.ts";
import { editLink, RawClient, viewLink, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";
import {
  expectEventually,
  hocuspocusSynced,
  openHocuspocus,
  openPlain,
  openSharedSocket,
  plainSynced,
} from "./stock-clients.ts";

let dataDir = "";
let server: ServerProcess;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await ServerProcess.start({ dataDir, env: { LOG_LEVEL: "trace" } });
});

afterAll(async () => {
  if (!server.isRunning) throw new Error(`The server has ended:\n${server.output}`);
  await server.kill();
  await removeFolder(dataDir);
});

async function ownBoard(): Promise<{ board: CreatedBoard; owner: BoardOwner }> {
  const board = await server.createBoard();
  return { board, owner: new BoardOwner(server.url, board) };
}

function endWithTest(client: RawClient): RawClient {
  onTestFinished(() => client.terminate());
  return client;
}

async function joinSync(link: Link): Promise<RawClient> {
  return endWithTest(await RawClient.join(server.url, link));
}

async function joinPlain(link: Link): Promise<RawClient> {
  return endWithTest(await RawClient.joinPlain(server.url, link));
}

const joins = { "/sync": joinSync, "/yjs": joinPlain } as const;
const paths = ["/sync", "/yjs"] as const;

/** Why this client was refused, as its last Auth message says. */
function denialOf(client: RawClient): string | null {
  const last = client.heard.findLast((message) => message.type === "auth");
  return last?.type === "auth" && last.auth.kind === "denied" ? last.auth.reason : null;
}

/** Why a newcomer by this link is refused. */
async function refusalOf(link: Link): Promise<string | null> {
  const client = endWithTest(await RawClient.connect(server.url, link.boardId));
  client.authenticate(link.token);
  await client.until(() => client.heard.length > 0);
  return denialOf(client);
}

function set(client: RawClient, key: string): void {
  client.change((document) => document.getMap("records").set(key, 1));
}

function has(client: RawClient, key: string): boolean {
  return client.document.getMap("records").has(key);
}

describe("a revoked link", () => {
  it.each(paths)("is out at once for everyone in by it over %s, while they edit", async (path) => {
    const { board, owner } = await ownBoard();
    const link = await owner.makeLink({ role: "edit", name: "Class" });
    const way = { boardId: board.id, token: link.token };
    const [ann, bob] = [await joins[path](way), await joins[path](way)];
    const watcher = await joinSync(editLink(board));
    set(ann, "before");
    await watcher.until(() => has(watcher, "before"));
    expect((await owner.links()).links.find(({ id }) => id === link.id)?.peopleHere).toBe(2);

    await owner.revokeLink(link.id);
    for (const client of [ann, bob]) {
      // Sent on a socket that is being closed: nobody takes it.
      if (client.isOpen) set(client, "after");
      expect(await client.closed).toEqual({ code: closeCode.denied, reason: "LINK_REVOKED" });
      if (path === "/sync") expect(denialOf(client)).toBe("LINK_REVOKED");
    }
    expect(await refusalOf(way)).toBe("LINK_REVOKED");
    set(watcher, "last");
    await watcher.answered(1);
    const newcomer = await joinSync(viewLink(board));
    expect(has(newcomer, "last")).toBe(true);
    expect(has(newcomer, "after")).toBe(false);
    expect((await owner.links()).links.map(({ id }) => id)).toEqual(["edit", "view"]);
    expect((await owner.ask("DELETE", `/links/${link.id}`)).status).toBe(404);
  });

  it("is out for whoever is just coming in by it", async () => {
    const { board, owner } = await ownBoard();
    const link = await owner.makeLink({ role: "edit" });
    const way = { boardId: board.id, token: link.token };
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = endWithTest(await RawClient.connect(server.url, board.id));
        client.authenticate(way.token);
        return client;
      }),
    );
    await owner.revokeLink(link.id);
    for (const client of clients) {
      await client.until(() => denialOf(client) === "LINK_REVOKED");
    }
    expect(await owner.people()).toEqual([]);
  });

  it("takes nothing but its own board from a socket with several", async () => {
    const [mine, other] = [await ownBoard(), await ownBoard()];
    const socket = openSharedSocket(server.url);
    onTestFinished(() => socket.destroy());
    const first = openHocuspocus(server.url, editLink(mine.board), { socket });
    const second = openHocuspocus(server.url, editLink(other.board), { socket });
    await Promise.all([hocuspocusSynced(first), hocuspocusSynced(second)]);
    const reasons: string[] = [];
    first.on("authenticationFailed", ({ reason }: { reason: string }) => reasons.push(reason));
    await mine.owner.revokeLink("edit");
    await expectEventually(() => reasons.includes("LINK_REVOKED"));
    second.document.getMap("records").set("goes", "on");
    await hocuspocusSynced(second);
    expect(second.isAuthenticated).toBe(true);
    expect(await mine.owner.people()).toEqual([]);
    expect(await other.owner.people()).toHaveLength(1);
  });

  it("is told to stock clients of both kinds", async () => {
    const { board, owner } = await ownBoard();
    const hocuspocus = openHocuspocus(server.url, editLink(board));
    const plain = openPlain(server.url, editLink(board));
    onTestFinished(() => {
      hocuspocus.destroy();
      plain.destroy();
    });
    await Promise.all([hocuspocusSynced(hocuspocus), plainSynced(plain)]);
    const reasons: string[] = [];
    hocuspocus.on("authenticationFailed", ({ reason }: { reason: string }) => reasons.push(reason));
    const closed = new Promise((resolve) => plain.once("closed", resolve));
    await owner.revokeLink("edit");
    await expectEventually(() => reasons.includes("LINK_REVOKED"));
    expect(await closed).toMatchObject({ code: closeCode.denied, reason: "LINK_REVOKED" });
  });

  it("opens nothing over REST either", async () => {
    const { board, owner } = await ownBoard();
    await owner.revokeLink("edit");
    const response = await fetch(`${server.url}/api/boards/${board.id}`, {
      headers: { authorization: `Bearer ${board.editToken}` },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: "LINK_REVOKED" } });
  });
});

describe("a link that expires", () => {
  it("ends for those who are in over both protocols, and lets nobody in after", async () => {
    const { board, owner } = await ownBoard();
    const expiresAt = new Date(Date.now() + 3_000).toISOString();
    const link = await owner.makeLink({ role: "edit", expiresAt });
    const way = { boardId: board.id, token: link.token };
    const clients = [await joinSync(way), await joinPlain(way)];
    const stays = await joinSync(editLink(board));
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: closeCode.denied, reason: "LINK_EXPIRED" });
    }
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect(await refusalOf(way)).toBe("LINK_EXPIRED");
    set(stays, "x");
    expect(await stays.answered(1)).toBe(true);
    // Its owner may give it more time.
    await owner.changeLink(link.id, { expiresAt: null });
    expect((await joinSync(way)).isOpen).toBe(true);
  });

  it("ends at once when its owner says so", async () => {
    const { board, owner } = await ownBoard();
    const client = await joinSync(editLink(board));
    await owner.changeLink("edit", { expiresAt: new Date(0).toISOString() });
    expect(await client.closed).toMatchObject({ reason: "LINK_EXPIRED" });
  });
});

describe("a change of a link's role", () => {
  it("is a change of right on every open tab, without a reconnect", async () => {
    const { board, owner } = await ownBoard();
    const tabs = [await joinSync(editLink(board)), await joinSync(editLink(board))];
    await owner.changeLink("edit", { role: "view" });
    for (const tab of tabs) {
      await tab.until(() =>
        tab.notices.some((notice) => notice.kind === "role" && notice.role === "view"),
      );
      expect(tab.heard.findLast(({ type }) => type === "auth")).toMatchObject({
        auth: { kind: "authenticated", readOnly: true },
      });
      set(tab, "refused");
      expect(await tab.answered(1)).toBe(false);
    }
    await owner.changeLink("edit", { role: "edit" });
    for (const tab of tabs) {
      await tab.until(
        () =>
          tab.notices.at(-1)?.kind === "role" &&
          JSON.stringify(tab.notices.at(-1)).includes("edit"),
      );
      // What was refused builds the ground for what comes: all of it is offered again.
      tab.answersStep1 = true;
      tab.sendStep1();
      expect(await tab.answered(2)).toBe(true);
    }
    const reader = await joinSync(viewLink(board));
    expect(has(reader, "refused")).toBe(true);
    expect(await owner.people()).toHaveLength(3);
  });

  it("makes a y-websocket client come back with the right it has now", async () => {
    const { board, owner } = await ownBoard();
    const plain = openPlain(server.url, editLink(board));
    onTestFinished(() => plain.destroy());
    const watcher = await joinSync(viewLink(board));
    await plainSynced(plain);
    const codes: number[] = [];
    plain.on("connection-close", (event) => codes.push(event?.code ?? 0));
    await owner.lock(true);
    await expectEventually(() => codes.length === 1 && plain.wsconnected);
    plain.doc.getMap("records").set("while locked", 1);
    await owner.lock(false);
    // Nothing it did is lost: with the right, its change comes.
    await watcher.until(() => has(watcher, "while locked"));
    expect(codes).toEqual([closeCode.rightChanged, closeCode.rightChanged]);
  });

  it("does not make an edit link of a view link that can be made from another", async () => {
    const { owner } = await ownBoard();
    const response = await owner.ask("PATCH", "/links/view", { role: "edit" });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { code: "LINK_IS_DERIVED" } });
  });
});

describe("the view link that an editor can pass on", () => {
  it("is known to be gone when its owner has revoked it, and is none of other edit links", async () => {
    const { board, owner } = await ownBoard();
    const link = await owner.makeLink({ role: "edit" });
    const [first, other] = [
      await joinSync(editLink(board)),
      await joinSync({ boardId: board.id, token: link.token }),
    ];
    const right = { kind: "role", role: "edit", locked: false };
    await other.until(() => other.notices.length > 0);
    expect(other.notices).toEqual([{ ...right, hasViewLink: false, name: null }]);
    await owner.revokeLink("view");
    await first.until(() => first.notices.length > 1);
    expect(first.notices).toEqual([
      { ...right, hasViewLink: true, name: null },
      { ...right, hasViewLink: false, name: null },
    ]);
  });
});

describe("a locked board", () => {
  it("is view-only for everyone, in by then or later, by socket and by REST", async () => {
    const { board, owner } = await ownBoard();
    const ann = await joinSync(editLink(board));
    await owner.lock(true);
    await ann.until(() => ann.notices.some((notice) => notice.kind === "role" && notice.locked));
    expect(ann.notices.at(-1)).toEqual({
      kind: "role",
      role: "edit",
      locked: true,
      hasViewLink: true,
      name: null,
    });
    const bob = await joinSync(editLink(board));
    await bob.until(() => bob.notices.length > 0);
    expect(bob.notices).toEqual([
      {
        kind: "role",
        role: "edit",
        locked: true,
        hasViewLink: true,
        name: null,
      },
    ]);
    for (const client of [ann, bob]) {
      set(client, "refused");
      expect(await client.answered(1)).toBe(false);
    }
    const rename = (token: string) =>
      fetch(`${server.url}/api/boards/${board.id}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "Other" }),
      });
    expect((await rename(board.editToken)).status).toBe(403);
    expect((await rename(board.ownerKey)).status).toBe(200);
    expect((await owner.links()).locked).toBe(true);

    await owner.lock(false);
    await bob.until(() => bob.notices.length > 2);
    bob.answersStep1 = true;
    bob.sendStep1();
    expect(await bob.answered(2)).toBe(true);
  });

  it("is locked and unlocked by its owner alone", async () => {
    const { board } = await ownBoard();
    for (const token of [board.editToken, board.viewToken]) {
      const response = await fetch(`${server.url}/api/boards/${board.id}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ locked: true }),
      });
      expect(response.status).toBe(403);
    }
  });
});

describe("a link with a password", () => {
  async function closedLink(password = "correct horse") {
    const { board, owner } = await ownBoard();
    const link = await owner.makeLink({ role: "edit", password });
    return { board, owner, link, way: { boardId: board.id, token: link.token } };
  }

  it.each(paths)("opens over %s by a session, and not by its token", async (path) => {
    const { board, way } = await closedLink();
    expect(await refusalOf(way)).toBe("PASSWORD_REQUIRED");
    const plain = endWithTest(await RawClient.connectPlain(server.url, way));
    expect(await plain.closed).toEqual({ code: closeCode.denied, reason: "PASSWORD_REQUIRED" });
    expect(await enterPassword(server.url, way, "wrong horse")).toMatchObject({
      status: 403,
      code: "PASSWORD_WRONG",
    });
    const { status, session } = await enterPassword(server.url, way, "correct horse");
    expect(status).toBe(201);
    const client = await joins[path]({ boardId: board.id, token: session });
    set(client, "in");
    const watcher = await joinSync(viewLink(board));
    await watcher.until(() => has(watcher, "in"));
    const rest = (token: string) =>
      fetch(`${server.url}/api/boards/${board.id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await rest(session)).status).toBe(200);
    expect((await rest(way.token)).status).toBe(401);
  });

  it("is worth nothing on another board, nor for another link", async () => {
    const { owner, way } = await closedLink();
    const other = await ownBoard();
    const { session } = await enterPassword(server.url, way, "correct horse");
    expect(await refusalOf({ boardId: other.board.id, token: session })).toBe("TOKEN_INVALID");
    expect(
      await enterPassword(server.url, { ...way, boardId: other.board.id }, "correct horse"),
    ).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
    const [link] = (await owner.links()).links.filter(({ hasPassword }) => hasPassword);
    await owner.revokeLink(link?.id ?? "");
    expect(await refusalOf({ ...way, token: session })).toBe("LINK_REVOKED");
  });

  it("asks anew whoever is in when it is set or changed, and nobody when it goes", async () => {
    const { board, owner } = await ownBoard();
    const way = editLink(board);
    const open = await joinSync(way);
    await owner.changeLink("edit", { password: "first one" });
    expect(await open.closed).toMatchObject({ reason: "PASSWORD_REQUIRED" });
    const first = (await enterPassword(server.url, way, "first one")).session;
    const client = await joinSync({ ...way, token: first });
    await owner.changeLink("edit", { password: "second one" });
    expect(await client.closed).toMatchObject({ reason: "PASSWORD_REQUIRED" });
    expect(await refusalOf({ ...way, token: first })).toBe("PASSWORD_REQUIRED");
    const second = (await enterPassword(server.url, way, "second one")).session;
    const back = await joinSync({ ...way, token: second });
    await owner.changeLink("edit", { password: null });
    set(back, "still in");
    expect(await back.answered(1)).toBe(true);
    expect(await refusalOf(way)).toBe(null);
  });

  it("takes only so many wrong ones, then not even the right one, and others go on", async () => {
    const { way } = await closedLink();
    const other = await closedLink("another horse");
    const guesses = await Promise.all(
      Array.from({ length: 60 }, (_, index) => enterPassword(server.url, way, `guess ${index}`)),
    );
    const codes = guesses.map(({ code }) => code);
    expect(codes.filter((code) => code === "PASSWORD_WRONG").length).toBeLessThanOrEqual(51);
    expect(codes).toContain("TOO_MANY_REQUESTS");
    expect(await enterPassword(server.url, way, "correct horse")).toMatchObject({ status: 429 });
    expect(await enterPassword(server.url, other.way, "another horse")).toMatchObject({
      status: 201,
    });
  });
});

describe("a removed person", () => {
  it("is out, cannot come back by the same link, and the others go on by a new one", async () => {
    const { board, owner } = await ownBoard();
    const mallory = await joinSync(editLink(board));
    const ann = await joinSync(editLink(board));
    const vic = await joinSync(viewLink(board));
    const show = (client: RawClient, id: string, name: string) =>
      client.present({ id, name, color: "#186adb", page: "page:page" });
    show(mallory, "m", "Mallory");
    show(ann, "a", "Ann");
    await ann.until(() => ann.presence.has(mallory.document.clientID));
    await mallory.until(() => mallory.presence.has(ann.document.clientID));

    const people = await owner.people();
    expect(people.map(({ name, linkId, role }) => [name, linkId, role])).toEqual([
      ["Mallory", "edit", "edit"],
      ["Ann", "edit", "edit"],
      [null, "view", "view"],
    ]);
    const target = people.find(({ name }) => name === "Mallory");
    expect(target?.clientIds).toEqual([mallory.document.clientID]);
    const { removed, links } = await owner.remove(target?.connectionId ?? "");
    expect(removed).toBe(1);
    expect(await mallory.closed).toEqual({ code: closeCode.denied, reason: "REMOVED" });
    expect(JSON.stringify(mallory.notices)).not.toContain('"link"');

    // Neither by the link nor by the view link that can be made from it.
    expect(await refusalOf(editLink(board))).toBe("LINK_REVOKED");
    expect(await refusalOf(viewLink(board))).toBe("LINK_REVOKED");

    const edit = links.find(({ role }) => role === "edit");
    const view = links.find(({ role }) => role === "view");
    expect(links.map(({ replaces }) => replaces).toSorted()).toEqual(["edit", "view"]);
    expect(view?.token).toBe(viewTokenOf(edit?.token ?? ""));
    for (const [client, link] of [
      [ann, edit],
      [vic, view],
    ] as const) {
      await client.until(() => client.notices.some(({ kind }) => kind === "link"));
      expect(client.notices.at(-1)).toEqual({ kind: "link", token: link?.token, session: null });
      expect(await refusalOf({ boardId: board.id, token: link?.token ?? "" })).toBe(null);
    }
    set(ann, "goes on");
    expect(await ann.answered(1)).toBe(true);
    await vic.until(() => has(vic, "goes on"));
  });

  it("goes with all tabs, and from a view link takes no edit link away", async () => {
    const { board, owner } = await ownBoard();
    const [one, two] = [await joinSync(viewLink(board)), await joinSync(viewLink(board))];
    const ann = await joinSync(editLink(board));
    for (const tab of [one, two]) {
      tab.present({ id: "m", name: "Mallory", color: "#186adb", page: "page:page" });
    }
    await ann.until(() => ann.presence.size === 2);
    const [target] = await owner.people();
    expect((await owner.remove(target?.connectionId ?? "")).removed).toBe(2);
    for (const tab of [one, two]) expect(await tab.closed).toMatchObject({ reason: "REMOVED" });
    expect(await refusalOf(viewLink(board))).toBe("LINK_REVOKED");
    expect(await refusalOf(editLink(board))).toBe(null);
    expect((await owner.ask("DELETE", `/people/${target?.connectionId ?? ""}`)).status).toBe(404);
  });

  it("takes nobody along whose id they have put on", async () => {
    const { board, owner } = await ownBoard();
    const [ann, mallory] = [await joinSync(editLink(board)), await joinSync(editLink(board))];
    ann.present({ id: "a", name: "Ann", color: "#186adb", page: "page:page" });
    mallory.present({ id: "a", name: "Mallory", color: "#186adb", page: "page:page" });
    await ann.until(() => ann.presence.has(mallory.document.clientID));
    await mallory.until(() => mallory.presence.has(ann.document.clientID));
    const target = (await owner.people()).find(({ name }) => name === "Mallory");
    expect((await owner.remove(target?.connectionId ?? "")).removed).toBe(1);
    expect(await mallory.closed).toMatchObject({ reason: "REMOVED" });
    await ann.until(() => ann.notices.some(({ kind }) => kind === "link"));
    expect(ann.isOpen).toBe(true);
  });

  it("leaves the others the session that stands for the password", async () => {
    const { board, owner } = await ownBoard();
    const link = await owner.makeLink({ role: "edit", password: "correct horse" });
    const way = { boardId: board.id, token: link.token };
    const sessions = await Promise.all([
      enterPassword(server.url, way, "correct horse"),
      enterPassword(server.url, way, "correct horse"),
    ]);
    const [mallory, ann] = [
      await joinSync({ ...way, token: sessions[0].session }),
      await joinSync({ ...way, token: sessions[1].session }),
    ];
    const [target] = await owner.people();
    await owner.remove(target?.connectionId ?? "");
    expect(await mallory.closed).toMatchObject({ reason: "REMOVED" });
    await ann.until(() => ann.notices.some(({ kind }) => kind === "link"));
    const moved = ann.notices.at(-1);
    if (moved?.kind !== "link") throw new Error("No new link");
    expect(isToken(moved.session)).toBe(true);
    expect(await refusalOf({ ...way, token: moved.session ?? "" })).toBe(null);
    expect(await refusalOf({ ...way, token: moved.token })).toBe("PASSWORD_REQUIRED");
    for (const { session } of sessions) {
      expect(await refusalOf({ ...way, token: session })).toBe("LINK_REVOKED");
    }
  });
});

describe("what only the owner may see and do", () => {
  it("is refused to links and to strangers", async () => {
    const { board, owner } = await ownBoard();
    const other = await ownBoard();
    await joinSync(viewLink(board));
    const [person] = await owner.people();
    const requests = [
      ["GET", "/links"],
      ["POST", "/links", { role: "edit" }],
      ["PATCH", "/links/edit", { role: "view" }],
      ["DELETE", "/links/edit"],
      ["GET", "/people"],
      ["DELETE", `/people/${person?.connectionId}`],
    ] as const;
    for (const [method, path, body] of requests) {
      for (const [token, status] of [
        [board.editToken, 403],
        [board.viewToken, 403],
        [other.board.ownerKey, 401],
        ["", 401],
      ] as const) {
        const response = await fetch(`${server.url}/api/boards/${board.id}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: body === undefined ? null : JSON.stringify(body),
        });
        expect(response.status, `${method} ${path} by ${token}`).toBe(status);
      }
    }
    expect((await owner.links()).links).toHaveLength(2);
  });

  it("keeps a board from having more than so many links", async () => {
    const { owner } = await ownBoard();
    for (let count = 2; count < 100; count++) await owner.makeLink({ role: "view" });
    const response = await owner.ask("POST", "/links", { role: "view" });
    expect(await response.json()).toMatchObject({ error: { code: "TOO_MANY_LINKS" } });
  });
});

describe("secrets", () => {
  it("are neither stored readable nor logged, not even at the level of most detail", async () => {
    const { board, owner } = await ownBoard();
    const password = "a very findable password";
    const link = await owner.makeLink({ role: "edit", password, name: "A findable name" });
    const way = { boardId: board.id, token: link.token };
    await enterPassword(server.url, way, "a findable wrong one");
    const { session } = await enterPassword(server.url, way, password);
    await joinPlain({ ...way, token: session });
    const [person] = await owner.people();
    const { links } = await owner.remove(person?.connectionId ?? "");

    const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
    const stored = Buffer.concat(
      await Promise.all(
        entries
          .filter((entry) => entry.isFile())
          .map((entry) => readFile(join(entry.parentPath, entry.name))),
      ),
    );
    // What is stored as it is, so the search does find what is there.
    expect(stored.includes("A findable name")).toBe(true);
    expect(server.output).toContain(`/api/boards/${board.id}/sessions`);
    const secrets = [
      board.ownerKey,
      board.editToken,
      board.viewToken,
      link.token,
      links[0]?.token ?? "no link",
      session,
      password,
      "a findable wrong one",
    ];
    const isFound = (secret: string) => [
      stored.includes(secret),
      stored.includes(Buffer.from(secret, "base64url")),
      server.output.includes(secret),
    ];
    expect(secrets.map(isFound)).toEqual(secrets.map(() => [false, false, false]));
  });
});
