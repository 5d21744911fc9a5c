// Pure.
/**
 * Tools that keep what happened, of which the newest row of a migration counts.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { type ForeignEntry, type ForeignTool, hasColumns } from "../foreign_tool.ts";

/** goose appends a row for each way up and down. Row 0 only says that the table was made. */
export const goose: ForeignTool = {
  name: "goose",
  title: "goose",
  isAdoptable: true,
  recognises: (table) =>
    hasColumns(table, {
      id: ["integer", "bigint"],
      version_id: "bigint",
      is_applied: "boolean",
      tstamp: ["timestamp without time zone", "timestamp with time zone"],
    }),
  query: (table) =>
    `SELECT * FROM (
  SELECT DISTINCT ON (version_id) version_id, is_applied, tstamp, id
  FROM ${table} ORDER BY version_id, id DESC
) AS newest WHERE version_id <> 0 AND is_applied ORDER BY id`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      key: row["version_id"]!,
      state: "applied",
      appliedAt: row["tstamp"]!,
    })),
  }),
};

/** bun keeps a row for each migration, by default written before it is run. */
export const bun: ForeignTool = {
  name: "bun",
  title: "bun",
  isAdoptable: true,
  recognises: (table) =>
    hasColumns(table, {
      id: ["bigint", "integer"],
      name: "character varying",
      group_id: "bigint",
      migrated_at: "timestamp with time zone",
    }),
  lockTable: "bun_migration_locks",
  query: (table) => `SELECT name, migrated_at FROM ${table} ORDER BY id`,
  read: (rows) => ({
    records: "each",
    entries: rows.map((row) => ({
      // Older programs of bun's stored the whole name.
      key: /^[0-9]+/.exec(row["name"]!)?.[0] ?? row["name"]!,
      state: "applied",
      appliedAt: row["migrated_at"]!,
    })),
  }),
};

/** Flyway keeps a row for each run. Undo rows and deletions take an earlier one back. */
export const flyway: ForeignTool = {
  name: "flyway",
  title: "Flyway",
  isAdoptable: true,
  recognises: (table) =>
    hasColumns(table, {
      installed_rank: "integer",
      version: "character varying",
      script: "character varying",
      checksum: "integer",
      success: "boolean",
    }),
  query: (table) =>
    `SELECT version, description, type, script, checksum, installed_on, success
FROM ${table} ORDER BY installed_rank`,
  read: (rows) => {
    const entries = new Map<string, ForeignEntry>();
    let baseline: string | undefined;
    for (const row of rows) {
      const { type, version, script, checksum } = row;
      const key = version ?? `R__${row["description"]}`;
      if (type === "SCHEMA") continue;
      if (type === "BASELINE" || type === "SQL_BASELINE") {
        baseline = version ?? undefined;
        if (type === "BASELINE") continue;
      }
      if (type === "DELETE" || (type?.startsWith("UNDO") && row["success"] === "t")) {
        entries.delete(key);
        continue;
      }
      // The newest row of a repeatable one counts, and it stands where it was last run.
      entries.delete(key);
      entries.set(key, {
        key,
        state: row["success"] === "t" ? "applied" : "failed",
        appliedAt: row["installed_on"] ?? "",
        ...(checksum === null || checksum === undefined ? {} : { checksum }),
        ...(row["success"] === "t" ? {} : { remark: `${script} failed` }),
      });
    }
    return {
      records: "each",
      entries: [...entries.values()],
      ...(baseline === undefined ? {} : { baseline }),
    };
  },
};

/** Prisma keeps a row for each attempt. */
export const prisma: ForeignTool = {
  name: "prisma",
  title: "Prisma",
  isAdoptable: true,
  recognises: (table) =>
    table.name === "_prisma_migrations" &&
    hasColumns(table, {
      migration_name: "character varying",
      checksum: "character varying",
      finished_at: "timestamp with time zone",
      rolled_back_at: "timestamp with time zone",
    }),
  query: (table) =>
    `SELECT migration_name, checksum, finished_at, rolled_back_at, started_at
FROM ${table} ORDER BY started_at`,
  read: (rows) => {
    const entries = new Map<string, ForeignEntry>();
    for (const row of rows) {
      // `migrate resolve --rolled-back` leaves the failed row, and counts it no more.
      if (row["rolled_back_at"] !== null) continue;
      const key = row["migration_name"]!;
      entries.set(key, {
        key,
        checksum: row["checksum"]!,
        appliedAt: row["finished_at"] ?? row["started_at"]!,
        ...(row["finished_at"] === null
          ? { state: "unfinished", remark: "it was begun and has no end" }
          : { state: "applied" }),
      });
    }
    return { records: "each", entries: [...entries.values()] };
  },
};

/** Sourcegraph's migrator keeps a row for each attempt and direction. */
export const sourcegraph: ForeignTool = {
  name: "sourcegraph",
  title: "Sourcegraph's migrator",
  isAdoptable: true,
  recognises: (table) =>
    table.name === "migration_logs" &&
    hasColumns(table, {
      schema: "text",
      version: "integer",
      up: "boolean",
      started_at: "timestamp with time zone",
    }),
  // `schema` is the name of the table that golang-migrate once had for the database.
  query: (table, database) =>
    `SELECT version, up, success, finished_at, started_at FROM (
  SELECT *, pg_catalog.row_number() OVER (
    PARTITION BY version ORDER BY backfilled, started_at DESC) AS rank
  FROM ${table}
  WHERE (up OR success IS DISTINCT FROM false OR finished_at IS NULL)
    AND schema = coalesce(
      (SELECT own.schema FROM ${table} AS own
        WHERE own.schema = ${quoteLiteral(`${database}_schema_migrations`)} LIMIT 1),
      'schema_migrations')
) AS newest WHERE rank = 1 ORDER BY version`,
  read: (rows) => ({
    records: "each",
    entries: rows.filter((row) => !(row["up"] === "f" && row["success"] === "t"))
      .map((row) => sourcegraphEntry(row)),
  }),
};

function sourcegraphEntry(row: Row): ForeignEntry {
  const key = row["version"]!;
  const appliedAt = row["finished_at"] ?? row["started_at"]!;
  if (row["success"] === "t") return { key, state: "applied", appliedAt };
  const direction = row["up"] === "t" ? "up" : "down";
  return row["success"] === "f"
    ? { key, state: "failed", appliedAt, remark: `its last ${direction} failed` }
    : { key, state: "unfinished", appliedAt, remark: `its last ${direction} has no end` };
}
