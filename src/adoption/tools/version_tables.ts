// Pure.
/**
 * Tools that keep a row, or one row, with a version and little else.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { type ForeignTool, hasColumns } from "../foreign_tool.ts";

/** golang-migrate keeps one row. Its table may have any name, such as `codeintel_schema_migrations`. */
export const golangMigrate: ForeignTool = {
  name: "golang-migrate",
  title: "golang-migrate",
  isAdoptable: true,
  recognises: (table) =>
    table.columns.size === 2 && table.schema !== "hdb_catalog" &&
    hasColumns(table, { version: "bigint", dirty: "boolean" }),
  query: (table) => `SELECT version, dirty FROM ${table} ORDER BY version`,
  read: (rows) => ({
    records: "newest",
    // -1 with the dirty flag: the first migration failed on its way down.
    entries: rows.filter((row) => row["version"] !== "-1").map((row) =>
      row["dirty"] === "t"
        ? { key: row["version"]!, state: "failed", remark: "the database is marked dirty" }
        : { key: row["version"]!, state: "applied" }
    ),
  }),
};

/** Hasura's CLI with config v2 keeps golang-migrate's columns, and a row for each version. */
export const hasuraTable: ForeignTool = {
  name: "hasura",
  title: "Hasura",
  isAdoptable: true,
  schemas: ["hdb_catalog"],
  recognises: (table) =>
    table.schema === "hdb_catalog" && table.name === "schema_migrations" &&
    hasColumns(table, { version: "bigint", dirty: "boolean" }),
  query: (table) => `SELECT version, dirty FROM ${table} ORDER BY version`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["version"]!,
      state: row["dirty"] === "t" ? "failed" : "applied",
    })),
  }),
};

/** Hasura's CLI with config v3 keeps the versions of every database in one JSON value. */
export const hasuraState: ForeignTool = {
  name: "hasura",
  title: "Hasura",
  isAdoptable: true,
  schemas: ["hdb_catalog"],
  recognises: (table) =>
    table.schema === "hdb_catalog" && table.name === "hdb_version" &&
    hasColumns(table, { cli_state: "jsonb" }),
  // The source that is called like the database, else the one that Hasura makes first.
  query: (table, database) =>
    `SELECT version.key, version.value #>> '{}' AS dirty
FROM ${table} AS state,
  pg_catalog.jsonb_each(coalesce(
    state.cli_state -> 'migrations' -> ${quoteLiteral(database)},
    state.cli_state -> 'migrations' -> 'default',
    '{}')) AS version
ORDER BY version.key`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["key"]!,
      state: row["dirty"] === "true" ? "failed" : "applied",
    })),
  }),
};

/** tern keeps one row. */
export const tern: ForeignTool = {
  name: "tern",
  title: "tern",
  isAdoptable: true,
  recognises: (table) =>
    table.name === "schema_version" && table.columns.size === 1 &&
    hasColumns(table, { version: "integer" }),
  query: (table) => `SELECT version FROM ${table}`,
  read: (rows) => ({
    records: "newest",
    entries: rows.filter((row) => row["version"] !== "0")
      .map((row) => ({ key: row["version"]!, state: "applied" })),
  }),
};

/** dbmate keeps a row for each version. */
export const dbmate: ForeignTool = {
  name: "dbmate",
  title: "dbmate",
  isAdoptable: true,
  recognises: (table) =>
    table.name === "schema_migrations" && table.columns.size === 1 &&
    hasColumns(table, { version: ["character varying", "text"] }),
  query: (table) => `SELECT version FROM ${table} ORDER BY version`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({ key: row["version"]!, state: "applied" })),
  }),
};

/** diesel keeps a row for each version, without the dashes of its directory. */
export const diesel: ForeignTool = {
  name: "diesel",
  title: "diesel",
  isAdoptable: true,
  recognises: (table) =>
    table.name === "__diesel_schema_migrations" &&
    hasColumns(table, { version: "character varying", run_on: "timestamp without time zone" }),
  query: (table) => `SELECT version, run_on FROM ${table} ORDER BY run_on, version`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["version"]!,
      state: "applied",
      appliedAt: row["run_on"]!,
    })),
  }),
};

/** The Supabase CLI keeps the statements of each migration beside its version. */
export const supabase: ForeignTool = {
  name: "supabase",
  title: "Supabase",
  isAdoptable: true,
  schemas: ["supabase_migrations"],
  recognises: (table) =>
    table.name === "schema_migrations" &&
    hasColumns(table, { version: "text", statements: "text[]" }),
  query: (table) => `SELECT version FROM ${table} ORDER BY version`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({ key: row["version"]!, state: "applied" })),
  }),
};
