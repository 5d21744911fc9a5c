// Pure.
/**
 * How the history tables of other migration tools are written: a row as the tool itself would write it.
 *
 * Only tools are here of whose rows migrator knows every column. Others store a checksum, a duration or
 * a batch that only they can tell.
 *
 * @module
 */

import { quoteLiteral } from "../sql/identifier.ts";
import type { Direction } from "../definition/migration/definition.ts";

/** A step, by what the tool knows its migration by. */
export interface ForeignStep {
  readonly key: string;
  readonly direction: Direction;
  /** The keys that are applied after it, in the order of the migrations. */
  readonly applied: readonly string[];
}

/** Writes and compares the history of one tool. Tables are quoted and qualified. */
export interface ForeignWriter {
  /** Selects `state`: all that the table says, as one text. Names and operators are pg_catalog's. */
  stateQuery(table: string): string;
  /** The same text when these are applied. */
  stateOf(applied: readonly string[]): string;
  /** The form in which the tool stores the key. */
  stored(key: string): string;
  /** A query whose columns become variables for `record`. */
  readonly prepare?: (table: string) => string;
  /** Statements that record a step. They share its transaction, so every name is qualified. */
  record(table: string, step: ForeignStep): readonly string[];
  /** Statements that mark a step outside a transaction as begun, and the state that they leave. */
  readonly mark?: (
    table: string,
    step: ForeignStep,
  ) => { readonly statements: readonly string[]; readonly state: string };
  /** The advisory lock that the tool takes while it runs. */
  readonly lockKey?: (
    place: { readonly database: string; readonly schema: string; readonly name: string },
  ) => bigint;
}

/** A tool that keeps a row for each migration. */
function rowEach(
  { key, stored = (text) => text, prepare, insert, where }: {
    /** An SQL expression for what the tool knows a migration by. */
    readonly key: string;
    readonly stored?: (key: string) => string;
    readonly prepare?: ForeignWriter["prepare"];
    /** `(columns) VALUES (…)` for a key. */
    readonly insert: (key: string) => string;
    /** The condition for a key. */
    readonly where: (key: string) => string;
  },
): ForeignWriter {
  return {
    stateQuery: (table) =>
      `SELECT coalesce(string_agg(DISTINCT key, ',' ORDER BY key), '') AS state
FROM (SELECT (${key})::text COLLATE "C" AS key FROM ${table}) AS keys
WHERE key <> ''`,
    stateOf: (applied) => [...new Set(applied)].sort().join(","),
    stored,
    ...(prepare ? { prepare } : {}),
    record: (table, step) => [
      step.direction === "up"
        ? `INSERT INTO ${table} ${insert(step.key)}`
        : `DELETE FROM ${table} WHERE ${where(step.key)}`,
    ],
  };
}

const EQUALS = "OPERATOR(pg_catalog.=)";
const number = (key: string) => String(BigInt(key));

/** golang-migrate's number for a migration that is none. */
const NIL_VERSION = "-1";

/** One row: the newest version. While a step runs outside a transaction, it is dirty. */
const golangMigrate: ForeignWriter = {
  stateQuery: (table) =>
    `SELECT coalesce(string_agg(concat(version, CASE WHEN dirty THEN ' dirty' END), ','), '') AS state
FROM ${table}`,
  stateOf: (applied) => applied.at(-1) ?? "",
  stored: number,
  record: (table, { applied }) => [
    `DELETE FROM ${table}`,
    ...applied.slice(-1).map((key) =>
      `INSERT INTO ${table} (version, dirty) VALUES (${key}, false)`
    ),
  ],
  mark: (table, { applied }) => {
    const key = applied.at(-1) ?? NIL_VERSION;
    return {
      statements: [
        `DELETE FROM ${table}`,
        `INSERT INTO ${table} (version, dirty) VALUES (${key}, true)`,
      ],
      state: `${key} dirty`,
    };
  },
  lockKey: ({ database, schema, name }) =>
    BigInt(Math.imul(crc32(`${schema}\0${name}\0${database}`), LOCK_SALT) >>> 0),
};

/** golang-migrate multiplies the checksum of the names by it. */
const LOCK_SALT = 1_486_364_155;

/** CRC-32 of IEEE 802.3 over the UTF-8 bytes of a text. */
function crc32(text: string): number {
  let sum = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}

const WRITERS: Readonly<Record<string, ForeignWriter>> = {
  "golang-migrate": golangMigrate,
  bun: rowEach({
    key: "substring(name, '^[0-9]+')",
    // What one run applies is one group.
    prepare: (table) => `SELECT coalesce(max(group_id), 0) + 1 AS "group" FROM ${table}`,
    insert: (key) =>
      `(name, group_id, migrated_at)
    VALUES (${quoteLiteral(key)}, :migrator_group, pg_catalog.now())`,
    // Older programs of bun's stored the whole name.
    where: (key) => `pg_catalog.substring(name, '^[0-9]+') ${EQUALS} ${quoteLiteral(key)}`,
  }),
  dbmate: rowEach({
    key: "version",
    insert: (key) => `(version) VALUES (${quoteLiteral(key)})`,
    where: (key) => `version ${EQUALS} ${quoteLiteral(key)}`,
  }),
  goose: rowEach({
    key: "CASE WHEN version_id > 0 THEN version_id END",
    stored: number,
    insert: (key) => `(version_id, is_applied, tstamp) VALUES (${key}, true, pg_catalog.now())`,
    where: (key) => `version_id ${EQUALS} ${key}`,
  }),
  "sql-migrate": rowEach({
    key: "id",
    insert: (key) => `(id, applied_at) VALUES (${quoteLiteral(key)}, pg_catalog.now())`,
    where: (key) => `id ${EQUALS} ${quoteLiteral(key)}`,
  }),
  "node-pg-migrate": rowEach({
    key: "name",
    insert: (key) => `(name, run_on) VALUES (${quoteLiteral(key)}, pg_catalog.now())`,
    where: (key) => `name ${EQUALS} ${quoteLiteral(key)}`,
  }),
};

/** The tools whose history a script can write. */
export const WRITABLE: readonly string[] = Object.keys(WRITERS).sort();

/** The writer of a tool's history; undefined where migrator cannot write it. */
export function writerOf(tool: string): ForeignWriter | undefined {
  return WRITERS[tool];
}
