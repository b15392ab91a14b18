import { afterAll, beforeAll, expect, it } from "vitest";
import { BoardOwner, enterPassword } from "./board-owner.ts";
import { RawClient, type Link } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

const people = 200;
const changesEach = 5;

let dataDir = "";
let server: ServerProcess;

beforeAll(async () => {
  dataDir = await temporaryFolder();
  server = await ServerProcess.start({ dataDir });
});

afterAll(async () => {
  await server.kill();
  await removeFolder(dataDir);
});

/** With a password, as the most that a newcomer may have to show. */
async function enter(link: Link): Promise<string> {
  const { status, session } = await enterPassword(server.url, link, "open sesame");
  expect(status).toBe(201);
  return session;
}

/** Each from the address of all: a school behind one router. */
async function comeIn(link: Link, number: number): Promise<RawClient> {
  const client = await RawClient.join(server.url, { ...link, token: await enter(link) });
  client.present({ id: `p${number}`, name: `Pupil ${number}`, color: "#186adb", page: "page:1" });
  return client;
}

async function draw(clients: readonly RawClient[], key: string): Promise<void> {
  await Promise.all(
    clients.map(async (client, number) => {
      const due = client.answers.length + changesEach;
      for (let count = 0; count < changesEach; count++) {
        client.change((document) =>
          document.getMap("records").set(`${key}-${number}-${count}`, number),
        );
      }
      await client.answered(due);
      expect(client.answers.every(Boolean)).toBe(true);
    }),
  );
}

it("200 people behind one address, and all of them again after a restart, are refused nothing", async () => {
  const board = await server.createBoard();
  const owner = new BoardOwner(server.url, board);
  const { token } = await owner.makeLink({ role: "edit", password: "open sesame" });
  const link = { boardId: board.id, token };
  const everyone = Array.from({ length: people }, (_, number) => number);

  const before = await Promise.all(everyone.map((number) => comeIn(link, number)));
  await draw(before, "before");
  const { links } = await owner.links();
  expect(links.find(({ hasPassword }) => hasPassword)?.peopleHere).toBe(people);
  expect(await server.metric("boardwalk_limit_refusals_total")).toBe(0);

  const sessions = await Promise.all(before.slice(0, 3).map(() => enter(link)));
  const closed = Promise.all(before.map((client) => client.closed));
  expect(await server.stop()).toBe(0);
  await closed;
  server = await ServerProcess.start({ dataDir, port: server.port });

  // As the page does: the session of before first, which the server has forgotten.
  await Promise.all(
    everyone.map(async (number) => {
      const client = await RawClient.connect(server.url, board.id);
      client.authenticate(sessions[number % sessions.length] ?? "");
      client.sendStep1();
      await client.until(() => client.heard.length > 0);
      expect(client.heard[0]).toMatchObject({ auth: { reason: "TOKEN_INVALID" } });
      client.terminate();
    }),
  );
  const after = await Promise.all(everyone.map((number) => comeIn(link, number)));
  await draw(after, "after");
  const [one] = after;
  await one?.until(() => one.document.getMap("records").size >= 2 * people * changesEach);
  await one?.until(() => one.presence.size >= people - 1);
  expect(await server.metric("boardwalk_limit_refusals_total")).toBe(0);
  for (const client of after) client.terminate();
});
