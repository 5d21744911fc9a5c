/**
 * Detects a history whose tables are missing in part, or are not migrator's.
 *
 * A person may have dropped a table or restored a part of a dump, or another program may have tables of
 * the same names. That must not be taken for a database that was never migrated: `up` would apply every
 * migration again.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Row, Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import { HISTORY_TABLES } from "./schema.ts";
import type { HistoryName } from "./history_name.ts";

/**
 * The columns that each table has had since its first version, with types as `format_type` prints them.
 * `createHistory` adds the later columns.
 */
const FIRST_COLUMNS: Readonly<Record<(typeof HISTORY_TABLES)[number], string>> = {
  databases: `name text, format integer, lock_key bigint, fence bigint, durable_fence bigint,
    run_started_at timestamp with time zone, run_finished_at timestamp with time zone,
    tool_version text`,
  migration_logs: `id bigint, database text, version bigint, name text, direction text,
    transactional boolean, started_at timestamp with time zone,
    finished_at timestamp with time zone, success boolean, statements_done integer,
    nothing_done boolean, error jsonb, checksum text, raw_checksum text, backfilled boolean,
    fence bigint, tool_version text, who text, host text, client_pid integer, backend_pid integer,
    xid xid8, note text`,
  migration_definitions: `database text, version bigint, name text, parents bigint[],
    metadata jsonb, up_path text, up_sql text, up_transaction text, up_checksum text,
    down_path text, down_sql text, down_transaction text, down_checksum text,
    stored_at timestamp with time zone, tool_version text`,
};

/** The keys that migrator's statements rely on (`ON CONFLICT`). */
const KEYS = { databases: "name", migration_definitions: "database, version" } as const;

/** `('databases', 'name', 'text'), …` */
function wantedColumns(): string {
  return Object.entries(FIRST_COLUMNS).flatMap(([table, columns]) =>
    columns.split(",").map((column) => {
      const [, name = "", type = ""] = /^\s*(\S+)\s+(.*)$/.exec(column) ?? [];
      return `(${[table, name, type].map(quoteLiteral).join(", ")})`;
    })
  ).join(", ");
}

/** Selects each faulty `object` and its fault (`says`); no rows if none of the tables exists. */
function shortcomings(schema: string): string {
  const keys = Object.entries(KEYS).map((pair) => `(${pair.map(quoteLiteral).join(", ")})`);
  return `WITH there AS (
    SELECT c.oid, c.relname
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)}
      AND c.relname IN (${HISTORY_TABLES.map(quoteLiteral).join(", ")})
  ), found AS (
    SELECT wanted.name AS relation, 'is missing' AS says
    FROM pg_catalog.unnest(ARRAY[${HISTORY_TABLES.map(quoteLiteral).join(", ")}]) AS wanted (name)
    WHERE NOT EXISTS (SELECT FROM there WHERE there.relname = wanted.name)
  UNION ALL
    SELECT there.relname, 'lacks ' || pg_catalog.string_agg(
      CASE WHEN a.attname IS NULL THEN pg_catalog.format('the column %s %s', wanted.name, wanted.type)
        ELSE pg_catalog.format('%s of type %s (it is %s)', wanted.name, wanted.type,
          pg_catalog.format_type(a.atttypid, NULL)) END, ', ')
    FROM (VALUES ${wantedColumns()}) AS wanted (relation, name, type)
    JOIN there ON there.relname = wanted.relation
    LEFT JOIN pg_catalog.pg_attribute AS a
      ON a.attrelid = there.oid AND a.attname = wanted.name AND a.attnum > 0
    WHERE a.attname IS NULL OR pg_catalog.format_type(a.atttypid, NULL) <> wanted.type
    GROUP BY there.relname
  UNION ALL
    SELECT there.relname, pg_catalog.format('lacks the primary key (%s)', wanted.columns)
    FROM (VALUES ${keys.join(", ")}) AS wanted (relation, columns)
    JOIN there ON there.relname = wanted.relation
    WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_index AS i
      WHERE i.indrelid = there.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND wanted.columns = (
          SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY k.place)
          FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (number, place)
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number))
  )
  SELECT pg_catalog.format('%I.%I', ${quoteLiteral(schema)}, relation) AS object, says
  FROM found
  WHERE EXISTS (SELECT FROM there)
  ORDER BY relation, says`;
}

/**
 * Accepts complete tables, and a schema without any of them.
 *
 * @throws {Failure} `history/incomplete`, with every fault.
 */
export async function refuseIncomplete(
  session: Session,
  { schema, database }: HistoryName,
): Promise<void> {
  const rows = await catalogRead(session, shortcomings(schema));
  if (rows.length > 0) throw incomplete(rows, { schema, database });
}

function incomplete(rows: readonly Row[], { schema, database }: HistoryName): Failure {
  const missing = rows.filter(({ says }) => says === "is missing").map(({ object }) => object);
  const isForeign = rows.some(({ says }) => says !== "is missing");
  const lines = rows.map(({ object, says }) => `${object} ${says}`);
  return new Failure(
    "history/incomplete",
    `The history of database "${database}" cannot be read or written, because the tables in schema ` +
      `${schema} are not, or not all of, those that migrator made:\n  ${lines.join("\n  ")}`,
    {
      hint: "Nothing was run. " +
        (isForeign
          ? "If they are another program's, keep the history in a schema of its own: " +
            "`historySchema: NAME` in migrator.yaml. If they are migrator's, "
          : "Somebody dropped or renamed them. ") +
        `${isForeign ? "restore" : "Restore"} what is missing from a backup` +
        (missing.length === 0
          ? ""
          : `: pg_restore --schema=${schema} ${
            missing.map((name) => `--table=${name?.split(".").at(-1)}`).join(" ")
          } --dbname=… BACKUP`) +
        ". Do not make way for a new history instead: up would apply every migration again.",
      facts: { database, schema, found: lines },
    },
  );
}
