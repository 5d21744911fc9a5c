// Pure.
/**
 * The tables and views of the history.
 *
 * People read them with psql, so their names, columns and meanings change only by addition.
 *
 * @module
 */

import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/** The default PostgreSQL schema of migrator's tables. */
export const HISTORY_SCHEMA = "migrator";

/** The tables of the history. */
export const HISTORY_TABLES = ["databases", "migration_logs", "migration_definitions"] as const;

/** The views over the history, for people. */
export const HISTORY_VIEWS = ["status", "dirty"] as const;

/** The schema's name in SQL, without quotes only where they are certainly not needed. */
export function schemaInSql(schema: string): string {
  return schema === HISTORY_SCHEMA ? schema : quoteIdentifier(schema);
}

/** Locks the creation and change of a schema's tables until the end of the transaction. */
export function schemaInstallLock(schema: string): string {
  const name = quoteLiteral(`migrator install ${schema}`);
  return `SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(${name}, 1))`;
}

/** The version of the table format, stored in `databases.format`; rises when the tables change. */
export const HISTORY_FORMAT = 2;

/** Statements that create the schema. An existing one may belong to a role that only granted access. */
export function createHistorySchema(schema: string): string {
  const s = quoteIdentifier(schema);
  return `CREATE SCHEMA IF NOT EXISTS ${s};
COMMENT ON SCHEMA ${s} IS 'State of the migrator. Start with: SELECT * FROM status';`;
}

/**
 * Statements that create the missing tables and views; idempotent. Send them in one transaction.
 *
 * Several databases of a product may share one PostgreSQL database, so the migration lock does not
 * prevent two runners from doing this at once. The statements therefore begin with a separate lock.
 *
 * @param schema Unquoted name of the schema.
 * @param state.schemaExists The schema is not created: even CREATE SCHEMA IF NOT EXISTS needs the
 * privilege to create schemas, which often only an administrator has.
 */
export function createHistory(
  schema: string,
  state: { readonly schemaExists: boolean },
): string {
  return `
${schemaInstallLock(schema)};
${state.schemaExists ? "" : createHistorySchema(schema)}
${createHistoryTables(schema)}`;
}

/** The same without the lock and the schema. */
export function createHistoryTables(schema: string): string {
  const s = quoteIdentifier(schema);
  const note = (kind: string, name: string, text: string) =>
    `COMMENT ON ${kind} ${s}.${name} IS ${quoteLiteral(text)};`;
  return `
CREATE TABLE IF NOT EXISTS ${s}.databases (
  name text PRIMARY KEY,
  format integer NOT NULL,
  lock_key bigint NOT NULL,
  fence bigint NOT NULL,
  durable_fence bigint NOT NULL DEFAULT 0,
  run_started_at timestamptz NOT NULL,
  run_finished_at timestamptz,
  tool_version text NOT NULL
);

CREATE TABLE IF NOT EXISTS ${s}.migration_logs (
  id bigint GENERATED ALWAYS AS IDENTITY,
  database text NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  direction text NOT NULL,
  transactional boolean NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  success boolean,
  statements_done integer NOT NULL DEFAULT 0,
  nothing_done boolean NOT NULL DEFAULT false,
  error jsonb,
  checksum text NOT NULL,
  raw_checksum text NOT NULL,
  backfilled boolean NOT NULL DEFAULT false,
  fence bigint NOT NULL,
  tool_version text NOT NULL,
  who text NOT NULL,
  host text NOT NULL,
  client_pid integer NOT NULL,
  backend_pid integer NOT NULL,
  xid xid8,
  note text,
  definition_checksum text,
  PRIMARY KEY (database, version, id)
);
ALTER TABLE ${s}.migration_logs ADD COLUMN IF NOT EXISTS definition_checksum text;

CREATE TABLE IF NOT EXISTS ${s}.migration_definitions (
  database text NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  parents bigint[] NOT NULL,
  metadata jsonb NOT NULL,
  up_path text NOT NULL,
  up_sql text NOT NULL,
  up_transaction text NOT NULL,
  up_checksum text NOT NULL,
  down_path text,
  down_sql text,
  down_transaction text,
  down_checksum text,
  stored_at timestamptz NOT NULL,
  tool_version text NOT NULL,
  PRIMARY KEY (database, version)
);

CREATE OR REPLACE VIEW ${s}.status AS
${statusQuery(schema)};

CREATE OR REPLACE VIEW ${s}.dirty AS
SELECT * FROM ${s}.status WHERE state = 'dirty';

${
    note(
      "TABLE",
      "databases",
      "One row for each database of the product that is kept here. fence: number of the newest run; durable_fence: newest run known to be on disk as a whole.",
    )
  }
${
    note(
      "TABLE",
      "migration_logs",
      "One row for each attempt and direction, never changed after it is finished.",
    )
  }
${
    note(
      "TABLE",
      "migration_definitions",
      "What was applied or was to be, so that an older executable can take it back. What holds: status.",
    )
  }
${note("VIEW", "status", "What holds now for each version that was ever tried.")}
${
    note(
      "VIEW",
      "dirty",
      "Versions that need a person: a non-transactional attempt failed or was cut off.",
    )
  }
`;
}

/**
 * A query without rows that fails with 42703 or 42P01 when `createHistory` has something to add. It
 * ignores missing views that this role may not create.
 */
export function assertWhole({ schema }: { readonly schema: string }): string {
  const s = quoteIdentifier(schema);
  const views = HISTORY_VIEWS.map((name) => quoteLiteral(`${s}.${name}`)).join(", ");
  return `SELECT definition_checksum FROM ${s}.migration_logs WHERE false;
SELECT pg_catalog.regclass(name)
FROM pg_catalog.unnest(ARRAY[${views}]::pg_catalog.text[]) AS views (name)
WHERE pg_catalog.has_schema_privilege(${quoteLiteral(schema)}, 'CREATE')`;
}

/** An SQL expression: whether one of migrator's views is missing and this role may create it. */
export function lacksViews(schema: string): string {
  const views = HISTORY_VIEWS.map(quoteLiteral).join(", ");
  return `(
    SELECT pg_catalog.has_schema_privilege(n.oid, 'CREATE') AND ${HISTORY_VIEWS.length} > (
      SELECT pg_catalog.count(*)
      FROM pg_catalog.pg_class AS c
      WHERE c.relnamespace = n.oid AND c.relname IN (${views})
    )
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname = ${quoteLiteral(schema)}
  )`;
}

/**
 * The query of the view `status`. Programs run it on the tables instead of the view: a view is code, and
 * may belong to another role.
 */
export function statusQuery(schema: string): string {
  const s = quoteIdentifier(schema);
  return `SELECT decisive.database,
  decisive.version,
  decisive.name,
  CASE
    WHEN decisive.success AND decisive.direction = 'up' THEN 'applied'
    WHEN decisive.success THEN 'reverted'
    WHEN decisive.nothing_done THEN 'failed'
    WHEN decisive.success IS NULL AND EXISTS (
      SELECT FROM pg_catalog.pg_locks AS held
      JOIN ${s}.databases AS d ON d.name = decisive.database
      WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
        AND held.database = (
          SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        AND held.classid::bigint << 32 | held.objid::bigint = d.lock_key
    ) THEN 'running'
    ELSE 'dirty'
  END AS state,
  decisive.direction,
  decisive.started_at,
  decisive.finished_at,
  decisive.statements_done,
  decisive.checksum,
  decisive.who,
  decisive.host,
  decisive.tool_version,
  (
    SELECT latest.error FROM ${s}.migration_logs AS latest
    WHERE latest.database = decisive.database AND latest.version = decisive.version
    ORDER BY latest.id DESC LIMIT 1
  ) AS last_error
FROM (
  SELECT DISTINCT ON (logs.database, logs.version) logs.*
  FROM ${s}.migration_logs AS logs
  ORDER BY logs.database, logs.version,
    logs.nothing_done, logs.backfilled, logs.id DESC
) AS decisive`;
}
