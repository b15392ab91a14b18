import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isHash } from "../asset-rules.ts";
import { fault, type Inspected, note } from "../inspection.ts";
import { errnoOf } from "../store-error.ts";
import { INCOMING } from "./asset-folder.ts";

/** Reads every asset, and holds its content against its name. */
export async function* inspectAssets(path: string): AsyncGenerator<Inspected> {
  for (const folder of await filesIn(path)) {
    const files = await filesIn(join(path, folder));
    if (folder === INCOMING) {
      if (files.length > 0) yield note("assets", `${files.length} were being received`);
      continue;
    }
    for (const sha256 of files) {
      if (!isHash(sha256) || !sha256.startsWith(folder)) {
        yield note(`file ${join("assets", folder, sha256)}`, "is no asset");
        continue;
      }
      yield await inspectAsset(join(path, folder, sha256), sha256);
    }
  }
}

async function inspectAsset(path: string, sha256: string): Promise<Inspected> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fault(`asset ${sha256}`, `cannot be read: ${reason}`);
  }
  if (hash.digest("hex") === sha256) return { kind: "asset", sha256, bytes };
  return fault(`asset ${sha256}`, `its ${bytes} bytes are not those it is named by`);
}

/** Files of the database that were found damaged at an opening. */
export async function* inspectSetAside(path: string): AsyncGenerator<Inspected> {
  for (const file of await filesIn(path)) {
    const { size } = await stat(join(path, file));
    yield note(`file ${join("set-aside", file)}`, `damaged, set aside earlier, ${size} bytes`);
  }
}

/** Sorted; empty where there is no such folder. */
async function filesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
    throw error;
  }
}
