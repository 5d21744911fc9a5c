// Pure.
/**
 * SQL that queues batched migrations and asserts that they are finished, for the transaction of a
 * schema migration.
 *
 * A batched migration is identified by its name and its arguments. Each queueing adds a row, a
 * generation; the newest one counts.
 *
 * @module
 */

import { type BatchedMigration, STRATEGIES } from "../../definition/batched/batched_migration.ts";
import { canonicalArguments } from "../../definition/batched/batched_reference.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { parseQualifiedName } from "../../sql/qualified_name.ts";
import { MIGRATION_STATUS } from "./state_machine.ts";
import {
  type BackgroundTables,
  type BatchedDirection,
  jsonLiteral,
  tablesOf,
  textLiteral,
} from "./rows.ts";

const { active, deleted, failed, finalized, finalizing, finished, paused } = MIGRATION_STATUS;

/** States of migrations that are unfinished or may be resumed. */
const UNFINISHED = [paused, active, failed, finalizing].join(", ");

/** The schema migration that queues or deletes, and the actor. */
export interface QueueCause {
  readonly version: bigint;
  readonly who: string;
  readonly toolVersion: string;
}

/** The same time for all rows that one statement writes. */
export const NOW = "pg_catalog.statement_timestamp()";

/** The condition for the rows of every generation of a batched migration. */
export function ofIdentity(
  { database }: BackgroundTables,
  { name, arguments: given }: Pick<BatchedMigration, "name" | "arguments">,
): string {
  return `gitlab_schema = ${quoteLiteral(database)}
      AND job_class_name = ${quoteLiteral(name)}
      AND job_arguments = ${quoteLiteral(canonicalArguments(given))}::jsonb`;
}

/** The condition for the rows that a schema migration queued under a name. */
export function queuedBy({ database }: BackgroundTables, { name, version }: QueueInput): string {
  return `gitlab_schema = ${quoteLiteral(database)}
      AND job_class_name = ${quoteLiteral(name)}
      AND queued_migration_version = ${quoteLiteral(String(version))}`;
}

/** A schema migration's version and the name under which it queued, deleted or superseded. */
export interface QueueInput {
  readonly name: string;
  readonly version: bigint;
  readonly who: string;
}

/** An INSERT of events for the rows of `from`, a CTE with the columns `id` and `previous`. */
export function logFrom(
  name: BackgroundTables,
  { from, event, next, who, details, reason }: {
    readonly from: string;
    readonly event: string;
    /** SQL. */
    readonly next: string;
    readonly who: string;
    readonly details: unknown;
    readonly reason?: string | undefined;
  },
): string {
  return `INSERT INTO ${tablesOf(name).events} (
      created_at, batched_background_migration_id, event, previous_status, next_status,
      who, reason, details
    )
    SELECT ${NOW}, id, ${quoteLiteral(event)}, previous, ${next},
      ${textLiteral(who)}, ${textLiteral(reason)}, ${jsonLiteral(details)}
    FROM ${from}`;
}

/**
 * Queues a new generation and ends unfinished older ones. Does nothing if this schema migration has
 * already queued it and it is unfinished.
 *
 * @param options.waivedFor A later migration of the same run that queues it again. That generation
 * counts, so this row is inserted as deleted, for the history.
 */
export function queueMigration(
  name: BackgroundTables,
  { declaration, cause, waivedFor, reason, direction = "up" }: {
    readonly declaration: BatchedMigration;
    /** `down` runs the declaration's `down`. */
    readonly direction?: BatchedDirection;
    /** Without a version, a user queues it by hand. */
    readonly cause: Omit<QueueCause, "version"> & { readonly version: bigint | undefined };
    readonly waivedFor?: bigint | undefined;
    readonly reason?: string | undefined;
  },
): string {
  const { migrations, events } = tablesOf(name);
  const { who, toolVersion } = cause;
  const version = textLiteral(cause.version?.toString());
  const status = waivedFor === undefined ? active : deleted;
  const values = {
    created_at: NOW,
    updated_at: NOW,
    batch_size: declaration.batchSize,
    sub_batch_size: declaration.subBatchSize,
    '"interval"': declaration.interval,
    status,
    job_class_name: quoteLiteral(declaration.name),
    batch_class_name: quoteLiteral(className(declaration)),
    table_name: quoteLiteral(declaration.table),
    column_name: columnName(declaration),
    job_arguments: `${quoteLiteral(canonicalArguments(declaration.arguments))}::jsonb`,
    pause_ms: declaration.pauseMs,
    max_batch_size: declaration.maxBatchSize ?? "NULL",
    started_at: waivedFor === undefined ? NOW : "NULL",
    gitlab_schema: quoteLiteral(name.database),
    queued_migration_version: version,
    generation: "1 + COALESCE(max(same.generation), 0)",
    direction: quoteLiteral(direction),
    declaration: jsonLiteral(declaration),
    declaration_checksum: quoteLiteral(declaration.checksum),
    max_sub_batch_size: declaration.maxSubBatchSize ?? "NULL",
    max_workers: declaration.maxWorkers ?? "NULL",
    tool_version: quoteLiteral(toolVersion),
  };
  const waived = `same.status = ${deleted} AND same.superseded_by IS NULL AND EXISTS (
          SELECT FROM ${events} AS e
          WHERE e.batched_background_migration_id = same.id AND e.event = 'waive'
        )`;
  const details = cause.version === undefined ? undefined : { migration: String(cause.version) };
  const supersede = logFrom(name, {
    from: "ended",
    event: "supersede",
    next: String(deleted),
    who,
    details,
    reason,
  });
  const queue = logFrom(name, {
    from: "queued",
    event: waivedFor === undefined ? "queue" : "waive",
    next: String(status),
    who,
    details,
    reason: waivedFor === undefined ? reason : `migration ${waivedFor} queues it anew`,
  });
  return `WITH same AS (
      SELECT id, status, generation, queued_migration_version, superseded_by
      FROM ${migrations}
      WHERE ${ofIdentity(name, declaration)}
      FOR UPDATE
    ),
    queued AS (
      INSERT INTO ${migrations} (${Object.keys(values).join(", ")})
      SELECT ${Object.values(values).join(", ")}
      FROM same
      HAVING NOT COALESCE(bool_or(
        same.queued_migration_version = ${version} AND same.status IN (${UNFINISHED})
      ), false)
      RETURNING id, NULL::smallint AS previous
    ),
    ended AS (
      UPDATE ${migrations} AS m
      SET status = ${deleted}, superseded_by = queued.id, updated_at = ${NOW}
      FROM same, queued
      WHERE m.id = same.id
        AND (same.status IN (${UNFINISHED}) OR ${waived})
      RETURNING m.id,
        CASE WHEN same.status IN (${deleted}, ${finalizing}) THEN ${active}
          ELSE same.status END AS previous
    ),
    superseded AS (${supersede})
    ${queue}`;
}

/**
 * GitLab's `column_name`, for display: the declared key's columns, else those of the primary key.
 */
function columnName({ key, strategy, table }: BatchedMigration): string {
  if (strategy !== "primary-key") return quoteLiteral(key.join(", ") || strategy);
  const { schema = "public", name } = parseQualifiedName(table) ?? { name: table };
  return `COALESCE((
        SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY k.place)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
        WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ${quoteLiteral(name)}
      ), '')`;
}

function className({ strategy, customStrategy = strategy }: BatchedMigration): string {
  return strategy === "custom" ? customStrategy : STRATEGIES[strategy];
}

/** Selects the `id` of the newest generation that is not deleted. */
function newestRow(name: BackgroundTables, declaration: BatchedMigration): string {
  return `SELECT id
        FROM ${tablesOf(name).migrations}
        WHERE ${ofIdentity(name, declaration)} AND status <> ${deleted}
        ORDER BY generation DESC
        LIMIT 1`;
}

/** Selects the same row if it is finished and its direction is `up`. */
export function finishedRow(name: BackgroundTables, declaration: BatchedMigration): string {
  return `SELECT id
      FROM ${tablesOf(name).migrations}
      WHERE id = (${newestRow(name, declaration)})
        AND status IN (${finished}, ${finalized})
        AND direction = 'up'`;
}

/**
 * Fails with 22012 unless the newest generation that is not deleted is finished and its direction
 * is `up`. Locks its row until the transaction ends, and records that it is finalized.
 */
export function assertFinished(
  name: BackgroundTables,
  { declaration, cause }: { readonly declaration: BatchedMigration; readonly cause: QueueCause },
): readonly string[] {
  const { migrations } = tablesOf(name);
  const confirmed = logFrom(name, {
    from: "confirmed",
    event: "confirm",
    next: String(finalized),
    who: cause.who,
    details: { migration: String(cause.version) },
  });
  return [
    `SELECT 1 / pg_catalog.count(*) AS batched_migration_is_finished
    FROM (
      ${finishedRow(name, declaration)}
      FOR NO KEY UPDATE
    ) AS finished`,
    `WITH confirmed AS (
      UPDATE ${migrations}
      SET status = ${finalized}, updated_at = ${NOW}
      WHERE id = (${newestRow(name, declaration)}) AND status = ${finished}
      RETURNING id, ${finished}::smallint AS previous
    )
    ${confirmed}`,
  ];
}
