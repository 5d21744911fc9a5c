/**
 * Holds a migration while the server is overloaded, and releases it.
 *
 * @module
 */

import type { WorkerContext } from "./worker_context.ts";
import { inTransaction } from "../state/background_transaction.ts";
import { type Job, tablesOf, textLiteral } from "../state/rows.ts";
import { logEvent } from "../state/transition.ts";

/** Holds a migration: no worker claims a batch of it for `holdFor` milliseconds. */
export async function hold(
  { name, session, who, report }: WorkerContext,
  { id, declaration }: Job["migration"],
  { reason, holdFor, isOverdue }: {
    readonly reason: string;
    /** Milliseconds. */
    readonly holdFor: number;
    readonly isOverdue: boolean;
  },
): Promise<void> {
  const { migrations, events } = tablesOf(name);
  await inTransaction(session, [
    `WITH before AS (
      SELECT id, hold_reason
      FROM ${migrations}
      WHERE id = ${id}
      FOR NO KEY UPDATE
    ),
    held AS (
      UPDATE ${migrations} AS m
      SET on_hold_until = clock_timestamp() + interval '${Math.round(holdFor)} milliseconds',
        hold_reason = ${textLiteral(reason)},
        held_since = COALESCE(m.held_since, clock_timestamp()),
        updated_at = clock_timestamp()
      FROM before
      WHERE m.id = before.id
      RETURNING m.id, before.hold_reason AS previous
    )
    INSERT INTO ${events} (created_at, batched_background_migration_id, event, who, reason)
    SELECT clock_timestamp(), id, '${isOverdue ? "overdue" : "hold"}',
      ${textLiteral(who)}, ${textLiteral(reason)}
    FROM held
    WHERE previous IS NULL OR ${isOverdue}`,
  ]);
  report({
    type: "held",
    database: name.database,
    id,
    name: declaration.name,
    reason,
    holdFor,
    isOverdue,
  });
}

/** Ends the migration's hold, if there is one. */
export async function release(
  { name, session, who }: WorkerContext,
  { id }: Job["migration"],
): Promise<void> {
  const { migrations } = tablesOf(name);
  await inTransaction(session, [
    `WITH released AS (
      UPDATE ${migrations}
      SET on_hold_until = NULL, hold_reason = NULL, held_since = NULL,
        updated_at = clock_timestamp()
      WHERE id = ${id} AND held_since IS NOT NULL
      RETURNING id
    )
    ${logEvent(name, { migration: "released.id", of: "FROM released", event: "release", who })}`,
  ]);
}
