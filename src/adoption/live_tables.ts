/**
 * Reads the tables of a database in one query.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import type { HistoryName } from "../history/history_name.ts";
import { isTrusted } from "../history/foreign_objects.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { ForeignTable } from "./foreign_tool.ts";
import { type QualifiedName } from "../sql/qualified_name.ts";
import { splitSearchPath } from "./search_path.ts";

/** A table, materialized view or foreign table. */
export interface LiveTable extends Required<QualifiedName> {
  /** Its columns, if it may be the history of a tool. */
  readonly history: ForeignTable | undefined;
  /** Its owner is trusted, so that reading it runs nobody else's code. */
  readonly isTrusted: boolean;
}

/** The tables of a database, without those of PostgreSQL, of migrator and of extensions. */
export interface LiveTables {
  readonly tables: readonly LiveTable[];
  /** The existing schemas of the search_path, in order. */
  readonly searchPath: readonly string[];
}

/** Every recognised history table has at least one of these columns. */
const TELLING_COLUMNS = [
  "version",
  "version_id",
  "version_num",
  "installed_rank",
  "migration_name",
  "migration_id",
  "MigrationId",
  "migration",
  "migrated_at",
  "migration_time",
  "run_on",
  "applied_at",
  "applied",
  "executed_at",
  "hash",
  "cli_state",
  "change_id",
  "orderexecuted",
  "name",
  "key",
];

/** No tool's history table has more columns. The columns of wider tables are not read. */
const MOST_COLUMNS = 24;

/**
 * Reads the tables, materialized views and foreign tables of all schemas. Partitions are left out:
 * their table stands for them.
 *
 * @throws {SqlError} What the server refused.
 */
export async function readLiveTables(
  session: Session,
  history: HistoryName,
): Promise<LiveTables> {
  const [row] = await catalogRead(session, liveTablesQuery(history));
  const found = JSON.parse(row?.["found"] ?? "{}") as Found;
  const schemas = new Set(found.schemas);
  return {
    tables: (found.tables ?? []).map(({ schema, name, columns, trusted }) => ({
      schema,
      name,
      isTrusted: trusted,
      history: columns === null
        ? undefined
        : { schema, name, columns: new Map(Object.entries(columns)) },
    })),
    searchPath: splitSearchPath(found.search_path ?? "", found.role ?? "")
      .filter((schema) => schemas.has(schema)),
  };
}

interface Found {
  readonly role?: string;
  /** The search_path outside a transaction that sets it. */
  readonly search_path?: string;
  readonly schemas?: readonly string[];
  readonly tables?:
    | readonly {
      readonly schema: string;
      readonly name: string;
      readonly columns: Readonly<Record<string, string>> | null;
      readonly trusted: boolean;
    }[]
    | null;
}

function liveTablesQuery({ schema }: HistoryName): string {
  const telling = TELLING_COLUMNS.map(quoteLiteral).join(", ");
  return `SELECT pg_catalog.json_build_object(
  'role', CURRENT_USER,
  'search_path', (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path'),
  'schemas', (SELECT pg_catalog.json_agg(nspname) FROM pg_catalog.pg_namespace),
  'tables', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'trusted', ${isTrusted("c.relowner")},
      'columns', CASE WHEN c.relkind = 'r' AND c.relnatts <= ${MOST_COLUMNS} AND EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attname IN (${telling})
      ) THEN (
        SELECT pg_catalog.json_object_agg(
          a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      ) END
    ) ORDER BY n.nspname, c.relname)
    FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND NOT (n.nspname = ${quoteLiteral(schema)} AND (
        c.relname IN ('databases', 'migration_logs', 'migration_definitions')
        OR c.relname LIKE 'batched\\_background\\_migration%'))
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
          AND d.deptype = 'e')
  )
) AS found`;
}
