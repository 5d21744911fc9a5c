// Pure.
/**
 * Whether a schema migration has to wait for the `down` of a batched migration before it is reverted.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { type BackgroundTables, tablesOf } from "./rows.ts";
import { MIGRATION_STATUS } from "./state_machine.ts";

const { deleted, finalized, finished } = MIGRATION_STATUS;

/**
 * Selects the names of those that have changed rows and declare a `down` that has not run to its end; the
 * newest generation that was not deleted decides. Send
 * it with PostgreSQL's own search_path.
 *
 * @param queued What the schema migration `version` queued.
 */
export function toUndo(
  name: BackgroundTables,
  { version, names }: { readonly version: bigint; readonly names: readonly string[] },
): string {
  const { migrations, jobs, summaries } = tablesOf(name);
  return `SELECT newest.job_class_name AS name
FROM (
  SELECT DISTINCT ON (m.job_class_name, m.job_arguments) m.*
  FROM ${migrations} AS m
  WHERE m.gitlab_schema = ${quoteLiteral(name.database)}
    AND m.job_class_name IN (${names.map(quoteLiteral).join(", ")})
    AND m.status <> ${deleted}
  ORDER BY m.job_class_name, m.job_arguments, m.generation DESC
) AS newest
WHERE EXISTS (
    SELECT FROM ${migrations} AS own
    WHERE own.gitlab_schema = newest.gitlab_schema
      AND own.job_class_name = newest.job_class_name
      AND own.job_arguments = newest.job_arguments
      AND own.queued_migration_version = ${quoteLiteral(String(version))}
  )
  AND CASE newest.direction
    WHEN 'down' THEN newest.status NOT IN (${finished}, ${finalized})
    ELSE newest.declaration -> 'down' IS NOT NULL
      AND (
        EXISTS (SELECT FROM ${jobs} AS j WHERE j.batched_background_migration_id = newest.id)
        OR EXISTS (SELECT FROM ${summaries} AS k WHERE k.batched_background_migration_id = newest.id)
      )
  END`;
}
