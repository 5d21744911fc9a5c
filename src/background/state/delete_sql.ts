// Pure.
/**
 * SQL that deletes batched migrations, unqueues those that a schema migration queued, and restores
 * them.
 *
 * @module
 */

import { MIGRATION_STATUS } from "./state_machine.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { type BackgroundTables, jsonLiteral, tablesOf } from "./rows.ts";
import {
  logFrom,
  NOW,
  ofIdentity,
  type QueueCause,
  queuedBy,
  type QueueInput,
} from "./queue_sql.ts";

const { active, deleted, finalizing } = MIGRATION_STATUS;

/**
 * Unqueues the batched migration that a schema migration queued, with what was queued by hand since,
 * and restores the generation of another schema migration that it superseded.
 */
export function unqueueMigration(name: BackgroundTables, queueInput: QueueInput): string {
  const { migrations, events } = tablesOf(name);
  const details = { migration: String(queueInput.version), direction: "down" };
  const { who } = queueInput;
  const ended = logFrom(name, { from: "ended", event: "delete", next: `${deleted}`, who, details });
  const restored = logFrom(name, {
    from: "restored",
    event: "restore",
    next: "next",
    who,
    details,
  });
  return `WITH queued AS (
      SELECT id, generation, job_arguments
      FROM ${migrations}
      WHERE ${queuedBy(name, queueInput)}
    ),
    own AS (
      SELECT m.id, m.status
      FROM ${migrations} AS m
      WHERE m.id IN (SELECT id FROM queued)
        OR m.gitlab_schema = ${quoteLiteral(name.database)}
          AND m.job_class_name = ${quoteLiteral(queueInput.name)}
          AND m.queued_migration_version IS NULL
          AND EXISTS (
            SELECT FROM queued
            WHERE queued.job_arguments = m.job_arguments AND queued.generation < m.generation
          )
      FOR UPDATE OF m
    ),
    ${endedOf(migrations)},
    back AS (
      SELECT m.id, (
        SELECT e.previous_status
        FROM ${events} AS e
        WHERE e.batched_background_migration_id = m.id AND e.event = 'supersede'
        ORDER BY e.id DESC
        LIMIT 1
      ) AS status
      FROM ${migrations} AS m
      WHERE m.superseded_by IN (SELECT id FROM own) AND m.id NOT IN (SELECT id FROM own)
    ),
    restored AS (
      UPDATE ${migrations} AS m
      SET status = COALESCE(back.status, ${active}), superseded_by = NULL, updated_at = ${NOW}
      FROM back
      WHERE m.id = back.id
      RETURNING m.id, m.status AS next, ${deleted}::smallint AS previous
    ),
    logged AS (${ended})
    ${restored}`;
}

/** A CTE that marks the rows of `own` (`id`, `status`) as deleted. */
function endedOf(migrations: string): string {
  return `ended AS (
      UPDATE ${migrations} AS m
      SET status = ${deleted}, updated_at = ${NOW}
      FROM own
      WHERE m.id = own.id AND own.status <> ${deleted}
      RETURNING m.id, own.status AS previous
    )`;
}

/** Marks every generation as deleted; rows and events stay. */
export function deleteMigration(
  name: BackgroundTables,
  { declaration, cause }: { readonly declaration: BatchedMigration; readonly cause: QueueCause },
): string {
  const { migrations } = tablesOf(name);
  const ended = logFrom(name, {
    from: "ended",
    event: "delete",
    next: String(deleted),
    who: cause.who,
    details: { migration: String(cause.version) },
  });
  return `WITH own AS (
      SELECT id, status
      FROM ${migrations}
      WHERE ${ofIdentity(name, declaration)}
      FOR UPDATE
    ),
    ${endedOf(migrations)}
    ${ended}`;
}

/** Restores what a schema migration deleted. */
export function undeleteMigration(name: BackgroundTables, queueInput: QueueInput): string {
  const { migrations, events } = tablesOf(name);
  const details = { migration: String(queueInput.version), direction: "down" };
  const restored = logFrom(name, {
    from: "restored",
    event: "restore",
    next: "next",
    who: queueInput.who,
    details,
  });
  return `WITH back AS (
      SELECT m.id, last.previous_status AS status
      FROM ${migrations} AS m
      CROSS JOIN LATERAL (
        SELECT e.event, e.previous_status, e.details
        FROM ${events} AS e
        WHERE e.batched_background_migration_id = m.id AND e.next_status IS NOT NULL
        ORDER BY e.id DESC
        LIMIT 1
      ) AS last
      WHERE m.gitlab_schema = ${quoteLiteral(name.database)}
        AND m.job_class_name = ${quoteLiteral(queueInput.name)}
        AND m.status = ${deleted}
        AND last.event = 'delete'
        AND last.details = ${jsonLiteral({ migration: String(queueInput.version) })}
      FOR UPDATE OF m
    ),
    restored AS (
      UPDATE ${migrations} AS m
      SET status = CASE back.status WHEN ${finalizing} THEN ${active} ELSE back.status END,
        updated_at = ${NOW}
      FROM back
      WHERE m.id = back.id
      RETURNING m.id, m.status AS next, ${deleted}::smallint AS previous
    )
    ${restored}`;
}
