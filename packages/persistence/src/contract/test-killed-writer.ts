import * as Y from "yjs";
import { openStore } from "../open-store.ts";

// Run by test-kill-contract.ts, which kills it at a random moment. Writes documents that stay small while
// they change all the time, so that their logs are compacted again and again; beside each change a
// record says its number, in the same commit. Now and then it makes a version, and deletes the
// oldest, and puts a whole document of its own. Prints, once that is on disk,
//
//   saved document number
//   made document version number      the version holds this number or a later one
//   deleting document version         said before it is asked for
//   deleted document version
//   putting document number          said before it is asked for
//   put document number
//   compactions count
const [dataDir, databaseUrl] = process.argv.slice(2);
if (dataDir === undefined) throw new Error("usage: dataDir [databaseUrl]");

const CHANGES_PER_ROUND = 4;
const PAUSE_MS = 1;
const ROUNDS_PER_VERSION = 5;
const ROUNDS_PER_PUT = 3;
const VERSIONS_KEPT = 1;

const complain = (details: object, message: string): void =>
  void process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
const logger = { info: () => {}, warn: complain, error: complain };
const limits = { minCompactionBytes: 600, snapshotChunkBytes: 50, maxNamesInMemory: 3 };
const store = await openStore({ dataDir, databaseUrl: databaseUrl || null, logger, limits });
const say = (...words: (string | number)[]): void =>
  void process.stdout.write(`${words.join(" ")}\n`);

async function makeVersion(name: string, number: number): Promise<void> {
  const version = await store.versions.create(name, Buffer.from(String(number)));
  say("made", name, version?.id ?? "none", number);
  const versions = await store.versions.list(name);
  const [oldest] = versions;
  if (oldest === undefined || versions.length <= VERSIONS_KEPT) return;
  say("deleting", name, oldest.id);
  await store.versions.delete(name, [oldest.id]);
  say("deleted", name, oldest.id);
}

async function putWhole(name: string, number: number): Promise<void> {
  const document = new Y.Doc();
  document.getMap("m").set("number", number);
  document.getText("t").insert(0, `${number} `.repeat(100)); // Of many pieces.
  say("putting", name, number);
  await store.updates.put(name, Y.encodeStateAsUpdate(document));
  say("put", name, number);
}

async function write(name: string): Promise<void> {
  const document = new Y.Doc();
  const stored = await store.updates.load(name);
  if (stored?.snapshot) Y.applyUpdate(document, stored.snapshot);
  for (const update of stored?.updates ?? []) Y.applyUpdate(document, update);
  const map = document.getMap<number>("m");
  let number = map.get("number") ?? 0;

  let commits: Promise<void>[] = [];
  document.on("update", (update) => {
    const committed = number;
    const value = Buffer.from(String(committed));
    commits.push(
      store
        .commit([
          { type: "append", name, update },
          { type: "put", key: `last/${name}`, value },
        ])
        .then(() => say("saved", name, committed)),
    );
  });
  for (let round = 1; ; round++) {
    for (let index = 0; index < CHANGES_PER_ROUND; index++) {
      number += 1;
      map.set("number", number);
    }
    await Promise.all(commits);
    commits = [];
    if (round % ROUNDS_PER_VERSION === 0) await makeVersion(name, number);
    if (round % ROUNDS_PER_PUT === 0) await putWhole(`${name}/${number}`, number);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

setInterval(() => say("compactions", store.stats().compactions), 5);
await Promise.all(["a", "b", "c", "d", "e"].map((name) => write(name)));
