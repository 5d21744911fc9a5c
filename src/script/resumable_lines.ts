// Pure.
/**
 * The lines of a statement that has transactions of its own and can be completed after an interruption.
 *
 * @module
 */

import type { Resumable } from "../definition/migration/definition.ts";
import {
  finalizeDetach,
  leftoversQuery,
  pendingDetach,
  presentIndexes,
} from "../runner/execute/resume_sql.ts";
import { intoVariables, unless, when } from "./psql_text.ts";

/**
 * Runs what is left of the statement.
 *
 * @param sql Its lines.
 */
export function resumableLines(resumable: Resumable, sql: readonly string[]): readonly string[] {
  switch (resumable.kind) {
    case "drop-index":
      return [
        intoVariables(`SELECT :'migrator_is_again' AND pg_catalog.count(*) OPERATOR(pg_catalog.=) 0
    AS is_gone
FROM (
  ${presentIndexes(resumable.indexes)}
) AS present`),
        ...unless("is_gone", sql),
      ];
    case "reindex":
      return [
        ...when("is_again", [
          `SELECT pg_catalog.concat('DROP INDEX CONCURRENTLY IF EXISTS ', name)
FROM (
  ${leftoversQuery(resumable)}
) AS leftover`,
          "\\gexec",
        ]),
        ...sql,
      ];
    case "detach":
      return [
        intoVariables(`SELECT coalesce(pg_catalog.bool_or(pending), false) AS is_pending,
  :'migrator_is_again' AND pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
    AND pg_catalog.bool_and(pending IS NULL) AS is_detached
FROM (
  ${pendingDetach(resumable)}
) AS partition`),
        ...when("is_pending", [`${finalizeDetach(resumable)};`, "\\set migrator_is_detached true"]),
        ...unless("is_detached", sql),
      ];
  }
}
