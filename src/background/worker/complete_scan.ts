/**
 * Completes a scan: when all batches are done, checks whether rows remain.
 *
 * @module
 */

import { CATALOG_SEARCH_PATH } from "../../connection/session/begin_statement.ts";
import { BODY_SEARCH_PATH } from "../state/background_transaction.ts";
import type { Session } from "../../connection/session/session.ts";
import { watchStatement } from "../../connection/session/watched_statement.ts";
import { renderTemplate } from "../../definition/batched/sql_template.ts";
import { adaptToTableChanges } from "./changed_table.ts";
import type { WorkerContext } from "./worker_context.ts";
import { failStuckJobs } from "./fail_stuck_jobs.ts";
import { HEARTBEAT_DUE } from "../state/heartbeat.ts";
import {
  type BatchedMigrationStatus,
  JOB_STATUS,
  numbersOf,
  toMigrationStatus,
} from "../state/state_machine.ts";
import { type StoredMigration, tablesOf } from "../state/rows.ts";
import { IS_DROPPED } from "../state/quarantine_row.ts";
import { logEvent, moveMigration } from "../state/transition.ts";

/** The most repeated scans while `remaining` finds rows; then the migration fails. */
const MOST_SWEEPS = 3;

/**
 * Ends the migration if it has no unfinished batch, inside the transaction that holds its row lock.
 *
 * @returns Whether the migration or its batches changed.
 */
export async function completeScan(
  context: WorkerContext,
  migration: StoredMigration,
): Promise<boolean> {
  const { name, session } = context;
  const { jobs, quarantine } = tablesOf(name);
  const { failed: FAILED, pending, running, succeeded } = JOB_STATUS;
  const { rows } = await session.query(
    `SELECT count(*) FILTER (WHERE j.status = ${FAILED}) AS failed,
      count(*) FILTER (
        WHERE j.status IN (${pending}, ${running})
          OR j.status = ${FAILED} AND j.attempts < ${migration.declaration.maxAttempts}
      ) AS unfinished,
      (
        SELECT count(*)
        FROM ${quarantine} AS q
        WHERE q.batched_background_migration_id = ${migration.id} AND q.resolved_at IS NULL
      ) AS quarantined,
      (
        SELECT count(*)
        FROM ${quarantine} AS q
        WHERE q.batched_background_migration_id = ${migration.id} AND ${IS_DROPPED}
      ) AS dropped
    FROM ${jobs} AS j
    WHERE j.batched_background_migration_id = ${migration.id} AND j.status <> ${succeeded}`,
  );
  const failed = Number(rows[0]?.["failed"]);
  const quarantined = Number(rows[0]?.["quarantined"]);
  const dropped = Number(rows[0]?.["dropped"]);
  if (Number(rows[0]?.["unfinished"]) > 0) return await failStuckJobs(context, migration);
  const changed = await adaptToTableChanges(context, migration, migration.sweep < MOST_SWEEPS);
  if (changed?.kind === "failed") {
    return await move(context, migration, { event: "fail", reason: changed.reason });
  }
  if (changed !== undefined) return true;
  if (failed > 0) {
    return await move(context, migration, {
      event: "fail",
      reason: `${failed} ${failed === 1 ? "batch has" : "batches have"} failed as often as ` +
        "may be (maxAttempts)",
    });
  }
  // Rows that are or were in quarantine are known to remain, and another scan would be refused the
  // same rows. Finalizing reports them.
  const { heartbeat, worker } = context;
  heartbeat?.beat(worker, Infinity);
  const remains = quarantined + dropped === 0 &&
    await watchStatement(context, () => hasRemaining(session, migration));
  heartbeat?.beat(worker, HEARTBEAT_DUE);
  if (!remains) {
    const details = quarantined + dropped > 0 ? { quarantined, dropped } : undefined;
    return await move(context, migration, { event: "finish", details });
  }
  if (migration.sweep >= MOST_SWEEPS) {
    return await move(context, migration, {
      event: "fail",
      reason: `after ${migration.sweep + 1} walks over the table \`remaining\` still finds rows`,
    });
  }
  const reason = "`remaining` finds rows that no batch has moved: walking again";
  await session.query(
    `UPDATE ${tablesOf(name).migrations}
    SET sweep = sweep + 1, segment = 0, position = NULL, updated_at = clock_timestamp()
    WHERE id = ${migration.id};

    ${logEvent(name, { migration: migration.id, event: "sweep", who: context.who, reason })}`,
  );
  reportState(context, migration, { event: "sweep", newState: migration.status, reason });
  return true;
}

/**
 * Whether the declaration's `remaining` query finds rows; false without one. It may have to read the
 * whole table.
 */
export async function hasRemaining(
  session: Session,
  { declaration, direction }: Pick<StoredMigration, "declaration" | "direction">,
): Promise<boolean> {
  const { remaining } = declaration;
  if (remaining === undefined || direction === "down") return false;
  const { rows } = await session.query(
    `SET LOCAL statement_timeout = 0;
    ${BODY_SEARCH_PATH};
    SELECT EXISTS (
      ${renderTemplate(remaining, { arguments: declaration.arguments })}
    ) AS remains;
    ${CATALOG_SEARCH_PATH}`,
  );
  return rows[0]?.["remains"] === "t";
}

async function move(
  context: WorkerContext,
  migration: StoredMigration,
  { event, reason, details }: {
    readonly event: "fail" | "finish";
    readonly reason?: string;
    readonly details?: unknown;
  },
): Promise<boolean> {
  const { name, session, who } = context;
  const { rows } = await session.query(
    moveMigration(name, { migration: migration.id, event, who, reason, details }),
  );
  if (rows.length === 0) return false;
  reportState(context, migration, {
    event,
    newState: toMigrationStatus(numbersOf(event).to),
    reason,
  });
  return true;
}

function reportState(
  { name: { database }, report }: WorkerContext,
  { id, declaration: { name } }: StoredMigration,
  { event, newState, reason }: {
    readonly event: string;
    readonly newState: BatchedMigrationStatus;
    readonly reason: string | undefined;
  },
): void {
  const why = reason === undefined ? {} : { reason };
  report({ type: "migration-transition", database, id, name, event, newState, ...why });
}
