import { rm, writeFile } from "node:fs/promises";
import { LevelStore } from "./level-store.ts";

// Run by disk-faults.test.ts in a process whose fdatasync fails while `trigger` exists.
const [dataDir, trigger] = process.argv.slice(2);
if (dataDir === undefined || trigger === undefined) throw new Error("usage: dataDir trigger");

const logger = { info: () => {}, warn: () => {}, error: () => {} };
const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : String(error);

const store = await LevelStore.open({ dataDir, logger });
await store.commit([
  { type: "put", key: "changed", value: Uint8Array.of(1) },
  { type: "put", key: "deleted", value: Uint8Array.of(1) },
  { type: "append", name: "a", update: Uint8Array.of(0, 0) },
]);
await writeFile(trigger, "");
const outcome = await store
  .commit([
    { type: "put", key: "changed", value: Uint8Array.of(2) },
    { type: "delete", key: "deleted" },
    { type: "put", key: "added", value: Uint8Array.of(2) },
    { type: "append", name: "a", update: Uint8Array.of(0, 0) },
    { type: "append", name: "b", update: Uint8Array.of(0, 0) },
  ])
  .then(() => "kept", codeOf);
await rm(trigger);
await store.probe();
const found = {
  outcome,
  changed: (await store.records.get("changed"))?.[0],
  deleted: (await store.records.get("deleted"))?.[0],
  added: await store.records.get("added"),
  a: (await store.updates.load("a"))?.lastSequence,
  b: await store.updates.load("b"),
};
await store.updates.append("a", Uint8Array.of(0, 0));
const after = await store.updates.load("a");
await store.close();
process.stdout.write(
  JSON.stringify({ ...found, after: [after?.lastSequence, after?.damage], stats: store.stats() }),
);
