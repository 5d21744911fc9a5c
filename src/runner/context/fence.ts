// Pure.
/**
 * The fence: a number that rises with each run, so that a runner that was thought dead (stopped,
 * swapped out, cut off) cannot commit anything once another has taken over.
 *
 * Reading the number is not enough: the newcomer raises it, sees no history, and the old runner then
 * commits. Each work transaction therefore keeps a share lock on the row until its end, for which
 * the newcomer's update must wait.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { HistoryName } from "../../history/history_name.ts";
import { HISTORY_FORMAT } from "../../history/schema.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";

/** Raises the fence and returns it as `fence`. To be committed before the state is read. */
export function incrementFence(
  { schema, database }: HistoryName,
  { lockKey, toolVersion }: { readonly lockKey: bigint; readonly toolVersion: string },
): string {
  return `INSERT INTO ${quoteIdentifier(schema)}.databases AS d ` +
    "(name, format, lock_key, fence, run_started_at, tool_version) VALUES (" +
    `${quoteLiteral(database)}, ${HISTORY_FORMAT}, ${lockKey}, 1, pg_catalog.now(), ` +
    `${quoteLiteral(toolVersion)}) ON CONFLICT (name) DO UPDATE SET fence = d.fence + 1, ` +
    "lock_key = EXCLUDED.lock_key, run_started_at = EXCLUDED.run_started_at, " +
    "run_finished_at = NULL, tool_version = EXCLUDED.tool_version, " +
    "format = GREATEST(d.format, EXCLUDED.format) RETURNING fence";
}

/**
 * Returns a row while the fence is ours, with the `transaction`'s id, and keeps it from being raised until the transaction ends.
 * For a transaction whose opening is answered before anything else is sent into it.
 */
export function lockFence({ schema, database }: HistoryName, fence: bigint): string {
  return "SELECT fence, pg_catalog.pg_current_xact_id() AS transaction " +
    `FROM ${quoteIdentifier(schema)}.databases ` +
    // Asked under the role's own search_path, which may put another `=` before PostgreSQL's.
    `WHERE name OPERATOR(pg_catalog.=) ${quoteLiteral(database)} ` +
    `AND fence OPERATOR(pg_catalog.=) ${fence} FOR SHARE`;
}

/**
 * The same for a transaction that is sent as a whole: fails with 22012 when another run has raised
 * the fence. A plain query, so that it needs no function and no language in the database.
 */
export function assertFence(history: HistoryName, fence: bigint): string {
  return "SELECT 1 / pg_catalog.count(*) AS migrator_fence_still_ours " +
    `FROM (${lockFence(history, fence)}) AS fence`;
}

/** What a runner is told whose fence has fallen. */
export function fenceLost(database: string): Failure {
  return new Failure(
    "lock/fenced",
    `Another runner has taken over database "${database}", so this run stopped before it changed ` +
      "anything more.",
    { hint: `See what the other one did: migrator status --db ${database}` },
  );
}
