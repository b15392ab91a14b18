import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FILLER, fillDisk, mountMemory, unmount } from "../test-memory-disk.ts";
import { Ledger, type Leniency } from "./test-ledger.ts";
import { findIn, Life } from "./test-life.ts";
import type { TortureHome } from "./test-lines.ts";

const DISK_BYTES = 512 * 1024 * 1024;
const LIVES_PER_ROUND = 3;

const FAULTS = [
  "killed",
  "killed at a commit",
  "failing fsync",
  "full disk",
  "log cut short",
  "bytes flipped",
  "read-only folder",
] as const;

/** What a machine has to make faults with; without it a round does without those. */
export type Tools = { readonly canMount: boolean; readonly shim: string | null };

/** Compiles what makes a disk fail, and tries whether disks can be mounted. */
export async function levelTools(folder: string): Promise<Tools> {
  const place = join(folder, "mount");
  await mkdir(place);
  const canMount = mountMemory(place, "size=1m");
  if (canMount) unmount(place);
  const shim = join(folder, "disk-faults.so");
  const source = fileURLToPath(new URL("../level/test-disk-faults.c", import.meta.url));
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-o", shim, source, "-ldl"], { stdio: "pipe" });
    return { canMount, shim };
  } catch (error) {
    if (process.env["CI"]) throw error;
    process.stderr.write("skipped: no C compiler on this machine to make disk faults with\n");
    return { canMount, shim: null };
  }
}

/** One folder's history: several lives, each of which ends in a fault. Returns what is wrong. */
export async function levelRound(
  random: () => number,
  tools: Tools,
  say: (line: string) => void,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "boardwalk-torture-"));
  const disk = join(folder, "disk");
  await mkdir(disk);
  if (tools.canMount) mountMemory(disk, `size=${DISK_BYTES}`);
  const round = new LevelRound(folder, disk, random, tools, say);
  try {
    for (let life = 0; life < LIVES_PER_ROUND; life++) {
      const faults = await round.live();
      if (faults.length > 0) return faults;
    }
    return [];
  } finally {
    if (tools.canMount) unmount(disk);
    await rm(folder, { recursive: true, force: true });
  }
}

class LevelRound {
  readonly #folder: string;
  readonly #disk: string;
  readonly #home: TortureHome;
  readonly #random: () => number;
  readonly #tools: Tools;
  readonly #say: (line: string) => void;
  readonly #ledger = new Ledger();
  #copies = 0;

  constructor(
    folder: string,
    disk: string,
    random: () => number,
    tools: Tools,
    say: (line: string) => void,
  ) {
    this.#folder = folder;
    this.#disk = disk;
    this.#home = { dataDir: join(disk, "data"), databaseUrl: null };
    this.#random = random;
    this.#tools = tools;
    this.#say = say;
  }

  async live(): Promise<string[]> {
    // All of the plan is drawn before anything happens, so that no timing changes it.
    const seed = this.#below(2 ** 32);
    const fault = FAULTS[this.#below(FAULTS.length)] ?? "killed";
    const plan = {
      acknowledgements: 20 + this.#below(400),
      delayMs: this.#below(60),
      commit: 1 + this.#below(150),
      restBytes: this.#below(400_000),
      share: this.#random(),
      flips: Array.from({ length: 1 + this.#below(3) }, () => ({
        file: this.#random(),
        at: this.#random(),
        bit: this.#below(8),
      })),
    };
    if (!this.#isPossible(fault)) return [];
    this.#say(`  ${fault}, after ${plan.acknowledgements} acknowledgements`);
    const task = { home: this.#home, seed, firstNumber: this.#ledger.highestNumber };
    const trigger = join(this.#folder, "fail");
    const environment: Record<string, string> = {};
    if (this.#tools.shim !== null) {
      environment["LD_PRELOAD"] = this.#tools.shim;
      environment["FAIL_FSYNC_WHILE"] = trigger;
      if (fault === "killed at a commit") environment["KILL_AT_FSYNC"] = String(plan.commit);
    }
    const life = new Life(task, this.#ledger, environment);
    try {
      if (fault === "killed at a commit") await life.ends();
      else await this.#suffer(life, fault, trigger, plan);
    } finally {
      await life.stop();
    }
    const faults: string[] = [];
    if (fault === "log cut short") {
      faults.push(...(await this.#checkDamaged("tail", (dir) => cutLog(dir, plan.share))));
    }
    if (fault === "bytes flipped") {
      faults.push(...(await this.#checkDamaged("told", (dir) => flip(dir, plan.flips))));
    }
    if (fault === "read-only folder") faults.push(...(await this.#checkReadOnly()));
    return [...faults, ...(await this.#checkHome())];
  }

  /** What happens to a process while it lives. */
  async #suffer(
    life: Life,
    fault: (typeof FAULTS)[number],
    trigger: string,
    plan: { acknowledgements: number; delayMs: number; restBytes: number },
  ): Promise<void> {
    await life.acknowledges(plan.acknowledgements);
    if (fault === "failing fsync") {
      await writeFile(trigger, "");
      await life.refuses("STORE_WRITE");
      await delay(plan.delayMs);
      await rm(trigger);
      await life.acknowledges(10);
    }
    if (fault === "full disk") {
      await fillDisk(this.#disk, plan.restBytes);
      await life.refuses("STORE_FULL");
      await delay(plan.delayMs);
      await rm(join(this.#disk, FILLER));
      await life.acknowledges(10);
    }
    await delay(plan.delayMs);
    await life.kill();
  }

  #isPossible(fault: (typeof FAULTS)[number]): boolean {
    if (fault === "full disk" || fault === "read-only folder") return this.#tools.canMount;
    if (fault === "failing fsync" || fault === "killed at a commit") {
      return this.#tools.shim !== null;
    }
    return true;
  }

  async #checkHome(): Promise<string[]> {
    const found = await findIn(this.#home);
    if ("signal" in found) return [`the next process was ended by ${found.signal}`];
    const faults = this.#ledger.check(found, "none");
    this.#ledger.adopt(found);
    return faults;
  }

  /** Damages a copy, and looks at it twice: what was said of it the first time must last. */
  async #checkDamaged(
    leniency: Leniency,
    damage: (dataDir: string) => Promise<string>,
  ): Promise<string[]> {
    const dataDir = join(this.#folder, `damaged-${this.#copies++}`);
    await cp(this.#home.dataDir, dataDir, { recursive: true });
    const where = await damage(dataDir);
    this.#say(`    ${where}`);
    const found = await findIn({ dataDir, databaseUrl: null });
    if ("signal" in found) {
      this.#say(`    LevelDB ended the process with ${found.signal}`);
      return [];
    }
    if (found.refusal !== null) this.#say(`    refused with ${found.refusal}`);
    for (const message of new Set(found.logged)) this.#say(`    said: ${message}`);
    const faults = this.#ledger.check(found, leniency);
    const again = await findIn({ dataDir, databaseUrl: null });
    if ("signal" in again) return [...faults, `the second opening was ended by ${again.signal}`];
    for (const [index, { name, numbers }] of found.documents.entries()) {
      const later = new Set(again.documents[index]?.numbers);
      const lost = (numbers ?? []).filter((number) => !later.has(number));
      if (lost.length > 0) faults.push(`document ${name} lost ${lost.length} more when reopened`);
    }
    if (faults.length === 0) await rm(dataDir, { recursive: true });
    return faults.map((fault) => `${where}: ${fault}`);
  }

  async #checkReadOnly(): Promise<string[]> {
    const dataDir = join(this.#folder, "read-only");
    await mkdir(dataDir, { recursive: true });
    execFileSync("mount", ["--bind", this.#home.dataDir, dataDir]);
    try {
      execFileSync("mount", ["-o", "remount,bind,ro", dataDir]);
      const found = await findIn({ dataDir, databaseUrl: null });
      if (!("signal" in found) && found.refusal === "STORE_UNWRITABLE") return [];
      return [`a read-only folder is answered with ${JSON.stringify(found)}`];
    } finally {
      unmount(dataDir);
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

async function cutLog(dataDir: string, share: number): Promise<string> {
  const logs = (await readdir(join(dataDir, "log"))).filter((file) => file.endsWith(".log"));
  const newest = logs.toSorted().at(-1) ?? "";
  const path = join(dataDir, "log", newest);
  const bytes = await readFile(path);
  const kept = Math.floor(bytes.length * share);
  await writeFile(path, bytes.subarray(0, kept));
  return `cut ${newest} from ${bytes.length} to ${kept} bytes`;
}

async function flip(
  dataDir: string,
  flips: readonly { file: number; at: number; bit: number }[],
): Promise<string> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    // LevelDB's notes of what it did are no data.
    if (entry.isFile() && !/^LOG|^LOCK/.test(entry.name) && (await stat(path)).size > 0) {
      paths.push(path);
    }
  }
  paths.sort();
  // The database's files more often than the many assets.
  const database = paths.filter((path) => path.includes("/log/"));
  const told: string[] = [];
  for (const { file, at, bit } of flips) {
    const among = file < 0.8 ? database : paths;
    const path = among[Math.floor(((file * 5) % 1) * among.length)] ?? "";
    const bytes = await readFile(path);
    const place = Math.floor(at * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
    await writeFile(path, bytes);
    told.push(
      `bit ${bit} of byte ${place} of ${bytes.length} in ${path.slice(dataDir.length + 1)}`,
    );
  }
  return `flipped ${told.join(", ")}`;
}
