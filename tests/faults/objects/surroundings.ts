// Pure.
/**
 * What is around the history: names that shadow PostgreSQL's, strangers in its schema, publications.
 *
 * @module
 */

import type { DbaObject } from "./dba_object.ts";

/** Names that are found before PostgreSQL's own. */
const SHADOWS = "ALTER DATABASE {database} SET search_path = public, dba, pg_catalog";

export const SURROUNDINGS: readonly DbaObject[] = [
  {
    name: "the schema of the history, empty and another role's",
    isFirst: true,
    runner: "owner",
    sql: "CREATE SCHEMA migrator AUTHORIZATION {other}",
    ends: 5,
    cure: "ALTER SCHEMA migrator OWNER TO {owner}",
  },
  {
    name: "another program's tables in the schema of the history",
    isFirst: true,
    sql: "CREATE SCHEMA migrator; CREATE TABLE migrator.databases (id int)",
    ends: 5,
    cure: "DROP SCHEMA migrator CASCADE",
  },
  {
    name: "functions named like PostgreSQL's",
    isFirst: true,
    sql: `${
      [
        ["pg_backend_pid()", "int"],
        ["set_config(text, text, boolean)", "text"],
        ["current_setting(text)", "text"],
        ["hashtextextended(text, bigint)", "bigint"],
        ["pg_try_advisory_xact_lock(bigint)", "boolean"],
        ["now()", "timestamptz"],
        ["clock_timestamp()", "timestamptz"],
        ["format(text, text)", "text"],
        ["to_regclass(text)", "regclass"],
        ["unnest(text[])", "text"],
      ].map(([signature, result]) =>
        `CREATE FUNCTION dba.${signature} RETURNS ${result} LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'not PostgreSQL''s'; END $$;`
      ).join("\n")
    } ${SHADOWS}`,
    undo: "ALTER DATABASE {database} RESET search_path",
  },
  {
    name: "operators named like PostgreSQL's",
    isFirst: true,
    sql: `${
      ["text", "bigint", "boolean", "name", "oid"].map((type) =>
        `CREATE FUNCTION dba.never(${type}, ${type}) RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'not PostgreSQL''s'; END $$;
        CREATE OPERATOR dba.= (LEFTARG = ${type}, RIGHTARG = ${type}, FUNCTION = dba.never);`
      ).join("\n")
    } ${SHADOWS}`,
    undo: "ALTER DATABASE {database} RESET search_path",
  },
  {
    name: "domains named like PostgreSQL's types",
    isFirst: true,
    sql: `${
      ["jsonb", "xid8", "timestamptz", "name", "oid", "regclass"].map((type) =>
        `CREATE DOMAIN dba.${type} AS pg_catalog.${type} CHECK (VALUE IS NULL);`
      ).join("\n")
    } ${SHADOWS}`,
    undo: "ALTER DATABASE {database} RESET search_path",
  },
  {
    name: "tables named like the catalog's",
    isFirst: true,
    sql: `CREATE TABLE dba.pg_class (oid oid); CREATE TABLE dba.pg_namespace (oid oid);
      CREATE VIEW dba.pg_roles AS SELECT 1 / 0 AS oid; ${SHADOWS}`,
    undo: "ALTER DATABASE {database} RESET search_path",
  },
  {
    name: "a publication for all tables",
    isFirst: true,
    sql: "CREATE PUBLICATION everything FOR ALL TABLES",
    ends: 7,
    cure: "DROP PUBLICATION everything",
  },
  {
    name: "a publication of all new rows",
    isFirst: true,
    sql: "CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert')",
  },
];
