import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseLink } from "../postgres/test-database-link.ts";
import type { PostgresServer } from "../postgres/test-postgres-server.ts";
import { FILLER, fillDisk } from "../test-memory-disk.ts";
import { Ledger } from "./test-ledger.ts";
import { findIn, Life } from "./test-life.ts";

const LIVES_PER_ROUND = 3;

const FAULTS = [
  "killed",
  "server killed",
  "connections cut",
  "answers lost",
  "requests held back",
  "full disk",
  "rows damaged",
] as const;

/** Where bytes are kept that a checksum watches over. */
const DAMAGEABLE = [
  ["boardwalk_updates", "bytes"],
  ["boardwalk_snapshot_chunks", "bytes"],
  ["boardwalk_records", "value"],
  ["boardwalk_versions", "details"],
  ["boardwalk_version_chunks", "bytes"],
] as const;

/** A server for a campaign; `disk` is where its tables are, if that can be filled. */
export type TortureServer = { readonly server: PostgresServer; readonly disk: string | null };

/** One database's history: several lives, each of which ends in a fault. Returns what is wrong. */
export async function postgresRound(
  random: () => number,
  { server, disk }: TortureServer,
  say: (line: string) => void,
): Promise<string[]> {
  const url = await server.createDatabase();
  const link = await DatabaseLink.to(server.socketPath);
  const round = new PostgresRound(server, disk, link, url, random, say);
  try {
    for (let life = 0; life < LIVES_PER_ROUND; life++) {
      const faults = await round.live();
      if (faults.length > 0) return faults;
    }
    return [];
  } finally {
    link.close();
  }
}

class PostgresRound {
  readonly #server: PostgresServer;
  readonly #disk: string | null;
  readonly #link: DatabaseLink;
  readonly #url: string;
  readonly #random: () => number;
  readonly #say: (line: string) => void;
  readonly #ledger = new Ledger();
  #copies = 0;

  constructor(
    server: PostgresServer,
    disk: string | null,
    link: DatabaseLink,
    url: string,
    random: () => number,
    say: (line: string) => void,
  ) {
    this.#server = server;
    this.#disk = disk;
    this.#link = link;
    this.#url = url;
    this.#random = random;
    this.#say = say;
  }

  get #database(): string {
    return new URL(this.#url).pathname.slice(1);
  }

  async live(): Promise<string[]> {
    // All of the plan is drawn before anything happens, so that no timing changes it.
    const seed = this.#below(2 ** 32);
    const fault = FAULTS[this.#below(FAULTS.length)] ?? "killed";
    const plan = {
      acknowledgements: 20 + this.#below(400),
      delayMs: this.#below(60),
      downMs: this.#below(1500),
      restBytes: this.#below(2_000_000),
      damages: Array.from({ length: 1 + this.#below(3) }, () => ({
        table: this.#below(DAMAGEABLE.length),
        row: this.#random(),
        at: this.#random(),
        bit: this.#below(8),
      })),
    };
    if (fault === "full disk" && this.#disk === null) return [];
    this.#say(`  ${fault}, after ${plan.acknowledgements} acknowledgements`);
    const databaseUrl = this.#link.url(this.#database);
    const home = { dataDir: "nowhere", databaseUrl };
    const life = new Life({ home, seed, firstNumber: this.#ledger.highestNumber }, this.#ledger);
    try {
      await this.#suffer(life, fault, plan);
    } finally {
      await life.stop();
    }
    await this.#quiet(this.#database);
    const faults = fault === "rows damaged" ? await this.#checkDamaged(plan.damages) : [];
    const found = await findIn({ dataDir: "nowhere", databaseUrl: this.#url });
    if ("signal" in found) return [...faults, `the next process was ended by ${found.signal}`];
    faults.push(...this.#ledger.check(found, "none"));
    this.#ledger.adopt(found);
    return faults;
  }

  /** What happens to a process while it lives. */
  async #suffer(
    life: Life,
    fault: (typeof FAULTS)[number],
    plan: { acknowledgements: number; delayMs: number; downMs: number; restBytes: number },
  ): Promise<void> {
    await life.acknowledges(plan.acknowledgements);
    if (fault === "server killed") {
      await this.#server.kill();
      await delay(plan.downMs);
      await this.#server.start();
      await life.acknowledges(10);
    }
    if (fault === "connections cut") {
      for (let cut = 0; cut < 5; cut++) {
        this.#link.cut();
        await life.acknowledges(5);
      }
    }
    if (fault === "answers lost") {
      await this.#link.loseAnswers();
      await delay(plan.delayMs);
      this.#link.cut();
      await life.acknowledges(10);
    }
    if (fault === "requests held back") {
      await this.#link.holdRequests();
      await delay(plan.delayMs);
      this.#link.cut();
      await life.acknowledges(10);
      // What was on its way comes late, after its writer has tried again.
      await this.#link.deliverHeld();
      await life.acknowledges(10);
    }
    if (fault === "full disk") {
      await fillDisk(this.#disk ?? "", plan.restBytes);
      await life.refuses("STORE_FULL");
      await delay(plan.delayMs);
      await rm(join(this.#disk ?? "", FILLER));
      await life.acknowledges(10);
    }
    await delay(plan.delayMs);
    await life.kill();
  }

  /** Flips bits in a copy of the database. */
  async #checkDamaged(
    damages: readonly { table: number; row: number; at: number; bit: number }[],
  ): Promise<string[]> {
    const copy = `${this.#database}_damaged_${this.#copies++}`;
    await this.#server.query("postgres", `CREATE DATABASE ${copy} TEMPLATE ${this.#database}`);
    const databaseUrl = this.#server.url(copy);
    const told: string[] = [];
    for (const { table, row, at, bit } of damages) {
      const [name, column] = DAMAGEABLE[table] ?? DAMAGEABLE[0];
      const place = `floor(length(${column}) * ${at})::int`;
      const [damaged] = await this.#server.query(
        databaseUrl,
        `UPDATE ${name}
         SET ${column} = set_byte(${column}, ${place}, get_byte(${column}, ${place}) # ${1 << bit})
         WHERE ctid = (
           SELECT ctid FROM ${name} WHERE length(${column}) > 0 ORDER BY ctid
           OFFSET floor(${row} * (SELECT count(*) FROM ${name} WHERE length(${column}) > 0)) LIMIT 1
         ) RETURNING ctid::text`,
      );
      if (damaged !== undefined) told.push(`a bit of ${name} at ${String(damaged["ctid"])}`);
    }
    const where = `flipped ${told.join(", ") || "nothing"}`;
    this.#say(`    ${where}`);
    const found = await findIn({ dataDir: "nowhere", databaseUrl });
    if ("signal" in found) return [`the store's process was ended by ${found.signal}`];
    for (const message of new Set(found.logged)) this.#say(`    said: ${message}`);
    const faults = this.#ledger.check(found, "told");
    await this.#quiet(copy);
    if (faults.length === 0) await this.#server.query("postgres", `DROP DATABASE ${copy}`);
    return faults.map((fault) => `${where}: ${fault}`);
  }

  /** Waits until the server has done with what came from processes that are gone. */
  async #quiet(database: string): Promise<void> {
    for (;;) {
      const others = await this.#server.query(
        "postgres",
        "SELECT FROM pg_stat_activity WHERE datname = $1",
        [database],
      );
      if (others.length === 0) return;
      await delay(10);
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
