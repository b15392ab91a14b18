import * as Y from "yjs";
import { openStore } from "../open-store.ts";

// Run by test-kill-contract.ts, which kills it at a random moment. Writes documents that stay small while
// they change all the time, so that their logs are compacted again and again; beside each change a
// record says its number, in the same commit. Prints "document number" once that is on disk.
const [dataDir, databaseUrl] = process.argv.slice(2);
if (dataDir === undefined) throw new Error("usage: dataDir [databaseUrl]");

const CHANGES_PER_ROUND = 4;
const PAUSE_MS = 1;

const complain = (details: object, message: string): void =>
  void process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
const logger = { info: () => {}, warn: complain, error: complain };
const limits = { minCompactionBytes: 600, snapshotChunkBytes: 50, maxNamesInMemory: 3 };
const store = await openStore({ dataDir, databaseUrl: databaseUrl || null, logger, limits });

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
        .then(() => void process.stdout.write(`${name} ${committed}\n`)),
    );
  });
  for (;;) {
    for (let index = 0; index < CHANGES_PER_ROUND; index++) {
      number += 1;
      map.set("number", number);
    }
    await Promise.all(commits);
    commits = [];
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

setInterval(() => process.stdout.write(`# ${store.stats().compactions}\n`), 5);
await Promise.all(["a", "b", "c", "d", "e"].map((name) => write(name)));
