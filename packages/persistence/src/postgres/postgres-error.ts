import { StoreError } from "../store-error.ts";

/**
 * What a failure of the database means for the statement that met it.
 *
 * - `lost`: no answer, so whether the statement was carried out is not known; trying again may help.
 * - `conflict`: the statement lost to another one and was rolled back; trying again at once helps.
 * - `full`, `damaged`, `refused`: rolled back, and trying again would not help.
 */
export type FailureKind = "lost" | "conflict" | "full" | "damaged" | "refused";

const CONFLICTS = new Set(["40001", "40P01"]); // serialization_failure, deadlock_detected
const DISK_FULL = "53100";
const CORRUPTED = new Set(["XX001", "XX002"]); // data_corrupted, index_corrupted

/** Server states that pass: connection trouble, shutdown and start, a standby being promoted. */
const PASSING = /^(08|57P|53[23]|57014$|25006$)/;

/** Who may not connect now may be let in again; at an opening it is told apart by `isDenied`. */
const DENIED = /^(28|3D000$|42501$)/;

export function failureKind(error: unknown): FailureKind {
  const state = sqlStateOf(error);
  if (state === null) return "lost"; // The socket's error, or a time limit of the client's.
  if (CONFLICTS.has(state)) return "conflict";
  if (state === DISK_FULL) return "full";
  if (CORRUPTED.has(state)) return "damaged";
  return PASSING.test(state) || /^(28|3D000$)/.test(state) ? "lost" : "refused";
}

/** Whether the server knows who asks, or what for, and says no. */
export function isDenied(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== null && DENIED.test(state);
}

/** Whether a row refers to one that is gone. */
export function isForeignKeyViolation(error: unknown): boolean {
  return causes(error).some((one) => sqlStateOf(one) === "23503");
}

/** Whether there is already a row with this unique value. */
export function isUniqueViolation(error: unknown): boolean {
  return causes(error).some((one) => sqlStateOf(one) === "23505");
}

/** What a failed statement is called. */
export function storeErrorOf(error: unknown, doing: "STORE_READ" | "STORE_WRITE"): StoreError {
  if (error instanceof StoreError) return error;
  const reason = reasonOf(error);
  switch (failureKind(error)) {
    case "lost":
    case "conflict":
      return new StoreError("STORE_UNAVAILABLE", `The database does not answer: ${reason}`, error);
    case "full":
      return new StoreError("STORE_FULL", `The database has no room left: ${reason}`, error);
    case "damaged":
      return new StoreError("STORE_DAMAGED", `The database is damaged: ${reason}`, error);
    case "refused":
      return new StoreError(doing, `The database refuses: ${reason}`, error);
  }
}

/** What an error says, also that of a host with several addresses, which has no message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

function causes(error: unknown): unknown[] {
  return error instanceof StoreError ? [error, error.cause] : [error];
}

/** The five characters by which PostgreSQL names an error, or null for one that is not its own. */
function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
