import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { randomFrom } from "../contract/test-random.ts";
import type { ByteDamage, Opening } from "./test-byte-checker.ts";
import { filesOf, isLog, makeSmallHome, type SmallHome } from "./test-small-home.ts";

const CHECKERS = 2;
const checkerPath = fileURLToPath(new URL("./test-byte-checker.ts", import.meta.url));

/** What LevelDB notes of its work is no data. */
const isData = (file: string): boolean => !file.startsWith("log/LO");

/**
 * Cuts the database's log at every length and flips bits of every byte of every file, or of each
 * `stride`th from a place drawn from the seed, one at a time. Returns what is wrong.
 */
export async function runByteCampaign({
  seed,
  stride,
}: {
  seed: number;
  stride: number;
}): Promise<{ damages: number; faults: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "boardwalk-bytes-"));
  const faults: string[] = [];
  try {
    const homePath = join(folder, "home");
    const home = await makeSmallHome(homePath);
    const damages = await drawDamages(homePath, seed, stride);
    const waiting = damages.values();
    const checkers = Array.from({ length: CHECKERS }, async (_, index) => {
      const dataDir = join(folder, `damaged-${index}`);
      for (const damage of waiting) {
        // One process does for many, unless it ends.
        await checkFrom(damage, waiting, homePath, dataDir, (done, openings) => {
          const where = `${done.file}, ${done.bits === "cut" ? "cut at" : `bits ${done.bits} of`} byte ${done.at}`;
          const found = judge(home, done, openings);
          faults.push(...found.map((fault) => `${where}: ${fault}`));
        });
      }
    });
    await Promise.all(checkers);
    return { damages: damages.length, faults };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function drawDamages(home: string, seed: number, stride: number): Promise<ByteDamage[]> {
  const random = randomFrom(seed);
  const all: ByteDamage[] = [];
  const files = [...(await filesOf(home))].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [file, bytes] of files.filter(([name]) => isData(name))) {
    for (let at = 0; at < bytes.length; at++) {
      if (isLog(file)) all.push({ file, at, bits: "cut" });
      all.push({ file, at, bits: 1 + Math.floor(random() * 255) });
    }
  }
  const first = Math.floor(random() * stride);
  return all.filter((_, index) => index % stride === first);
}

/** Has a process do `damage` and then those that wait, until none does or the process ends. */
async function checkFrom(
  damage: ByteDamage,
  waiting: Iterator<ByteDamage>,
  home: string,
  dataDir: string,
  onOpened: (damage: ByteDamage, openings: readonly Opening[] | string) => void,
): Promise<void> {
  await rm(dataDir, { recursive: true, force: true });
  const child = spawn(process.execPath, [checkerPath, home, dataDir], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  child.stdin.on("error", () => {}); // It has ended, as its output tells.
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  for (let next: ByteDamage | undefined = damage; next !== undefined;) {
    child.stdin.write(`${JSON.stringify(next)}\n`);
    const answer = await answers.next();
    if (answer.done === true) {
      await closed;
      onOpened(next, `its process ended: ${complaint}`);
      return;
    }
    onOpened(next, JSON.parse(answer.value) as Opening[]);
    const following = waiting.next();
    next = following.done === true ? undefined : following.value;
  }
  child.stdin.end();
  await closed;
}

/** Files of which no sum tells what they were: the folder is refused, and stays as it is. */
const REFUSED = new Set(["format.json", "log/CURRENT"]);

function judge(
  { steps }: SmallHome,
  { file, at, bits }: ByteDamage,
  openings: readonly Opening[] | string,
): string[] {
  if (typeof openings === "string") return [openings];
  const faults: string[] = [];
  const whole = steps.findLast(({ logBytes }) => bits !== "cut" || logBytes <= at)?.contents;
  for (const [index, opening] of openings.entries()) {
    const which = index === 0 ? "" : "opened again, ";
    if (opening.refusal !== null) {
      const isRightly = REFUSED.has(file) && /^STORE_(DAMAGED|FORMAT)$/.test(opening.refusal);
      if (!isRightly) faults.push(`${which}refused with ${opening.refusal}`);
      if (opening.changedFiles.length > 0) {
        faults.push(`${which}refused, yet changed: ${opening.changedFiles.join(", ")}`);
      }
      continue;
    }
    if (REFUSED.has(file)) faults.push(`${which}not refused`);
    const expected = file.startsWith("assets/")
      ? { ...whole, assets: { [file.slice(file.lastIndexOf("/") + 1)]: "STORE_DAMAGED" } }
      : whole;
    if (!isDeepStrictEqual(opening.contents, expected)) {
      faults.push(
        `${which}holds ${JSON.stringify(opening.contents)}, said ${opening.said.join("; ")}`,
      );
    }
    if (bits !== "cut" && !opening.isKept) faults.push(`${which}the damaged file is gone`);
    // A cut where a dying process may have come to is no damage, and what is mended is whole.
    if ((bits === "cut" || index > 0) && opening.said.length > 0) {
      faults.push(`${which}said ${opening.said.join("; ")}`);
    }
  }
  return faults;
}
