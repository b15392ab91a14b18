import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { StoreError } from "../store-error.ts";
import { type Contents, contentsOf, filesOf, openSmallHome } from "./test-small-home.ts";

// Damages copies of a small home, each as a line of the input says, and prints what a store then
// finds in it, twice. In a process of its own, since damage may end it.

/** A byte of a file with some of its bits flipped, or the file cut before it. */
export type ByteDamage = {
  readonly file: string;
  readonly at: number;
  readonly bits: number | "cut";
};

export type Opening =
  | { readonly refusal: string; readonly changedFiles: readonly string[] }
  | {
      readonly refusal: null;
      /** What was logged as errors. */
      readonly said: readonly string[];
      readonly contents: Contents;
      /** Whether the damaged file is there as it was found, under whatever name. */
      readonly isKept: boolean;
    };

async function openAndRead(dataDir: string, damaged: Buffer): Promise<Opening> {
  const said: string[] = [];
  const logger = {
    info: () => {},
    warn: () => {},
    error: (_details: object, message: string) => void said.push(message),
  };
  const before = await filesOf(dataDir);
  try {
    const store = await openSmallHome(dataDir, logger);
    try {
      const contents = await contentsOf(store);
      await store.settled();
      const files = [...(await filesOf(dataDir)).values()];
      const isKept = files.some((bytes) => bytes.equals(damaged));
      return { refusal: null, said, contents, isKept };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const after = await filesOf(dataDir);
    const changedFiles = [...new Set([...before.keys(), ...after.keys()])].filter((file) => {
      const [former, now] = [before.get(file), after.get(file)];
      // LevelDB notes in LOG what it does.
      return !file.startsWith("log/LO") && !(former && now?.equals(former));
    });
    return { refusal: error.code, changedFiles };
  }
}

async function suffer(home: string, dataDir: string, damage: ByteDamage): Promise<Opening[]> {
  await cp(home, dataDir, { recursive: true });
  const path = join(dataDir, damage.file);
  let bytes = await readFile(path);
  if (damage.bits === "cut") bytes = bytes.subarray(0, damage.at);
  else bytes[damage.at] = (bytes[damage.at] ?? 0) ^ damage.bits;
  await writeFile(path, bytes);
  const openings = [await openAndRead(dataDir, bytes), await openAndRead(dataDir, bytes)];
  await rm(dataDir, { recursive: true });
  return openings;
}

const [home = "", dataDir = ""] = process.argv.slice(2);
for await (const line of createInterface(process.stdin)) {
  const openings = await suffer(home, dataDir, JSON.parse(line) as ByteDamage);
  process.stdout.write(`${JSON.stringify(openings)}\n`);
}
