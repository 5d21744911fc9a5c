// Pure.
/**
 * The lines that build an index concurrently, such that they may be run again after any interruption.
 *
 * An interrupted build leaves an invalid index, over which IF NOT EXISTS silently succeeds. So the index
 * is looked at before and after.
 *
 * @module
 */

import type { ConcurrentIndex, Statement } from "../definition/migration/definition.ts";
import {
  afterUsingSql,
  relationQuery,
  unnamedQuery,
  wantedIndex,
} from "../runner/execute/concurrent_index_sql.ts";
import { echo, intoVariables, psqlStatement, unless, warn, when } from "./psql_text.ts";

/** One concurrent build; the offsets of `index` and `statement` count in `text`. */
export interface IndexBuild {
  readonly index: ConcurrentIndex;
  readonly statement: Statement;
  readonly text: string;
  /** The lines of the statement. */
  readonly sql: readonly string[];
}

type Named = ConcurrentIndex & { readonly name: string };

/** Keeps a valid index with the wanted definition, drops an invalid one, and builds otherwise. */
export function indexLines(build: IndexBuild): readonly string[] {
  const { index, sql } = build;
  const { name } = index;
  if (name === undefined) return unnamedLines(build);
  const named = { ...index, name };
  return [
    intoVariables(lookQuery(named)),
    ...when("is_elsewhere", [
      ...warn(`Stopped: an index ${name} is there already, and it belongs to another table.`),
      ":migrator_fail",
    ]),
    ...when("is_building", [
      ...warn(
        `Stopped: another session builds the index ${name} now. Run the file again after that.`,
      ),
      ":migrator_fail",
    ]),
    ...when("is_invalid", dropLines(name)),
    ...when("is_valid", [
      ...wantedLines(build),
      intoVariables(
        `SELECT ${afterUsingSql(":'migrator_definition'")}
    OPERATOR(pg_catalog.=) ${afterUsingSql(":'migrator_wanted'")} AS is_wanted`,
      ),
      ...unless("is_wanted", [
        ...warn(
          `Stopped: an index ${name} is there already, and it is another one:`,
          ":migrator_definition",
        ),
        ":migrator_fail",
      ]),
      echo(`  index ${name} is there, and valid`),
    ]),
    ...unless("is_there", [
      ...sql,
      intoVariables(lookQuery(named)),
      ...unless("is_valid", [
        ...warn(`Stopped: the build of index ${name} left no valid index. Run the file again.`),
        ":migrator_fail",
      ]),
    ]),
  ];
}

function lookQuery(index: Named): string {
  const isTaken = index.ifNotExists ? "coalesce(NOT found.is_index, false)" : "false";
  return `SELECT coalesce(found.is_index AND NOT found.on_its_table, false) AS is_elsewhere,
  coalesce(found.is_index AND NOT found.valid AND found.builder IS NOT NULL, false) AS is_building,
  coalesce(found.is_index AND NOT found.valid AND found.builder IS NULL, false) AS is_invalid,
  coalesce(found.is_index AND found.valid, false) AS is_valid,
  coalesce(found.is_index AND found.valid, false) OR ${isTaken} AS is_there,
  coalesce(found.qualified_name, '') AS index_name,
  coalesce(found.definition, '') AS definition
FROM (
  SELECT 1
) AS one
LEFT JOIN (
  ${relationQuery(index)}
) AS found ON true`;
}

/** An index without a name is looked for only where an attempt may have begun it. */
function unnamedLines(build: IndexBuild): readonly string[] {
  return [
    "\\set migrator_is_there false",
    ...when("is_again", [
      ...wantedLines(build),
      intoVariables(`SELECT coalesce(pg_catalog.bool_or(NOT found.valid), false) AS is_invalid,
  coalesce(pg_catalog.bool_and(found.valid), false) AS is_there,
  coalesce(pg_catalog.min(found.qualified_name) FILTER (WHERE NOT found.valid), '') AS index_name
FROM (
  ${unnamedQuery(build.index, ":'migrator_wanted_name'")}
) AS found
WHERE ${afterUsingSql("found.definition")}
    OPERATOR(pg_catalog.=) ${afterUsingSql(":'migrator_wanted'")}`),
      ...when("is_invalid", dropLines("an index of the migration")),
    ]),
    ...unless("is_there", build.sql),
  ];
}

function dropLines(name: string): readonly string[] {
  return [
    echo(`  drops ${name}: an interrupted build has left it invalid`),
    "SELECT pg_catalog.concat('DROP INDEX CONCURRENTLY IF EXISTS ', :'migrator_index_name')",
    "\\gexec",
  ];
}

/** Sets `wanted` and `wanted_name` to what the server makes of the statement. */
function wantedLines({ index, statement, text }: IndexBuild): readonly string[] {
  const { copy, build, query } = wantedIndex(index, text.slice(index.tail, statement.end));
  return [
    "BEGIN;",
    `${copy};`,
    psqlStatement(build),
    intoVariables(`SELECT definition AS wanted, name AS wanted_name
FROM (
  ${query}
) AS copied`),
    "ROLLBACK;",
  ];
}
