// Pure.
/**
 * The fence: a number that each run raises, so that a runner that was believed dead (suspended, swapped
 * out, disconnected) cannot commit once another runner has taken over.
 *
 * Reading the number is not enough: the new runner could raise it and read the history before the old
 * runner commits. So each work transaction keeps a share lock on the row until its end, and the new
 * runner's update waits for it.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { HistoryName } from "../../history/history_name.ts";
import { HISTORY_FORMAT } from "../../history/schema.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";

/** Raises the fence and returns it as `fence`. Commit it before the history is read. */
export function incrementFence(
  { schema, database }: HistoryName,
  { lockKey, toolVersion }: { readonly lockKey: bigint; readonly toolVersion: string },
): string {
  return `INSERT INTO ${quoteIdentifier(schema)}.databases AS d
      (name, format, lock_key, fence, run_started_at, tool_version)
    VALUES (${quoteLiteral(database)}, ${HISTORY_FORMAT}, ${lockKey}, 1, pg_catalog.now(),
      ${quoteLiteral(toolVersion)})
    ON CONFLICT (name) DO UPDATE SET
      fence = d.fence + 1,
      lock_key = EXCLUDED.lock_key,
      run_started_at = EXCLUDED.run_started_at,
      run_finished_at = NULL,
      tool_version = EXCLUDED.tool_version,
      format = GREATEST(d.format, EXCLUDED.format)
    RETURNING fence`;
}

/** Records that everything up to this run is on disk, if its commit is synchronous. Returns `fence`. */
export function recordDurable(
  { schema, database }: HistoryName,
  fence: bigint | string,
): string {
  return `UPDATE ${quoteIdentifier(schema)}.databases
    SET durable_fence = ${fence}, run_finished_at = pg_catalog.clock_timestamp()
    WHERE name OPERATOR(pg_catalog.=) ${quoteLiteral(database)}
      AND fence OPERATOR(pg_catalog.=) ${fence}
    RETURNING fence`;
}

/**
 * Returns a row with `fence` and the `transaction` id while the fence has this value, and locks it until
 * the transaction ends. For a transaction whose opening is answered before anything else is sent in it.
 *
 * @param fence Its number, or an SQL expression for it.
 */
export function lockFence({ schema, database }: HistoryName, fence: bigint | string): string {
  // This runs under the role's search_path, which may have another `=` before PostgreSQL's.
  return `SELECT fence, pg_catalog.pg_current_xact_id() AS transaction
    FROM ${quoteIdentifier(schema)}.databases
    WHERE name OPERATOR(pg_catalog.=) ${quoteLiteral(database)}
      AND fence OPERATOR(pg_catalog.=) ${fence}
    FOR SHARE`;
}

/**
 * The same for a transaction that is sent as a whole: fails with 22012 (division_by_zero) when another
 * run has raised the fence. A plain query needs no function or language in the database.
 */
export function assertFence(history: HistoryName, fence: bigint | string): string {
  return `SELECT 1 / pg_catalog.count(*) AS migrator_fence_still_ours
    FROM (${lockFence(history, fence)}) AS fence`;
}

/** `lock/fenced`: another run has raised the fence. */
export function fenceLost(database: string): Failure {
  return new Failure(
    "lock/fenced",
    `Another runner has taken over database "${database}", so this run stopped before it changed ` +
      "anything more.",
    { hint: `See what the other one did: migrator status --db ${database}` },
  );
}
