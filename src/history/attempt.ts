// Pure.
/**
 * The SQL that records attempts. Every function returns a statement for a runner that holds the lock.
 * All names are qualified, so that no search_path can redirect the rows.
 *
 * @module
 */

import type { Definition, Direction, Script } from "../definition/migration/definition.ts";
import { definitionChecksum } from "../definition/migration/definition_checksum.ts";
import type { Code } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { NOT_CHECKPOINTED, type StoredError, TRANSACTION_ENDED } from "./history.ts";
import type { HistoryName } from "./history_name.ts";

/** The runner, as stored with each attempt; texts have only characters that the database can store. */
export interface Runner {
  /** The operating system's user. */
  readonly who: string;
  /** The name of the host. */
  readonly host: string;
  /** The process id on that host. */
  readonly pid: number;
  /** The version of this program. */
  readonly toolVersion: string;
}

/** Who makes an attempt: the SQL expression of each of these columns. */
export interface Actor {
  readonly fence: string;
  readonly tool_version: string;
  readonly who: string;
  readonly host: string;
  readonly client_pid: string;
}

/** The columns of a runner that holds the fence. */
export function actorOf(runner: Runner, fence: bigint): Actor {
  return {
    fence: String(fence),
    tool_version: quoteLiteral(runner.toolVersion),
    who: quoteLiteral(runner.who),
    host: quoteLiteral(runner.host),
    client_pid: String(runner.pid),
  };
}

/** One attempt at one script. */
export interface Attempt {
  readonly history: HistoryName;
  readonly actor: Actor;
  readonly definition: Definition;
  /** The definition's name, in characters that the database can store. */
  readonly name: string;
  readonly direction: Direction;
  readonly script: Script;
}

/** The result of an attempt. */
export type AttemptResult =
  | { readonly success: true }
  | {
    readonly success: false;
    /** In characters that the database can store. */
    readonly error: StoredError;
    readonly statementsDone: number;
    /** It had no effect: it was rolled back, or refused before it changed anything. */
    readonly nothingDone: boolean;
  };

/**
 * The row of a finished attempt, returning its `id` and how many `seconds` it took. Inside the
 * migration's own transaction `clock_timestamp()` and `transaction_timestamp()` give its true end and
 * start.
 *
 * @param transaction An SQL expression for the id of the transaction that must write the row; in any other
 * transaction no row is written or returned.
 */
export function recordFinished(
  attempt: Attempt,
  attemptResult: AttemptResult,
  transaction?: string,
): string {
  const { script } = attempt;
  const columns = {
    started_at: "pg_catalog.transaction_timestamp()",
    finished_at: "pg_catalog.clock_timestamp()",
    success: String(attemptResult.success),
    statements_done: String(
      attemptResult.success ? script.statements.length : attemptResult.statementsDone,
    ),
    ...(attemptResult.success ? { xid: "pg_catalog.pg_current_xact_id()" } : {
      nothing_done: String(attemptResult.nothingDone),
      error: json(attemptResult.error),
    }),
  };
  return `${insertLog(attempt, columns, writtenIn(transaction))}
    RETURNING id, ${SECONDS}`;
}

/** How long an attempt took, by the server's clock. */
const SECONDS =
  "pg_catalog.date_part('epoch', finished_at OPERATOR(pg_catalog.-) started_at) AS seconds";

/**
 * The row of an attempt that ended its own transaction: its effects up to an unknown statement are
 * committed.
 */
export function recordTransactionEnded(attempt: Attempt, error: StoredError): string {
  return insertLog(attempt, {
    started_at: "pg_catalog.transaction_timestamp()",
    finished_at: "pg_catalog.clock_timestamp()",
    success: "false",
    transactional: "false",
    error: json({ ...error, code: TRANSACTION_ENDED }),
  });
}

/**
 * The row of a state that a person found or repaired. Nothing was run; `note` is the reason, in
 * characters that the database can store.
 */
export function recordManually(attempt: Attempt, note: string): string {
  return insertLog(attempt, {
    started_at: "pg_catalog.clock_timestamp()",
    finished_at: "pg_catalog.clock_timestamp()",
    success: "true",
    transactional: "false",
    note: quoteLiteral(note),
  });
}

/**
 * The row of a migration that another tool has applied: nothing was run, and any row of our own counts
 * before it.
 *
 * @param adopted.appliedAt When, in any form that PostgreSQL reads; undefined: now.
 * @param adopted.transaction As for `recordFinished`.
 */
export function recordAdopted(
  attempt: Attempt,
  { note, appliedAt, transaction }: {
    readonly note: string;
    readonly appliedAt: string | undefined;
    readonly transaction?: string | undefined;
  },
): string {
  const at = appliedAt === undefined
    ? "pg_catalog.clock_timestamp()"
    : `${quoteLiteral(appliedAt)}::pg_catalog.timestamptz`;
  return insertLog(attempt, {
    started_at: at,
    finished_at: at,
    success: "true",
    transactional: "false",
    backfilled: "true",
    note: quoteLiteral(note),
  }, writtenIn(transaction));
}

/**
 * The row of an attempt that is about to begin outside a transaction; returns its `id`.
 *
 * @param statementsDone An SQL expression; more than 0 when it resumes an earlier attempt.
 */
export function recordStarted(attempt: Attempt, statementsDone = "0"): string {
  return insertLog(attempt, {
    started_at: "pg_catalog.clock_timestamp()",
    statements_done: statementsDone,
  }) + " RETURNING id";
}

/**
 * Reads the version's last attempt if it was interrupted, or failed after a part was committed: its
 * `backend_pid`, if its row was never closed, and `started_at`. Other versions give no row. Run it before
 * a new attempt is opened.
 */
export function incompleteAttempt({ history, definition }: Attempt): string {
  return `SELECT CASE WHEN finished_at IS NULL THEN backend_pid END AS pid, started_at
    FROM (
      SELECT *
      FROM ${logs(history)}
      WHERE database = ${quoteLiteral(history.database)}
        AND version = ${definition.version}
        AND NOT nothing_done
      ORDER BY id DESC
      LIMIT 1
    ) AS newest
    WHERE success IS NOT TRUE AND NOT transactional`;
}

/** Records the number of completed statements of a non-transactional attempt. */
export function recordProgress(attempt: Attempt, id: string, statementsDone: number): string {
  return `UPDATE ${logs(attempt.history)}
    SET statements_done = ${statementsDone}
    WHERE ${isRow(attempt, id)}`;
}

/**
 * Records that the next statement runs by itself, not in one transaction with its count. After an
 * interruption the count does not show whether that statement was completed.
 */
export function recordNotCheckpointed(attempt: Attempt, id: string, statement: number): string {
  const error: StoredError = {
    code: NOT_CHECKPOINTED,
    message: `Statement ${statement} had to be run by itself, and is not counted yet.`,
    statement,
  };
  return `UPDATE ${logs(attempt.history)}
    SET error = ${json(error)}
    WHERE ${isRow(attempt, id)}`;
}

/** Closes the row of a non-transactional attempt, and returns its `seconds`. */
export function recordEnded(attempt: Attempt, id: string, attemptResult: AttemptResult): string {
  // A statement may have been counted before its cancel request arrived.
  const set = attemptResult.success ? "success = true, error = NULL" : `success = false,
      error = ${json(attemptResult.error)},
      statements_done = greatest(statements_done, ${attemptResult.statementsDone}),
      nothing_done = ${attemptResult.nothingDone} AND statements_done OPERATOR(pg_catalog.=) 0`;
  return `UPDATE ${logs(attempt.history)}
    SET finished_at = pg_catalog.clock_timestamp(),
      ${set}
    WHERE ${isRow(attempt, id)} AND finished_at IS NULL
    RETURNING ${SECONDS}`;
}

/**
 * Closes the row of an interrupted attempt, when another attempt resumes it, or a person or `repair`
 * records the state. Columns that the attempt itself wrote are kept.
 */
export function recordInterrupted(attempt: Attempt, id: string): string {
  const error: StoredError = {
    code: "history/cut-off" satisfies Code,
    message: "It did not come to its end: its runner, its connection or the server went away.",
  };
  return `UPDATE ${logs(attempt.history)}
    SET finished_at = pg_catalog.clock_timestamp(),
      success = false,
      error = coalesce(error, ${json(error)})
    WHERE ${isRow(attempt, id)} AND finished_at IS NULL`;
}

/**
 * The condition on the key of `migration_logs`; its one index serves this and the reading of the state.
 * It is also sent under a search_path that a migration has set.
 */
function isRow({ history, definition }: Attempt, id: string): string {
  const equals = "OPERATOR(pg_catalog.=)";
  return `database ${equals} ${quoteLiteral(history.database)}
      AND version ${equals} ${definition.version}
      AND id ${equals} ${id}`;
}

function json(error: StoredError): string {
  return `${quoteLiteral(JSON.stringify(error))}::pg_catalog.jsonb`;
}

/**
 * Reads `version`, `direction`, `success`, `statements_done` and `seconds` of each attempt of a run, oldest
 * first.
 */
export function outcomesOfRun(history: HistoryName, fence: bigint): string {
  return `SELECT version, direction, success, statements_done, ${SECONDS}
    FROM ${logs(history)}
    WHERE database OPERATOR(pg_catalog.=) ${quoteLiteral(history.database)}
      AND fence OPERATOR(pg_catalog.=) ${fence}
    ORDER BY id`;
}

/** Columns that differ between attempts; a missing one gets the table's default. */
type AttemptColumns =
  & { readonly started_at: string }
  & Readonly<
    Partial<
      Record<
        | "finished_at"
        | "success"
        | "statements_done"
        | "nothing_done"
        | "error"
        | "xid"
        | "transactional"
        | "backfilled"
        | "note",
        string
      >
    >
  >;

function insertLog(attempt: Attempt, columns: AttemptColumns, condition = "true"): string {
  const { history, actor, definition, name, direction, script } = attempt;
  const all = {
    database: quoteLiteral(history.database),
    version: String(definition.version),
    name: quoteLiteral(name),
    direction: `'${direction}'`,
    transactional: String(script.transaction === "single"),
    checksum: quoteLiteral(script.checksum),
    raw_checksum: quoteLiteral(script.rawChecksum),
    definition_checksum: quoteLiteral(definitionChecksum(definition)),
    ...actor,
    backend_pid: "pg_catalog.pg_backend_pid()",
    ...columns,
  };
  return `INSERT INTO ${logs(history)}
      (${Object.keys(all).join(", ")})
    SELECT ${Object.values(all).join(", ")}
    WHERE ${condition}`;
}

/** The condition that a row is written in this transaction; undefined: in any. */
function writtenIn(transaction: string | undefined): string {
  return transaction === undefined ? "true" : `pg_catalog.pg_current_xact_id_if_assigned()
        OPERATOR(pg_catalog.=) ${transaction}::pg_catalog.xid8`;
}

function logs(history: HistoryName): string {
  return `${quoteIdentifier(history.schema)}.migration_logs`;
}
