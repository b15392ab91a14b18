import { crc32 } from "node:zlib";
import type { Submission } from "../commit-queue.ts";
import { encodeName } from "../names.ts";
import { type Operation, OPERATION_BYTES, weigh } from "../operation.ts";
import type { Value } from "./connections.ts";

export type PostgresSubmission = Submission & {
  readonly work:
    | { readonly type: "commit"; readonly steps: readonly Operation[] }
    /** Ends a document. Has a statement of its own: the order of appends around it matters. */
    | { readonly type: "delete"; readonly name: string };
};

/**
 * One atomic change of the database that takes effect only as long as the writer's epoch is what
 * `fence` takes it for, so that it cannot come to pass late, after its writer has tried again.
 */
export type Statement = { text: string; values: Value[]; bytes: number };

/** Who writes, and which commit of his this is. */
export type Fence = { writer: string; epoch: number; number: number };

/** Checks the operations; throws STORE_BAD_NAME or STORE_TOO_LARGE. */
export function submissionOf(steps: readonly Operation[]): PostgresSubmission {
  return {
    operations: Math.max(1, steps.length),
    bytes: steps.reduce((bytes, step) => bytes + weigh(step), 0),
    work: { type: "commit", steps },
  };
}

/** Throws STORE_BAD_NAME. */
export function deletionOf(name: string): PostgresSubmission {
  encodeName(name);
  return { operations: 1, bytes: OPERATION_BYTES, work: { type: "delete", name } };
}

/** Covers the name or key too, so that bytes found under another do not pass. */
export function checksum(name: Uint8Array, bytes: Uint8Array): number {
  return crc32(bytes, crc32(name)) | 0; // PostgreSQL's integer has a sign.
}

const FENCE = `
  fence AS (
    UPDATE boardwalk_writers SET committed = $3, seen_at = now()
    WHERE id = $1 AND epoch = $2 RETURNING id
  )`;

export function deletionStatement(fence: Fence, name: string): Statement {
  const text = `
    WITH ${FENCE},
    gone AS (
      DELETE FROM boardwalk_documents WHERE name = $4 AND EXISTS (SELECT FROM fence)
    ),
    gone_versions AS (
      UPDATE boardwalk_versions SET name = NULL WHERE name = $4 AND EXISTS (SELECT FROM fence)
    )
    SELECT count(*) AS fences FROM fence`;
  return { text, values: [...fenceValues(fence), encodeName(name)], bytes: 0 };
}

/**
 * Appends, puts and deletes in one statement. It answers with one row, and one more for each
 * further document whose log has come to more than its snapshot and `minCompactionBytes`.
 *
 * All nodes take the locks of documents, then of records, in the order of their names: so none
 * waits for another in a circle.
 */
export function commitStatement(
  fence: Fence,
  steps: readonly Operation[],
  minCompactionBytes: number,
): Statement {
  const logs = new Map<string, { place: number; name: Uint8Array; updates: Uint8Array[] }>();
  const records = new Map<string, Uint8Array | null>();
  for (const step of steps) {
    if (step.type === "append") {
      const log = logs.get(step.name) ?? {
        place: logs.size + 1,
        name: encodeName(step.name),
        updates: [],
      };
      logs.set(step.name, log);
      log.updates.push(step.update);
    } else {
      records.set(step.key, step.type === "put" ? step.value : null);
    }
  }

  const payloads = new Payloads();
  const updates = { places: new Array<number>(), positions: new Array<number>() };
  const updateSlices = new Slices(payloads);
  for (const { place, name, updates: bytes } of logs.values()) {
    for (const [index, update] of bytes.entries()) {
      updates.places.push(place);
      updates.positions.push(index + 1);
      updateSlices.add(name, update);
    }
  }
  const putKeys: Uint8Array[] = [];
  const deletedKeys: Uint8Array[] = [];
  const valueSlices = new Slices(payloads);
  for (const [key, value] of records) {
    const bytes = encodeName(key);
    if (value === null) {
      deletedKeys.push(bytes);
    } else {
      putKeys.push(bytes);
      valueSlices.add(bytes, value);
    }
  }

  const values = fenceValues(fence);
  const parameter = (value: Value): string => `$${values.push(value)}`;
  // The server refuses a parameter that no part of the statement speaks of.
  const bytes = logs.size + putKeys.length > 0 ? parameter(payloads.bytes()) : "";
  const parts = [FENCE];
  let outgrown = "SELECT NULL::bytea AS name WHERE false";
  if (logs.size > 0) {
    const names = parameter(Array.from(logs.values(), ({ name }) => name));
    const counts = parameter(Array.from(logs.values(), (log) => log.updates.length));
    const sizes = parameter(Array.from(logs.values(), (log) => sizeOf(log.updates)));
    parts.push(`
      logs AS (
        SELECT * FROM unnest(${names}::bytea[], ${counts}::bigint[], ${sizes}::bigint[])
          WITH ORDINALITY AS logs (name, updates, bytes, place)
      )`);
    parts.push(`
      grown AS (
        INSERT INTO boardwalk_documents AS document (name, last_sequence, log_bytes)
        SELECT logs.name, logs.updates, logs.bytes FROM fence, logs ORDER BY logs.name
        ON CONFLICT (name) DO UPDATE SET
          last_sequence = document.last_sequence + excluded.last_sequence,
          log_bytes = document.log_bytes + excluded.log_bytes
        RETURNING id, name, last_sequence, log_bytes, snapshot_bytes
      )`);
    parts.push(`
      appended AS (
        INSERT INTO boardwalk_updates (document, sequence, crc, bytes)
        SELECT grown.id, grown.last_sequence - logs.updates + slice.position, slice.crc,
          substring(${bytes}::bytea FROM slice.start FOR slice.length)
        FROM grown JOIN logs USING (name) JOIN unnest(
          ${parameter(updates.places)}::bigint[], ${parameter(updates.positions)}::bigint[],
          ${updateSlices.parameters(parameter)}
        ) AS slice (place, position, crc, start, length) USING (place)
      )`);
    outgrown = `
      SELECT name FROM grown
      WHERE log_bytes > greatest(snapshot_bytes, ${parameter(minCompactionBytes)}::bigint)`;
  }
  if (putKeys.length > 0) {
    parts.push(`
      put AS (
        INSERT INTO boardwalk_records (key, crc, value)
        SELECT record.key, record.crc,
          substring(${bytes}::bytea FROM record.start FOR record.length)
        FROM fence, unnest(${parameter(putKeys)}::bytea[], ${valueSlices.parameters(parameter)})
          AS record (key, crc, start, length)
        ORDER BY record.key
        ON CONFLICT (key) DO UPDATE SET crc = excluded.crc, value = excluded.value
      )`);
  }
  if (deletedKeys.length > 0) {
    parts.push(`
      deleted AS (
        DELETE FROM boardwalk_records
        WHERE key = ANY(${parameter(deletedKeys)}::bytea[]) AND EXISTS (SELECT FROM fence)
      )`);
  }
  const text = `
    WITH ${parts.join(",")}
    SELECT fences, name
    FROM (SELECT count(*) AS fences FROM fence) AS fenced LEFT JOIN (${outgrown}) AS outgrown ON true`;
  return { text, values, bytes: payloads.length };
}

function fenceValues({ writer, epoch, number }: Fence): Value[] {
  return [writer, epoch, number];
}

function sizeOf(updates: readonly Uint8Array[]): number {
  return updates.reduce((bytes, update) => bytes + update.length, 0);
}

/**
 * All payloads of a statement end to end: one parameter that travels as it is, where each for
 * itself would travel as text of twice its size.
 */
class Payloads {
  readonly #pieces: Uint8Array[] = [];
  length = 0;

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.length += bytes.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces, this.length);
  }
}

/** Where among the payloads the payloads of one table are, and their checksums. */
class Slices {
  readonly #payloads: Payloads;
  readonly #checksums: number[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];

  constructor(payloads: Payloads) {
    this.#payloads = payloads;
  }

  add(name: Uint8Array, bytes: Uint8Array): void {
    this.#checksums.push(checksum(name, bytes));
    this.#starts.push(this.#payloads.length + 1); // SQL counts from 1.
    this.#lengths.push(bytes.length);
    this.#payloads.add(bytes);
  }

  parameters(parameter: (value: Value) => string): string {
    return [this.#checksums, this.#starts, this.#lengths]
      .map((column) => `${parameter(column)}::integer[]`)
      .join(", ");
  }
}
