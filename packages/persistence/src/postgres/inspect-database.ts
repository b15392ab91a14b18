import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Client } from "pg";
import { describeDamage, fault, type Inspected, note } from "../inspection.ts";
import { decodeName } from "../names.ts";
import { StoreError } from "../store-error.ts";
import { encodeVersionId } from "../version-rules.ts";
import { bytesOf, type Connections, integerOf, type Row, type Value } from "./connections.ts";
import { MIGRATIONS } from "./migrations.ts";
import { readDocument } from "./postgres-document.ts";
import { storeErrorOf } from "./postgres-error.ts";
import { wholeValue } from "./postgres-records.ts";
import { describeDatabase, openError } from "./postgres-store.ts";
import { checksum } from "./statement.ts";

const ROWS_PER_PAGE = 200;
const CONNECT_TIMEOUT_MS = 5_000;

/** What is read of the database, in a transaction that sees all of it as it was at one moment. */
type Reading = Pick<Connections, "read">;

/**
 * Everything that a database holds, and what is wrong with it. Nothing is changed: the transaction
 * may not. Servers may go on using it. One document or version is in memory at a time.
 *
 * Rejects with STORE_ABSENT where nothing was ever kept in it, STORE_FORMAT where another version
 * keeps it, STORE_UNAVAILABLE, STORE_UNWRITABLE, STORE_READ or STORE_DAMAGED.
 */
export async function* inspectDatabase(
  databaseUrl: string,
): AsyncGenerator<Inspected, void, undefined> {
  const database = describeDatabase(databaseUrl);
  const client = new Client({
    connectionString: databaseUrl,
    application_name: "boardwalk doctor",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Whoever reads next is told.
  client.on("error", () => undefined);
  const reading: Reading = {
    read: async (text: string, values: readonly Value[]) => {
      try {
        return (await client.query<Row>(text, [...values])).rows;
      } catch (error) {
        throw storeErrorOf(error, "STORE_READ");
      }
    },
  };
  try {
    await client.connect();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await checkSchema(reading, database);
  } catch (error) {
    await client.end();
    throw error instanceof StoreError && error.code === "STORE_ABSENT"
      ? error
      : openError(database, error);
  }
  try {
    yield* inspectDocuments(reading);
    yield* inspectVersions(reading);
    yield* inspectRecords(reading);
    yield* inspectAssets(reading);
    yield* inspectQuarantine(reading);
  } finally {
    await client.end();
  }
}

async function checkSchema(reading: Reading, database: string): Promise<void> {
  const [table] = await reading.read("SELECT to_regclass('boardwalk_migrations') AS name", []);
  if (table?.["name"] === null) {
    throw new StoreError("STORE_ABSENT", `Nothing of Boardwalk is in ${database}`);
  }
  const [row] = await reading.read("SELECT max(number) AS number FROM boardwalk_migrations", []);
  const schema = integerOf(row ?? {}, "number");
  if (schema === MIGRATIONS.length) return;
  throw new StoreError(
    "STORE_FORMAT",
    `${database} has schema ${schema}, and this version checks schema ${MIGRATIONS.length}. ` +
      (schema > MIGRATIONS.length
        ? "Check it with the version that migrated it, or a later one"
        : "Start this version's server on it once, which migrates it"),
  );
}

/** Rows page by page; `key` is the column that they are ordered by. */
async function* pages(
  reading: Reading,
  select: (condition: string) => string,
  key: string,
): AsyncGenerator<Row> {
  let after: Value | null = null;
  for (;;) {
    const condition = after === null ? "true" : `${key} > $1`;
    const text = `${select(condition)} ORDER BY ${key} LIMIT ${ROWS_PER_PAGE}`;
    const rows: Row[] = await reading.read(text, after === null ? [] : [after]);
    yield* rows;
    const last = rows.at(-1)?.[key];
    if (rows.length < ROWS_PER_PAGE || last === undefined) return;
    after = last as Value;
  }
}

async function* inspectDocuments(reading: Reading): AsyncGenerator<Inspected> {
  const rows = pages(
    reading,
    (condition) => `SELECT name FROM boardwalk_documents WHERE ${condition}`,
    "name",
  );
  for await (const row of rows) {
    const name = nameOf(row, "name");
    if (name === null) {
      yield fault("a document", "its name is in no form that a version writes");
      continue;
    }
    const stored = await readDocument(reading, name);
    if (stored === null) continue;
    for (const message of describeDamage(stored.damage)) yield fault(`document ${name}`, message);
    yield { kind: "document", name, stored };
  }
}

async function* inspectVersions(reading: Reading): AsyncGenerator<Inspected> {
  const rows = pages(
    reading,
    (condition) =>
      `SELECT id, name, bytes, crc, details, details_crc FROM boardwalk_versions
       WHERE name IS NOT NULL AND details IS NOT NULL AND ${condition}`,
    "id",
  );
  for await (const row of rows) {
    const id = encodeVersionId(integerOf(row, "id"));
    const name = nameOf(row, "name") ?? "";
    const details = bytesOf(row, "details") ?? Buffer.alloc(0);
    const isKnown = checksum(Buffer.from(name), details) === integerOf(row, "details_crc");
    const update = isKnown ? await readVersion(reading, row) : null;
    if (update === null) yield fault(`version ${id} of document ${name}`, "is damaged");
    else yield { kind: "version", document: name, id, update };
  }
}

async function readVersion(reading: Reading, version: Row): Promise<Uint8Array | null> {
  const chunks = await reading.read(
    "SELECT bytes FROM boardwalk_version_chunks WHERE version = $1 ORDER BY index",
    [integerOf(version, "id")],
  );
  const update = Buffer.concat(chunks.map((chunk) => bytesOf(chunk, "bytes") ?? Buffer.alloc(0)));
  const isWhole =
    update.length === integerOf(version, "bytes") &&
    (crc32(update) | 0) === integerOf(version, "crc");
  return isWhole ? update : null;
}

async function* inspectRecords(reading: Reading): AsyncGenerator<Inspected> {
  const rows = pages(
    reading,
    (condition) => `SELECT key, crc, value FROM boardwalk_records WHERE ${condition}`,
    "key",
  );
  for await (const row of rows) {
    const key = nameOf(row, "key");
    const value = wholeValue(row);
    if (key === null) yield fault("a record", "its key is in no form that a version writes");
    else if (value === null) yield fault(`record ${key}`, "its bytes are damaged");
    else yield { kind: "record", key, value };
  }
}

/** Reads every asset, and holds its content against its name. */
async function* inspectAssets(reading: Reading): AsyncGenerator<Inspected> {
  const rows = pages(
    reading,
    (condition) =>
      `SELECT id, sha256, bytes FROM boardwalk_assets WHERE sha256 IS NOT NULL AND ${condition}`,
    "id",
  );
  for await (const row of rows) {
    const sha256 = bytesOf(row, "sha256")?.toString("hex") ?? "";
    const hash = createHash("sha256");
    let bytes = 0;
    for (let index = 0; ; index++) {
      const [chunk] = await reading.read(
        "SELECT bytes FROM boardwalk_asset_chunks WHERE asset = $1 AND index = $2",
        [integerOf(row, "id"), index],
      );
      const content = chunk === undefined ? null : bytesOf(chunk, "bytes");
      if (content === null) break;
      hash.update(content);
      bytes += content.length;
    }
    if (hash.digest("hex") === sha256) yield { kind: "asset", sha256, bytes };
    else yield fault(`asset ${sha256}`, `its ${bytes} bytes are not those it is named by`);
  }
}

async function* inspectQuarantine(reading: Reading): AsyncGenerator<Inspected> {
  const [row] = await reading.read(
    "SELECT count(*) AS values, coalesce(sum(length(bytes)), 0) AS bytes FROM boardwalk_quarantine",
    [],
  );
  const values = integerOf(row ?? {}, "values");
  if (values === 0) return;
  const bytes = integerOf(row ?? {}, "bytes");
  yield note("quarantine", `${values} damaged values were set aside earlier, ${bytes} bytes`);
}

function nameOf(row: Row, column: string): string | null {
  const bytes = bytesOf(row, column);
  return bytes === null ? null : decodeName(bytes);
}
