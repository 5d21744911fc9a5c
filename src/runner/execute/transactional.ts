/**
 * Runs a migration in one transaction with its history row: both are committed, or neither.
 *
 * @module
 */

import type {
  PipelineResult,
  Row,
  ServerError,
  TransactionBlock,
} from "../../connection/session/session.ts";
import { representableValue } from "../../history/representable.ts";
import { Failure } from "../../failure.ts";
import { recordFinished, recordTransactionEnded } from "../../history/attempt.ts";
import { type StoredError, TRANSACTION_ENDED } from "../../history/history.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { Blocker } from "../context/blocker.ts";
import { beginMessage, beginTransaction, openedTransaction } from "./begin_transaction.ts";
import { resetMessages, rollbackMessages } from "./reset_session.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { attemptOf, type StepStatements } from "./build_statements.ts";
import { isRetryable, lockNotAvailable, waitToRetry } from "../context/retry.ts";
import { lockTimeoutOf } from "../context/timeouts.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { stepFailure } from "../context/statement_failure.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { failedStatement, joinStatements } from "../../sql/joined_statements.ts";
import { type BlockerWatch, watchBlockers } from "../observe/watch_blockers.ts";

/** The result of steps that ran in transactions. */
export interface TransactionalResult {
  /** Milliseconds of each step that was committed, in order; by the server's clock. */
  readonly took: readonly number[];
  /** The id of the next step's transaction, if it is already open. */
  readonly transaction: string | undefined;
}

/** The state before a step runs. */
interface Beginning {
  /** The id of the step's transaction, if it is already open. */
  readonly transaction: string | undefined;
  /** The transactional step whose transaction is opened afterwards, if any. */
  readonly next: Step | undefined;
}

/**
 * Runs one transactional step.
 *
 * The previous step's pipeline may have ended with this step's `beginMessage`; then a migration costs two
 * round trips: its statements, joined to one message, and the history row with the COMMIT. Nothing is
 * sent behind a statement that may fail: the server would refuse it with an error in its log.
 *
 * @throws {Failure} `sql/statement-failed`, `history/transaction-ended`, `history/not-recorded`,
 * `lock/*`, `connection/lost`, `interrupted/*`. The step was rolled back, unless the message says
 * otherwise.
 */
export async function runTransactional(
  context: RunContext,
  built: StepStatements,
  beginning: Beginning,
): Promise<TransactionalResult> {
  const lockTimeout = lockTimeoutOf(context, built.step);
  const blockerWatch = watchBlockers(context, built.step, { lockTimeout });
  try {
    return await runWatched(context, built, { ...beginning, blockerWatch });
  } finally {
    await blockerWatch.stop();
  }
}

async function runWatched(
  context: RunContext,
  built: StepStatements,
  { next, blockerWatch, ...beginning }: Beginning & { readonly blockerWatch: BlockerWatch },
): Promise<TransactionalResult> {
  const { work } = context;
  const { step } = built;
  // With hooks they are sent before them.
  const settings = built.settings.length > 0 && built.hookStatements.length === 0
    ? [built.settings.join(";\n")]
    : [];
  const after = [
    ...(step.script.statements.every(({ plain }) => plain) ? [] : resetMessages(context)),
    ...(next ? [beginMessage(context, next)] : []),
  ];

  let lastSeen: readonly Blocker[] = [];
  for (let tries = 1, opened = beginning.transaction;; tries++, opened = undefined) {
    const begun = opened ?? await beginTransaction(context, step);
    let refused = await sendScript(context, built);
    if (refused === undefined) {
      const commit = `${built.record(begun)};\nCOMMIT`;
      const messages = [...settings, commit];
      const sent = work.pipeline([...messages, ...after], { rowsFrom: settings.length });
      const result = await raceWithLock(context, sent);
      if (result.ok || result.failed >= messages.length) {
        const took = [await checkCommitted(context, { step, result, commit: settings.length })];
        const transaction = result.ok && next
          ? openedTransaction(result.answers.at(-1))
          : undefined;
        if (result.ok && (transaction !== undefined || next === undefined)) {
          return { took, transaction };
        }
        // The step is committed; a message after it failed. The next step opens its own transaction.
        await work.pipeline(next ? rollbackMessages(context) : resetMessages(context));
        return { took, transaction: undefined };
      }
      const part = result.failed === settings.length ? "commit" : "settings";
      refused = { ...result, part, index: 0 };
    }
    const isAtCommit = refused.part === "commit";
    if (!await isRolledBack(context, { ...refused, isAtCommit, transaction: begun })) {
      throw await transactionEnded(context, step, refused.error);
    }
    const blockers = blockerWatch.take();
    if (blockers.length > 0) lastSeen = blockers;
    const mayRetry = isRetryable(refused.error);
    if (!mayRetry || tries > context.options.lockRetries) {
      throw await recordedFailure(context, built, {
        refused,
        ...(mayRetry ? { busy: { tries, blockers: lastSeen } } : {}),
      });
    }
    await waitToRetry(context, step, { error: refused.error, tries, blockers });
  }
}

/** A statement that the server refused. */
export interface RefusedStatement {
  readonly part: "script" | "hooks" | "settings" | "commit";
  /** 0-based, among the statements of the script or of the hooks. */
  readonly index: number;
  /** Its position counts in that statement. */
  readonly error: ServerError;
}

/** A refused statement, and the state of the transaction behind it. */
interface Refused extends RefusedStatement {
  readonly block: TransactionBlock;
}

/** Sends the script's statements, and then those of hooks under migrator's settings. */
async function sendScript(
  context: RunContext,
  { statements, settings, hookStatements }: StepStatements,
): Promise<Refused | undefined> {
  const refused = await sendStatements(context, statements);
  if (refused) return { ...refused, part: "script" };
  if (hookStatements.length === 0) return undefined;
  const refusedHook = await sendStatements(context, [...settings, ...hookStatements]);
  return refusedHook && { ...refusedHook, part: "hooks" };
}

/**
 * Sends statements in as few messages as their lengths allow, one after another.
 *
 * @returns The statement that was refused; undefined if none was.
 */
async function sendStatements(
  context: RunContext,
  statements: readonly string[],
): Promise<Omit<Refused, "part"> | undefined> {
  for (const message of joinStatements(statements)) {
    // The script was split under this value; under the other, a string could hide a COMMIT.
    const settings = message.first === 0 ? [] : ["SET LOCAL standard_conforming_strings = on"];
    const messages = [...settings, message.sql];
    const result = await raceWithLock(
      context,
      context.work.pipeline(messages, { rowsFrom: messages.length }),
    );
    if (!result.ok) return { ...failedStatement(message, result), block: result.block };
  }
  return undefined;
}

/**
 * Rolls back after a failure, and reports whether the transaction opened for the step was aborted. If
 * not, the script ended that transaction itself, and its effects up to there are committed. That can
 * happen when the server understands the script differently than migrator does.
 *
 * After a failed statement the block is "failed". A failed COMMIT ends the transaction instead.
 */
async function isRolledBack(
  context: RunContext,
  { block, isAtCommit, transaction }: {
    readonly block: TransactionBlock;
    readonly isAtCommit: boolean;
    readonly transaction: string;
  },
): Promise<boolean> {
  const { answers } = await context.work.pipeline([
    "ROLLBACK",
    `SELECT pg_catalog.pg_xact_status(${quoteLiteral(transaction)}::pg_catalog.xid8) AS status`,
    ...resetMessages(context),
  ]);
  const isStillOpen = block === "failed" || isAtCommit;
  return isStillOpen && answers[1]?.rows[0]?.["status"] === "aborted";
}

/**
 * Checks that a step was committed and recorded. The command tag of COMMIT is `ROLLBACK` when the
 * transaction was aborted. The history row is returned only if it was written in the transaction that
 * was opened for the step.
 *
 * @param commit Index of the message with the history row and the COMMIT.
 * @returns Milliseconds of the step.
 * @throws {Failure} `history/not-recorded`.
 */
async function checkCommitted(
  context: RunContext,
  { step, result, commit }: {
    readonly step: Step;
    readonly result: PipelineResult;
    readonly commit: number;
  },
): Promise<number> {
  const answer = result.answers[commit];
  const [row] = answer?.rows ?? [];
  if (answer?.command === "COMMIT" && row?.["id"] !== undefined) return secondsOf(row) * 1_000;
  if (result.block !== "none") await context.work.pipeline(rollbackMessages(context));
  throw await transactionEnded(context, step);
}

/** The seconds that a row of `StepStatements.record` gives. */
export function secondsOf(row: Row): number {
  return Number(row["seconds"]);
}

/** Records, best effort, that the step was partly committed, and returns the failure to throw. */
export async function transactionEnded(
  context: RunContext,
  step: Step,
  error?: ServerError,
): Promise<Failure> {
  const { history } = context;
  const said = error ? ` Then it failed: ${error.message} (SQLSTATE ${error.sqlstate}).` : "";
  const failure = new Failure(
    error ? TRANSACTION_ENDED : "history/not-recorded",
    `Migration ${migrationLabel(step.definition)} (${step.direction}) of "${history.database}" ` +
      "ended the transaction that was opened for it, or removed its history row. What it did before " +
      `that is in the database; it is not recorded as applied.${said}`,
    {
      hint: "Look at what it left, undo it by hand, and say what holds: migrator repair " +
        `${step.definition.version} --db ${history.database}. A migration must not touch the tables ` +
        `of the schema "${history.schema}", nor turn off standard_conforming_strings.`,
      place: { file: step.script.path },
    },
  );
  const row = recordTransactionEnded(attemptOf(context, step), {
    code: failure.code,
    message: error?.message ?? "It ended the transaction that was opened for it.",
    ...(error ? { sqlstate: error.sqlstate } : {}),
  });
  await runInternalTransaction(context.work, [row], { history, number: context.fence })
    .catch(() => {});
  return failure;
}

/** Records the failed attempt, which was rolled back, and returns its failure. */
export async function recordedFailure(
  context: RunContext,
  { step, text }: StepStatements,
  { refused: { part, index, error }, busy }: {
    readonly refused: RefusedStatement;
    /** Set when the step may be retried, such as after a lock timeout. */
    readonly busy?: { readonly tries: number; readonly blockers: readonly Blocker[] };
  },
): Promise<Failure> {
  const { failure, stored } = stepFailure(step, {
    text,
    error,
    index: part === "script" ? index : step.script.statements.length,
    isCommit: part === "commit",
    database: context.history.database,
    role: context.work.server.role,
  });
  const explained = part === "hooks" ? context.hooks?.explain(step, error) : undefined;
  const thrown = explained ?? (busy ? lockNotAvailable(failure, { step, ...busy }) : failure);
  await recordFailure(context, step, { ...stored, code: thrown.code });
  return thrown;
}

/**
 * Records a transactional attempt that was rolled back. Best effort: an error here must not hide the
 * step's own failure, and a missing row blocks no later run.
 */
export async function recordFailure(
  context: RunContext,
  step: Step,
  error: StoredError,
): Promise<void> {
  if (context.work.isLost) return;
  const statementsDone = Math.max(0, (error.statement ?? 1) - 1);
  const { work, history, fence: number } = context;
  const record = async () => {
    const row = recordFinished(attemptOf(context, step), {
      success: false,
      error: await representableValue(work, error),
      statementsDone,
      nothingDone: true,
    });
    await runInternalTransaction(work, [row], { history, number });
  };
  await record().catch(() => {});
}
