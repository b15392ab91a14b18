import * as Y from "yjs";
import { LevelStore } from "./level-store.ts";

// Run by disk-faults.test.ts in a process that dies at a chosen fsync. One document's whole life:
// written, compacted into several chunks, kept as two versions of which one is deleted, deleted. Prints each step once it is acknowledged.
const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error("usage: dataDir");

const logger = { info: () => {}, warn: () => {}, error: () => {} };
const limits = { minCompactionBytes: 300, snapshotChunkBytes: 200 };
const store = await LevelStore.open({ dataDir, logger, limits });
const say = (step: string): void => void process.stdout.write(`${step}\n`);

const document = new Y.Doc();
const updates: Uint8Array[] = [];
document.on("update", (update) => updates.push(update));
for (let index = 0; index < 40; index++) document.getArray("l").push([`entry ${index}`]);

const appends = updates.map((update) => store.updates.append("a", update));
await Promise.all(appends);
say("appended");
await store.settled();
say(`compacted ${store.stats().compactions}`);
const first = await store.versions.create("a", Buffer.from("first"));
say("made first");
await store.versions.create("a", Buffer.from("second"));
say("made second");
await store.versions.delete("a", [first?.id ?? ""]);
say("unmade first");
await store.settled();
say("deleting");
await store.updates.delete("a");
say("deleted");
await store.settled();
say(`commits ${store.stats().commits}`);
await store.close();
