/**
 * Resumes an interrupted DROP INDEX CONCURRENTLY, REINDEX or DETACH PARTITION CONCURRENTLY.
 *
 * Each of these runs in several transactions. The catalogs show how far the last attempt came: a
 * completed statement counts as done, and a half-done one is finished.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Resumable, Statement } from "../../definition/migration/definition.ts";
import { incompleteAttempt } from "../../history/attempt.ts";
import { isSelfRepairing, type Step } from "../../plan/plan.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { ResumeEvent } from "../context/event.ts";
import { attemptOf } from "./build_statements.ts";
import { finalizeDetach, leftoversQuery, pendingDetach, presentIndexes } from "./resume_sql.ts";
import { labelOf, raceWithLock, type RunContext } from "../context/run_context.ts";

/** Milliseconds between two checks of the interrupted run's backend. */
const POLL = 500;

/** An interrupted attempt, of which a part may be in the database. */
export interface InterruptedAttempt {
  /** The backend that ran it; undefined when the end of the attempt was recorded. */
  readonly pid: string | undefined;
  /** A timestamp as PostgreSQL prints it. */
  readonly startedAt: string;
}

/**
 * Finds the previous attempt, if it was interrupted and the step can be resumed. Call it before the new
 * attempt's row is opened.
 *
 * @param isResumed The step starts where the previous attempt ended.
 * @throws {Failure} `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function findInterruptedAttempt(
  context: RunContext,
  step: Step,
  { isResumed }: { readonly isResumed: boolean },
): Promise<InterruptedAttempt | undefined> {
  if (!isResumed && !isSelfRepairing(step.script)) return undefined;
  const query = catalogRead(context.work, incompleteAttempt(attemptOf(context, step)));
  const [row] = await raceWithLock(context, query);
  return row && { pid: row["pid"] ?? undefined, startedAt: row["started_at"] ?? "" };
}

/** A resumable statement that is about to run. */
export interface ResumedStatement {
  readonly step: Step;
  readonly resumable: Resumable;
  /** The previous attempt, for a script of one statement. */
  readonly interruptedAttempt: InterruptedAttempt | undefined;
  /** The statement as the migration has it. */
  readonly sql: string;
}

/**
 * Removes leftovers of the interrupted attempt and decides which statement finishes it.
 *
 * @returns The statement to send; undefined when nothing is left to do.
 * @throws {SqlError} What the server refused.
 */
export async function remainingStatement(
  context: RunContext,
  resumption: ResumedStatement,
): Promise<string | undefined> {
  const { resumable, interruptedAttempt, sql } = resumption;
  if (interruptedAttempt) await waitForBackend(context, resumption, interruptedAttempt);
  switch (resumable.kind) {
    case "drop-index":
      return interruptedAttempt ? await remainingDrop(context, resumption, resumable) : sql;
    case "reindex":
      if (interruptedAttempt) await dropLeftovers(context, resumption, resumable);
      return sql;
    case "detach":
      return await remainingDetach(context, resumption, resumable);
  }
}

/**
 * Whether the server refused the statement before it had any effect. DROP INDEX and DETACH run no user
 * code, so the server finds errors of syntax, privileges and names before their first commit.
 */
export function failsBeforeAnyEffect({ resumable }: Statement, sqlstate: string): boolean {
  return resumable !== undefined && resumable.kind !== "reindex" && /^(42|0A)/.test(sqlstate);
}

/** Waits for the backend of a killed run, which notices the lost client only when it sends something. */
async function waitForBackend(
  context: RunContext,
  resumption: ResumedStatement,
  { pid, startedAt }: InterruptedAttempt,
): Promise<void> {
  if (pid === undefined) return;
  const { work, clock, signal } = context;
  for (let isReported = false;; isReported = true) {
    const { rows } = await raceWithLock(
      context,
      work.query(
        `SELECT FROM pg_catalog.pg_stat_activity
        WHERE pid OPERATOR(pg_catalog.=) ${pid} AND state OPERATOR(pg_catalog.=) 'active'
          AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
          AND pg_catalog.starts_with(application_name, 'migrator ')
          AND backend_start OPERATOR(pg_catalog.<=) ${
          quoteLiteral(startedAt)
        }::pg_catalog.timestamptz`,
      ),
    );
    if (rows.length === 0) return;
    if (!isReported) report(context, resumption, "still-running", nameOf(resumption.resumable));
    await raceWithLock(context, clock.sleep(POLL, signal));
  }
}

async function remainingDrop(
  context: RunContext,
  resumption: ResumedStatement,
  { indexes }: Resumable & { readonly kind: "drop-index" },
): Promise<string | undefined> {
  const { rows } = await raceWithLock(context, context.work.query(presentIndexes(indexes)));
  const name = nameOf(resumption.resumable);
  if (rows.length === 0) report(context, resumption, "already-gone", name);
  else if (rows.some(({ valid }) => valid === "f")) {
    report(context, resumption, "dropping-again", name);
  }
  return rows.length === 0 ? undefined : resumption.sql;
}

async function remainingDetach(
  context: RunContext,
  resumption: ResumedStatement,
  { table, partition }: Resumable & { readonly kind: "detach" },
): Promise<string | undefined> {
  const { work } = context;
  // PostgreSQL 13 has neither this statement nor the column.
  if (work.server.version < 140000) return resumption.sql;
  const { rows: [row] } = await raceWithLock(
    context,
    work.query(pendingDetach({ table, partition })),
  );
  const name = nameOf(resumption.resumable);
  if (row?.["pending"] === "t") {
    report(context, resumption, "finishing-detach", name);
    return finalizeDetach({ table, partition });
  }
  // If one of the tables does not exist, the server's own error says it best.
  if (row === undefined || row["pending"] === "f" || !resumption.interruptedAttempt) {
    return resumption.sql;
  }
  report(context, resumption, "already-detached", name);
  return undefined;
}

/**
 * Drops the invalid indexes that an interrupted REINDEX CONCURRENTLY leaves: new ones (`_ccnew`) and
 * replaced ones (`_ccold`). Only those on the same table as the index they are named after.
 */
async function dropLeftovers(
  context: RunContext,
  resumption: ResumedStatement,
  reindex: Resumable & { readonly kind: "reindex" },
): Promise<void> {
  const { work } = context;
  const { rows } = await raceWithLock(context, work.query(leftoversQuery(reindex)));
  for (const { name } of rows) {
    report(context, resumption, "dropping-leftover", `index ${name}`);
    await raceWithLock(context, work.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`));
  }
}

function nameOf(resumable: Resumable): string {
  switch (resumable.kind) {
    case "drop-index":
      return `index ${resumable.indexes.map(nameText).join(", ")}`;
    case "reindex":
      return `${resumable.of}${resumable.target ? ` ${nameText(resumable.target)}` : ""}`;
    case "detach":
      return `partition ${nameText(resumable.partition)}`;
  }
}

function nameText({ schema, name }: { readonly schema?: string; readonly name: string }): string {
  return schema === undefined ? name : `${schema}.${name}`;
}

function report(
  context: RunContext,
  { step }: ResumedStatement,
  what: ResumeEvent,
  object: string,
): void {
  context.report({
    database: context.history.database,
    type: "resuming",
    step: labelOf(step),
    object,
    what,
  });
}
