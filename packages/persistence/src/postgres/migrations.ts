import type { PoolClient } from "pg";
import { StoreError } from "../store-error.ts";

/** Taken while migrating; the same number for all versions, and nothing else's. */
const MIGRATION_LOCK = 5_212_024_118;

/**
 * The schema, step by step. A step that was released is never changed: it has been run. The number
 * of a step is its place, from 1.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE boardwalk_writers (
    id uuid PRIMARY KEY,
    epoch bigint NOT NULL,
    committed bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 50);

  CREATE TABLE boardwalk_documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name bytea NOT NULL UNIQUE,
    last_sequence bigint NOT NULL,
    log_bytes bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 0,
    covered_sequence bigint NOT NULL DEFAULT 0,
    snapshot_bytes bigint NOT NULL DEFAULT 0,
    snapshot_crc integer NOT NULL DEFAULT 0,
    snapshot_lost boolean NOT NULL DEFAULT false,
    claimed_generation bigint NOT NULL DEFAULT 0,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity'
  ) WITH (fillfactor = 70);

  CREATE SEQUENCE boardwalk_generations;

  CREATE TABLE boardwalk_snapshot_chunks (
    document bigint NOT NULL REFERENCES boardwalk_documents ON DELETE CASCADE,
    generation bigint NOT NULL,
    index integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (document, generation, index)
  );

  CREATE TABLE boardwalk_updates (
    document bigint NOT NULL REFERENCES boardwalk_documents ON DELETE CASCADE,
    sequence bigint NOT NULL,
    crc integer NOT NULL,
    bytes bytea,
    damaged_bytes integer NOT NULL DEFAULT 0,
    PRIMARY KEY (document, sequence)
  );

  CREATE TABLE boardwalk_records (
    key bytea PRIMARY KEY,
    crc integer NOT NULL,
    value bytea NOT NULL
  );

  CREATE TABLE boardwalk_assets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 bytea UNIQUE,
    bytes bigint NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE boardwalk_asset_chunks (
    asset bigint NOT NULL REFERENCES boardwalk_assets ON DELETE CASCADE,
    index integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (asset, index)
  );
  ALTER TABLE boardwalk_asset_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

  CREATE TABLE boardwalk_quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    found_at timestamptz NOT NULL DEFAULT now(),
    name bytea NOT NULL,
    sequence bigint,
    generation bigint,
    index integer,
    crc integer NOT NULL,
    bytes bytea NOT NULL
  );
  `,
  `
  CREATE TABLE boardwalk_versions (
    id bigint PRIMARY KEY,
    name bytea,
    bytes bigint NOT NULL DEFAULT 0,
    crc integer NOT NULL DEFAULT 0,
    details bytea,
    details_crc integer NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX boardwalk_versions_by_name ON boardwalk_versions (name, id);

  CREATE TABLE boardwalk_version_chunks (
    version bigint NOT NULL REFERENCES boardwalk_versions ON DELETE CASCADE,
    index integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (version, index)
  );
  ALTER TABLE boardwalk_version_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
  `,
];

/**
 * Brings the schema up to this version, in one transaction; nodes that start at once wait for one
 * another. Rejects with STORE_FORMAT where a later version was here, else with pg's own error.
 */
export async function migrate(client: PoolClient, migrations = MIGRATIONS): Promise<void> {
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
  await client.query(`
    CREATE TABLE IF NOT EXISTS boardwalk_migrations (
      number integer PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  const { rows } = await client.query<{ number: number | null }>(
    "SELECT max(number) AS number FROM boardwalk_migrations",
  );
  const applied = rows[0]?.number ?? 0;
  if (applied > migrations.length) {
    throw new StoreError(
      "STORE_FORMAT",
      `The database has schema ${applied}; this version knows up to ${migrations.length}. ` +
        `Run the version that migrated it, or a later one`,
    );
  }
  for (const [index, statements] of migrations.entries()) {
    if (index < applied) continue;
    await client.query(statements);
    await client.query("INSERT INTO boardwalk_migrations (number) VALUES ($1)", [index + 1]);
  }
  await client.query("COMMIT");
}
