// Pure.
/**
 * Tools that keep a row for each migration, most of them with a checksum of its file.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import { type ForeignEntry, type ForeignTool, hasColumns } from "../foreign_tool.ts";

/** sqlx keeps a row for each version; `success` is false while it runs, and after it failed. */
export const sqlx: ForeignTool = {
  name: "sqlx",
  title: "sqlx",
  isAdoptable: true,
  recognises: (table) =>
    table.name === "_sqlx_migrations" &&
    hasColumns(table, { version: "bigint", success: "boolean", checksum: "bytea" }),
  query: (table) =>
    `SELECT version, success, pg_catalog.encode(checksum, 'hex') AS checksum, installed_on
FROM ${table} ORDER BY version`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row): ForeignEntry => ({
      key: row["version"]!,
      checksum: row["checksum"]!,
      appliedAt: row["installed_on"]!,
      ...(row["success"] === "t"
        ? { state: "applied" }
        : { state: "failed", remark: "sqlx calls it dirty" }),
    })),
  }),
};

/** Drizzle keeps the hash of each file, and `when` of its journal. */
export const drizzle: ForeignTool = {
  name: "drizzle",
  title: "Drizzle",
  isAdoptable: true,
  schemas: ["drizzle"],
  recognises: (table) =>
    table.name.includes("drizzle") &&
    hasColumns(table, { id: "integer", hash: "text", created_at: "bigint" }),
  query: (table) => `SELECT hash, created_at FROM ${table} ORDER BY created_at`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["created_at"] ?? "",
      state: "applied",
      checksum: row["hash"]!,
    })),
  }),
};

/** node-pg-migrate keeps a row for each file, by its name. */
export const nodePgMigrate: ForeignTool = {
  name: "node-pg-migrate",
  title: "node-pg-migrate",
  isAdoptable: true,
  recognises: (table) =>
    table.columns.size === 3 && hasColumns(table, {
      id: "integer",
      name: "character varying",
      run_on: "timestamp without time zone",
    }),
  query: (table) => `SELECT name, run_on FROM ${table} ORDER BY run_on, id`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["name"]!,
      state: "applied",
      appliedAt: row["run_on"]!,
    })),
  }),
};

/** sql-migrate keeps a row for each file, by its name. */
export const sqlMigrate: ForeignTool = {
  name: "sql-migrate",
  title: "sql-migrate",
  isAdoptable: true,
  recognises: (table) =>
    table.columns.size === 2 &&
    hasColumns(table, { id: "text", applied_at: "timestamp with time zone" }),
  query: (table) => `SELECT id, applied_at FROM ${table} ORDER BY applied_at, id`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["id"]!,
      state: "applied",
      appliedAt: row["applied_at"]!,
    })),
  }),
};

/** Bits of Atlas' `type`: 1 is a baseline. */
const ATLAS_BASELINE = 1;

/** Atlas keeps a row for each version, with how many of its statements were executed. */
export const atlas: ForeignTool = {
  name: "atlas",
  title: "Atlas",
  isAdoptable: true,
  schemas: ["atlas_schema_revisions"],
  recognises: (table) =>
    hasColumns(table, {
      version: "character varying",
      applied: "bigint",
      total: "bigint",
      hash: "character varying",
      operator_version: "character varying",
    }),
  query: (table) =>
    `SELECT version, type, applied, total, hash, error, executed_at
FROM ${table} WHERE version <> '.atlas_cloud_identifier' ORDER BY version`,
  read: (rows) => {
    const isBaseline = ({ type }: Row) => (Number(type) & ATLAS_BASELINE) !== 0;
    const baseline = rows.findLast(isBaseline)?.["version"];
    const entries = rows.map((row): ForeignEntry => {
      const { applied, total, error } = row;
      const entry = { key: row["version"]!, appliedAt: row["executed_at"]! };
      if (error || applied !== total) {
        const remark = `${applied} of its ${total} statements were executed`;
        return { ...entry, state: error ? "failed" : "unfinished", remark };
      }
      return { ...entry, state: "applied", ...(row["hash"] ? { checksum: row["hash"] } : {}) };
    });
    return { records: "each", entries, ...(baseline ? { baseline } : {}) };
  },
};

/** refinery keeps a row for each version. */
export const refinery: ForeignTool = {
  name: "refinery",
  title: "refinery",
  isAdoptable: true,
  recognises: (table) =>
    table.columns.size === 4 && hasColumns(table, {
      version: ["integer", "bigint"],
      name: "character varying",
      applied_on: "character varying",
      checksum: "character varying",
    }),
  query: (table) => `SELECT version, checksum, applied_on FROM ${table} ORDER BY version`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["version"]!,
      state: "applied",
      checksum: row["checksum"]!,
      appliedAt: row["applied_on"]!,
    })),
  }),
};

/** graphile-migrate keeps a row for each committed migration. */
export const graphileMigrate: ForeignTool = {
  name: "graphile-migrate",
  title: "graphile-migrate",
  isAdoptable: true,
  schemas: ["graphile_migrate"],
  recognises: (table) =>
    table.name === "migrations" &&
    hasColumns(table, { hash: "text", previous_hash: "text", filename: "text" }),
  query: (table) => `SELECT hash, filename, date FROM ${table} ORDER BY filename`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["filename"]!,
      state: "applied",
      checksum: row["hash"]!,
      appliedAt: row["date"]!,
    })),
  }),
};
