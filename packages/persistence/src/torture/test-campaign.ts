import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFrom } from "../contract/test-random.ts";
import { PostgresServer } from "../postgres/test-postgres-server.ts";
import { mountMemory, unmount } from "../test-memory-disk.ts";
import { levelRound, levelTools } from "./test-level-round.ts";
import { postgresRound } from "./test-postgres-round.ts";

const POSTGRES_DISK_BYTES = 512 * 1024 * 1024;

export type Campaign = {
  readonly home: "level" | "postgres";
  /** The first round has this seed, the next one the next number. */
  readonly seed: number;
  /** Whether to begin another round. */
  readonly goesOn: (rounds: number) => boolean;
  readonly say: (line: string) => void;
};

/** The seed of a round that failed, and what was wrong in it. */
export type Failure = { readonly seed: number; readonly faults: readonly string[] };

/** Runs rounds until told to stop or one fails. */
export async function runCampaign({
  home,
  seed,
  goesOn,
  say,
}: Campaign): Promise<{ rounds: number; failure: Failure | null }> {
  const folder = await mkdtemp(join(tmpdir(), "boardwalk-campaign-"));
  const stage = home === "level" ? await levelStage(folder) : await postgresStage(folder);
  let rounds = 0;
  try {
    for (; goesOn(rounds); rounds++) {
      say(`round ${rounds + 1}, --seed ${seed + rounds}`);
      const faults = await stage
        .round(randomFrom(seed + rounds), say)
        .catch((error: unknown) => [
          error instanceof Error ? (error.stack ?? error.message) : String(error),
        ]);
      if (faults.length > 0) return { rounds, failure: { seed: seed + rounds, faults } };
    }
    return { rounds, failure: null };
  } finally {
    await stage.close();
    await rm(folder, { recursive: true });
  }
}

type Stage = {
  round(random: () => number, say: (line: string) => void): Promise<string[]>;
  close(): Promise<void>;
};

async function levelStage(folder: string): Promise<Stage> {
  const tools = await levelTools(folder);
  return {
    round: (random, say) => levelRound(random, tools, say),
    close: () => Promise.resolve(),
  };
}

async function postgresStage(folder: string): Promise<Stage> {
  const disk = mountMemory(folder, `size=${POSTGRES_DISK_BYTES}`) ? folder : null;
  const server = await PostgresServer.create(disk ?? undefined);
  return {
    round: (random, say) => postgresRound(random, { server, disk }, say),
    close: async () => {
      await server.remove();
      if (disk !== null) unmount(disk);
    },
  };
}
