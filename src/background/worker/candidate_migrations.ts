/**
 * Reads the migrations of which a worker may claim a batch.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import { unlessMissing } from "../../history/read_history.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { WorkerContext } from "./worker_context.ts";
import { IS_RUNNABLE, JOB_STATUS } from "../state/state_machine.ts";
import { tablesOf } from "../state/rows.ts";

/** Limits what a worker may claim. */
export interface ClaimScope {
  /** Ids of migrations; undefined for all runnable ones. */
  readonly migrations?: readonly string[];
  /** Ids of existing batches; undefined for all batches, including new ones. */
  readonly jobs?: readonly string[];
  /**
   * Ids of migrations that this program cannot run. The claim adds and reports those that it finds.
   */
  readonly unable?: Set<string>;
}

export async function countUnfinished(
  { name, session }: WorkerContext,
  ids: readonly string[],
): Promise<number> {
  const rows = await catalogRead(
    session,
    `SELECT count(*) AS unfinished
    FROM ${tablesOf(name).jobs}
    WHERE id = ANY ('{${ids.join(",")}}') AND status <> ${JOB_STATUS.succeeded}`,
  );
  return Number(rows[0]?.["unfinished"]);
}

export async function candidatesOf(
  { name, session }: WorkerContext,
  { migrations: only, unable }: ClaimScope & { readonly unable: ReadonlySet<string> },
): Promise<readonly { readonly id: string; readonly isRunnable: boolean }[]> {
  const { migrations } = tablesOf(name);
  const read = catalogRead(
    session,
    `SELECT id, runnable AND rank = 1 AS runnable
    FROM (
      SELECT m.id, m.served_at, r.runnable,
        row_number() OVER (PARTITION BY m.table_name, r.runnable ORDER BY m.id) AS rank
      FROM ${migrations} AS m
      CROSS JOIN LATERAL (
        SELECT m.on_hold_until IS NULL OR m.on_hold_until <= clock_timestamp() AS runnable
      ) AS r
      WHERE m.gitlab_schema = ${quoteLiteral(name.database)}
        AND ${IS_RUNNABLE}
        AND m.id <> ALL ('{${[...unable].join(",")}}')
        AND ${only ? `m.id = ANY ('{${only.join(",")}}')` : "true"}
    ) AS candidates
    ORDER BY served_at NULLS FIRST, id`,
  );
  // The tables are missing until the first migration is queued.
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name })
  );
  return rows.map((row) => ({ id: row["id"]!, isRunnable: row["runnable"] === "t" }));
}
