// Pure.
/**
 * The lines of a step that runs outside a transaction. Its history row is opened before its first
 * statement, counts those that are committed, and is closed after the last.
 *
 * @module
 */

import type { FileTransaction, Statement } from "../definition/migration/definition.ts";
import { type ScriptPart, scriptParts } from "../definition/migration/script_parts.ts";
import {
  recordEnded,
  recordInterrupted,
  recordNotCheckpointed,
  recordProgress,
  recordStarted,
} from "../history/attempt.ts";
import { NOT_CHECKPOINTED } from "../history/history.ts";
import { isCheckpointed, isRepeatable } from "../plan/diagnosis.ts";
import { migrationLabel } from "../plan/plan.ts";
import { lockTimeoutOf, statementTimeoutOf } from "../runner/context/timeouts.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { indexLines } from "./index_lines.ts";
import { intoVariables, warn, when } from "./psql_text.ts";
import { attemptOf, keptLines } from "./record_lines.ts";
import { resumableLines } from "./resumable_lines.ts";
import { BEGIN_FENCED, HOLD_FENCE } from "./run_lines.ts";
import type { ScriptRequest, ScriptStep } from "./script_request.ts";
import { headLines, sentLines, sqlOf } from "./statement_lines.ts";

/** The statements of a step, each committed and counted; those that an earlier run counted are skipped. */
export function outsideLines(request: ScriptRequest, one: ScriptStep): readonly string[] {
  const attempt = attemptOf(request, one);
  const { step } = one;
  const { options } = request;
  return [
    ...BEGIN_FENCED,
    intoVariables(interruptedQuery(request, one)),
    ...uncertainLines(one),
    ...sessionLostLines(one),
    `${recordInterrupted(attempt, ":migrator_former")};`,
    intoVariables(recordStarted(attempt, ":migrator_counted")),
    ...keptLines(request, one),
    "COMMIT;",
    `SET statement_timeout = ${statementTimeoutOf({ options }, step)};`,
    ...scriptParts(step.script).flatMap((part) => [
      `SET lock_timeout = ${lockTimeout(request, { one, part })};`,
      ...partLines(request, { one, part }),
    ]),
    "",
    ...BEGIN_FENCED,
    intoVariables(recordEnded(attempt, ":migrator_id", { success: true })),
    "COMMIT;",
  ];
}

interface Part {
  readonly one: ScriptStep;
  readonly part: ScriptPart;
}

/** A timeout during a concurrent build leaves an invalid index. */
function lockTimeout({ options }: ScriptRequest, { one: { step }, part }: Part): number {
  const { outside } = step.script.statements[part.first]!;
  return outside?.includes("CONCURRENTLY") ? 0 : lockTimeoutOf({ options }, step);
}

/** The attempt that this one goes on from: its id, and how many of its statements are counted. */
function interruptedQuery(
  { history: { schema, database } }: ScriptRequest,
  { step: { definition: { version } } }: ScriptStep,
): string {
  return `SELECT coalesce(max(id), 0) AS former,
  coalesce(max(statements_done), 0) AS counted,
  count(*) > 0 AS is_resumed,
  coalesce(bool_or(error ->> 'code' = ${quoteLiteral(NOT_CHECKPOINTED)}
    AND error ->> 'statement' = (statements_done + 1)::text), false) AS is_uncertain
FROM (
  SELECT * FROM ${quoteIdentifier(schema)}.migration_logs
  WHERE database = ${quoteLiteral(database)} AND version = ${version} AND NOT nothing_done
  ORDER BY id DESC
  LIMIT 1
) AS newest
WHERE success IS NOT TRUE`;
}

/** Of a statement that was begun by itself and not counted, nobody but a person can tell. */
function uncertainLines({ step: { script, definition } }: ScriptStep): readonly string[] {
  if (!script.statements.some(isUncertain)) return [];
  return when("is_uncertain", [
    "\\if :{?migrator_interrupted}",
    intoVariables(
      `SELECT :migrator_counted + (:'migrator_interrupted' = 'done')::int AS counted`,
    ),
    "\\else",
    ...warn(
      `Stopped: a statement of ${
        migrationLabel(definition)
      } was interrupted, and it cannot be told ` +
        "whether it was completed. How many were completed before it:",
      ":migrator_counted",
      "Look at the database, then run the file again with -v migrator_interrupted=done (it is there) " +
        "or -v migrator_interrupted=undone (nothing of it is there).",
    ),
    ":migrator_fail",
    "\\endif",
  ]);
}

/** Temporary tables and the like are lost with the session that made them. */
function sessionLostLines({ sessionLostAt, step }: ScriptStep): readonly string[] {
  if (sessionLostAt === undefined) return [];
  return [
    intoVariables(
      `SELECT :migrator_counted > ${sessionLostAt} ` +
        `AND :migrator_counted < ${step.script.statements.length} AS is_lost`,
    ),
    ...when("is_lost", [
      ...warn(
        `Stopped: ${migrationLabel(step.definition)} was interrupted after its statement ` +
          `${sessionLostAt + 1}, and what that left in its session is gone.`,
        `Look at the database. See: migrator help history/dirty`,
      ),
      ":migrator_fail",
    ]),
  ];
}

/** What is committed at once; skipped where it is counted, but for what it sets for the session. */
function partLines(request: ScriptRequest, { one, part }: Part): readonly string[] {
  const { first, end, transaction } = part;
  const settings = range(first, end).filter((at) => one.settings.has(at))
    .flatMap((at) => sentLines(one, at));
  const isSetting = transaction === undefined && settings.length > 0;
  return [
    "",
    intoVariables(`SELECT :migrator_counted OPERATOR(pg_catalog.<=) ${first} AS is_next,
  :'migrator_is_resumed' AND :migrator_counted OPERATOR(pg_catalog.=) ${first} AS is_again`),
    "\\if :migrator_is_next",
    ...(transaction === undefined
      ? aloneLines(request, { one, at: first })
      : transactionLines(request, { one, transaction })),
    ...(settings.length === 0 || transaction?.isRolledBack ? [] : [
      "\\else",
      ...(isSetting ? headLines(one, first) : []),
      ...settings,
    ]),
    "\\endif",
  ];
}

/** Counts statements in the open transaction, and commits them. */
function recorded(row: string): readonly string[] {
  return [":migrator_own", ...HOLD_FENCE, `${row};`, "COMMIT;"];
}

/** A transaction of the file. Nothing comes before its statements, as some must be its first. */
function transactionLines(
  request: ScriptRequest,
  { one, transaction: { first, end, modes, isRolledBack } }: {
    readonly one: ScriptStep;
    readonly transaction: FileTransaction;
  },
): readonly string[] {
  const count = recordProgress(attemptOf(request, one), ":migrator_id", end);
  return [
    `BEGIN${modes === undefined ? "" : ` ${modes}`};`,
    ...range(first, end).flatMap((at) => [...headLines(one, at), ...sentLines(one, at)]),
    ...(isRolledBack ? ["ROLLBACK;", "BEGIN;"] : []),
    ...recorded(count),
  ];
}

/** One statement with what counts it. */
function aloneLines(
  request: ScriptRequest,
  { one, at }: { readonly one: ScriptStep; readonly at: number },
): readonly string[] {
  const statement = one.step.script.statements[at]!;
  const attempt = attemptOf(request, one);
  const head = headLines(one, at);
  const sql = sentLines(one, at);
  const count = recordProgress(attempt, ":migrator_id", at + 1);
  if (isCountedTogether(statement, sqlOf(one, at))) {
    return [...head, "BEGIN;", ...sql, ...recorded(count)];
  }
  const mark = recordNotCheckpointed(attempt, ":migrator_id", at + 1);
  return [
    ...(isUncertain(statement) ? ["BEGIN;", ...recorded(mark)] : []),
    ...head,
    ...(statement.concurrentIndex
      ? indexLines({ index: statement.concurrentIndex, statement, text: one.text, sql })
      : statement.resumable
      ? resumableLines(statement.resumable, sql)
      : sql),
    "BEGIN;",
    ...recorded(count),
  ];
}

function range(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** REINDEX and CLUSTER of a partitioned table have transactions of their own. */
function isCountedTogether(statement: Statement, sql: string): boolean {
  return isCheckpointed(statement) && !isRepeatable(statement) && !/^cluster\b/i.test(sql);
}

/** Whether an interruption leaves it open what it did: neither counted together, nor to be repeated. */
function isUncertain(statement: Statement): boolean {
  return !isCheckpointed(statement) && !isRepeatable(statement) &&
    statement.concurrentIndex === undefined;
}
