import type { StoreLimits } from "../limits.ts";

/** The documents of a round: few, so that each has a life worth breaking. */
export const DOCUMENTS = ["a", "b", "c", "d", "e", "a board with a longer name"] as const;

/** Small, so that logs are compacted and snapshots are of several pieces within seconds. */
export const TORTURE_LIMITS: Partial<StoreLimits> = {
  minCompactionBytes: 4000,
  snapshotChunkBytes: 3000,
  maxNamesInMemory: 4,
};

export type TortureHome = { readonly dataDir: string; readonly databaseUrl: string | null };

export type WriterTask = {
  readonly home: TortureHome;
  readonly seed: number;
  readonly firstNumber: number;
};

/** What a writer says, a line each. What is asked for is told before; `id` is then its answer's. */
export type WriterLine =
  | { kind: "opened" }
  | { kind: "not opened"; code: string }
  | { kind: "logged"; message: string }
  | { kind: "append"; id: number; name: string }
  | { kind: "version"; id: number; name: string }
  | { kind: "delete version"; id: number; name: string; version: string }
  | { kind: "delete"; id: number; name: string }
  | { kind: "asset"; id: number; sha256: string }
  | { kind: "done"; id: number; version?: string | undefined }
  | { kind: "refused"; id: number; code: string };

/** What a store holds that was opened again. */
export type Found = {
  /** Null when it opened, else the code of the refusal. */
  readonly refusal: string | null;
  /** Messages it logged as errors. */
  readonly logged: readonly string[];
  readonly documents: readonly FoundDocument[];
  /** Names of assets that are there; that are refused as damaged; whose content is another one's. */
  readonly assets: readonly string[];
  readonly damagedAssets: readonly string[];
  readonly wrongAssets: readonly string[];
};

export type FoundDocument = {
  readonly name: string;
  /** Numbers of the changes in it; null when there is no such document. */
  readonly numbers: readonly number[] | null;
  /** Says that something of it is damaged or missing, or refuses it for that. */
  readonly isDamaged: boolean;
  readonly versions: readonly FoundVersion[];
  /** The last number by its record; null where there is none, "damaged" where it is refused. */
  readonly record: number | "damaged" | null;
};

export type FoundVersion = {
  readonly id: string;
  /** Null when it is refused as damaged. */
  readonly numbers: readonly number[] | null;
};
