/**
 * Runs a migration in one transaction with its history row: both are committed, or neither.
 *
 * @module
 */

import type { PipelineResult, ServerError } from "../../connection/session/session.ts";
import { representableValue } from "../../history/representable.ts";
import { Failure } from "../../failure.ts";
import { recordFinished, recordTransactionEnded } from "../../history/attempt.ts";
import { type StoredError, TRANSACTION_ENDED } from "../../history/history.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { Blocker } from "../context/blocker.ts";
import { beginMessage, beginTransaction, openedTransaction } from "./begin_transaction.ts";
import { resetMessages, rollbackMessages } from "./reset_session.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { attemptOf, type StepMessages } from "./build_messages.ts";
import { isRetryable, lockNotAvailable, waitToRetry } from "../context/retry.ts";
import { lockTimeoutOf } from "../context/timeouts.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { stepFailure } from "../context/statement_failure.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { type BlockerWatch, watchBlockers } from "../observe/watch_blockers.ts";

/** The result of steps that ran in transactions. */
export interface TransactionalResult {
  /** Milliseconds of each step that was committed, in order. */
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
 * The previous step's pipeline may have ended with this step's `beginMessage`; then each migration
 * costs one round trip. The statements are pipelined only into a transaction that is known to be open:
 * if a cancel request hit a BEGIN in the same pipeline, each statement would commit by itself.
 *
 * @throws {Failure} `sql/statement-failed`, `history/transaction-ended`, `history/not-recorded`,
 * `lock/*`, `connection/lost`, `interrupted/*`. The step was rolled back, unless the message says
 * otherwise.
 */
export async function runTransactional(
  context: RunContext,
  stepMessages: StepMessages,
  beginning: Beginning,
): Promise<TransactionalResult> {
  const lockTimeout = lockTimeoutOf(context, stepMessages.step);
  const blockerWatch = watchBlockers(context, stepMessages.step, { lockTimeout });
  try {
    return await runWatched(context, stepMessages, { ...beginning, blockerWatch });
  } finally {
    await blockerWatch.stop();
  }
}

async function runWatched(
  context: RunContext,
  stepMessages: StepMessages,
  { next, blockerWatch, ...beginning }: Beginning & { readonly blockerWatch: BlockerWatch },
): Promise<TransactionalResult> {
  const { step } = stepMessages;
  const began = context.clock.elapsed();
  const after = [
    ...(step.script.statements.every(({ plain }) => plain) ? [] : resetMessages(context)),
    ...(next ? [beginMessage(context, next)] : []),
  ];
  const commit = stepMessages.messages.length;

  let lastSeen: readonly Blocker[] = [];
  for (let tries = 1, opened = beginning.transaction;; tries++, opened = undefined) {
    const begun = opened ?? await beginTransaction(context, step);
    const messages = [...stepMessages.messages, stepMessages.commit(begun), ...after];
    const result = await raceWithLock(
      context,
      context.work.pipeline(messages, { rowsFrom: commit }),
    );
    if (result.ok || result.failed > commit) {
      await checkCommitted(context, { step, result, commit });
      const took = [context.clock.elapsed() - began];
      const transaction = result.ok && next ? openedTransaction(result.answers.at(-1)) : undefined;
      if (result.ok && (transaction !== undefined || next === undefined)) {
        return { took, transaction };
      }
      // The step is committed; a message after it failed. The next step opens its own transaction.
      await context.work.pipeline(next ? rollbackMessages(context) : resetMessages(context));
      return { took, transaction: undefined };
    }
    const isAtCommit = result.failed === commit;
    if (!await isRolledBack(context, { result, isAtCommit, transaction: begun })) {
      throw await transactionEnded(context, step, result.error);
    }
    const blockers = blockerWatch.take();
    if (blockers.length > 0) lastSeen = blockers;
    const mayRetry = isRetryable(result.error);
    if (!mayRetry || tries > context.options.lockRetries) {
      await fail(context, stepMessages, {
        outcome: result,
        ...(mayRetry ? { busy: { tries, blockers: lastSeen } } : {}),
      });
    }
    await waitToRetry(context, step, { error: result.error, tries, blockers });
  }
}

/**
 * Rolls back after a failure, and reports whether the transaction opened for the step was aborted. If
 * not, the script ended that transaction itself, and its effects up to there are committed. That can
 * happen when the server reads strings differently than migrator does, and finds a COMMIT where
 * migrator found none.
 *
 * In a failed transaction the server refuses every later message, so the block is still "failed" at the
 * end of the pipeline. A failed COMMIT ends the transaction instead.
 */
async function isRolledBack(
  context: RunContext,
  { result, isAtCommit, transaction }: {
    readonly result: PipelineResult;
    readonly isAtCommit: boolean;
    readonly transaction: string;
  },
): Promise<boolean> {
  const { answers } = await context.work.pipeline([
    "ROLLBACK",
    `SELECT pg_catalog.pg_xact_status(${quoteLiteral(transaction)}::pg_catalog.xid8) AS status`,
    ...resetMessages(context),
  ]);
  const isStillOpen = result.block === "failed" || isAtCommit;
  return isStillOpen && answers[1]?.rows[0]?.["status"] === "aborted";
}

/**
 * Checks that a step was committed and recorded. The command tag of COMMIT is `ROLLBACK` when the
 * transaction was aborted. The history row is returned only if it was written in the transaction that
 * was opened for the step.
 *
 * @throws {Failure} `history/not-recorded`.
 */
export async function checkCommitted(
  context: RunContext,
  { step, result, commit }: {
    readonly step: Step;
    readonly result: PipelineResult;
    readonly commit: number;
  },
): Promise<void> {
  const tag = result.answers[commit]?.command;
  const isRecorded = result.answers[commit]?.rows[0]?.["id"] !== undefined;
  if (tag === "COMMIT" && isRecorded) return;
  if (result.block !== "none") await context.work.pipeline(rollbackMessages(context));
  throw await transactionEnded(context, step);
}

/** Records, best effort, that the step was partly committed, and returns the failure to throw. */
async function transactionEnded(
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

/** Records the failed attempt and throws its failure. */
async function fail(
  context: RunContext,
  { step, text, messages, hookStatements }: StepMessages,
  at: {
    readonly outcome: PipelineResult & { readonly ok: false };
    /** Set when the step may be retried, such as after a lock timeout. */
    readonly busy?: { readonly tries: number; readonly blockers: readonly Blocker[] };
  },
): Promise<never> {
  const { outcome: { error, failed } } = at;
  const { failure, stored } = stepFailure(step, {
    text,
    error,
    index: failed,
    isCommit: failed === messages.length,
    database: context.history.database,
    role: context.work.server.role,
  });
  const isOfHooks = failed < messages.length && failed >= messages.length - hookStatements;
  const explained = isOfHooks ? context.hooks?.explain(step, error) : undefined;
  const thrown = explained ?? (at.busy ? lockNotAvailable(failure, { step, ...at.busy }) : failure);
  await recordFailure(context, step, { ...stored, code: thrown.code });
  throw thrown;
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
